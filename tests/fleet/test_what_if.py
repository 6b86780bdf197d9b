"""Overrides of a fleet's values: paths that lead somewhere change that and nothing else; others are answered."""

from __future__ import annotations

import copy
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.small import fleet_of, smallest

from edgewright.errors import FieldPath, FleetError, path_text
from edgewright.fleet.what_if import override, path_of, resource_paths

ROLLOUT = {"careful": {"stages": [{"ring": "canary", "upTo": "1%"}, {"ring": "everyone", "upTo": "100%"}]}}
RESOURCES = {"cpu": 1, "memory": "512Mi"}


def values() -> dict[str, Any]:
    made = smallest(rollouts=ROLLOUT)
    made["deviceClasses"]["desk"] = {"board": "intel-n100-16gb"}
    made["workloads"]["write"] = {"model": "digits", "on": {"desk": {"resources": dict(RESOURCES)}}}
    return made


steps = st.from_regex(r"[a-zA-Z][-a-zA-Z0-9]{0,9}", fullmatch=True)


@given(st.lists(steps | st.integers(0, 999) | st.text(st.characters(exclude_characters='"'), min_size=1)))
def test_a_path_is_read_as_it_is_written(path: list[str | int]) -> None:
    made: FieldPath = tuple(path)
    if path and len(path) <= 20 and isinstance(path[0], str):
        assert path_of(path_text(made)) == made


@pytest.mark.parametrize("text", ["", ".", "a.", "a..b", "a[", "a[x]", "a[1", 'a["b]', "[0", "a]b", "." * 99])
def test_what_is_no_path(text: str) -> None:
    assert path_of(text) is None


@pytest.mark.parametrize(
    ("path", "at"),
    [
        ("workloads.read.resources.memory", ("workloads", "read", "resources", "memory")),
        ("workloads.read.latency.p99", ("workloads", "read", "latency", "p99")),
        ("rollouts.careful.stages[1].upTo", ("rollouts", "careful", "stages", 1, "upTo")),
        ("deviceClasses.desk.reserve.cpu", ("deviceClasses", "desk", "reserve", "cpu")),
        ("fleet", ("fleet",)),
    ],
)
def test_one_value_changes_and_the_given_ones_stay(path: str, at: FieldPath) -> None:
    old = values()
    kept = copy.deepcopy(old)
    found = path_of(path)
    assert found == at
    new = override(old, at, "x")
    assert old == kept
    there: Any = new
    for step in at:
        there = there[step]
    assert there == "x"
    assert {key: each for key, each in new.items() if key != at[0]} == {
        key: each for key, each in old.items() if key != at[0]
    }


def test_a_class_keeps_what_it_has_from_the_workload() -> None:
    new = override(values(), ("workloads", "read", "on", "desk", "resources", "memory"), "1Gi")
    assert new["workloads"]["read"]["on"] == {
        "kiosk": {},
        "desk": {"resources": {"cpu": 1, "memory": "1Gi"}},
    }
    fleet_of(new)


@pytest.mark.parametrize(
    ("path", "rule", "says"),
    [
        ("workloads.read.resources.memroy", "unknown-field", "did you mean `memory`?"),
        ("worklods.read", "unknown-field", "did you mean `workloads`?"),
        (
            "workloads.raed.resources",
            "unknown-reference",
            "there is no workload `raed`; did you mean `read`?",
        ),
        ("deviceClasses.dsk.powerMode", "unknown-reference", "there is no class `dsk`; did you mean `desk`?"),
        ("workloads.write.on.kiosk.resources", "unknown-reference", "no class of this workload `kiosk`"),
        ("rollouts.careful.stages[2].soak", "unknown-reference", "`stages` has no item 2: it has 2"),
        ("rollouts.careful.stages.soak", "unknown-reference", "`stages` has no item soak"),
        ("workloads.read.tiers[0]", "unknown-reference", "`tiers` has no item 0: it has 0"),
        ("workloads.read.resources.memory.unit", "unknown-field", "has no field `unit`"),
        ("workloads.read.resources[0]", "unknown-field", "has no field `0`"),
        ("models.digits.variants.int8.precision", "unknown-reference", "there is no entry"),
    ],
)
def test_a_path_that_leads_nowhere(path: str, rule: str, says: str) -> None:
    found = path_of(path)
    assert found is not None
    with pytest.raises(FleetError) as raised:
        override(values(), found, 1)
    (finding,) = raised.value.findings
    assert finding.rule == rule
    assert says in finding.message


@given(
    st.lists(
        st.sampled_from(["workloads", "read", "on", "desk", "resources", "tiers", "x", 0, 1]), max_size=8
    )
)
def test_no_path_breaks_anything(path: list[str | int]) -> None:
    old = values()
    if path:
        with suppress(FleetError):
            override(old, tuple(path), {"a": [1]})
    assert old == values()


def test_the_short_form_means_where_it_is_decided() -> None:
    fleet = fleet_of(values())
    of_class = ("workloads", "write", "on", "desk", "resources", "memory")
    everywhere = ("workloads", "read", "resources", "memory")
    assert resource_paths(fleet, "memory", [], []) == [everywhere, of_class]
    assert resource_paths(fleet, "memory", [], ["write"]) == [of_class]
    on_desk = ("workloads", "read", "on", "desk", "resources", "memory")
    assert resource_paths(fleet, "memory", ["desk"], ["read"]) == [on_desk]
    assert resource_paths(fleet, "memory", ["kiosk"], ["write"]) == []


@pytest.mark.parametrize(
    ("first", "value", "then"),
    [
        (("deviceClasses",), ["c"], ("deviceClasses", "kiosk", "storage")),
        (("deviceClasses",), 5, ("workloads", "read", "on", "kiosk", "resources", "memory")),
        (("workloads",), ["read"], ("workloads", "read", "resources", "memory")),
        (("workloads", "read", "on"), ["kiosk"], ("workloads", "read", "on", "kiosk", "draw")),
        (("workloads", "read"), 7, ("workloads", "read", "on", "kiosk", "resources")),
    ],
)
def test_an_override_after_one_of_another_kind_is_answered(
    first: FieldPath, value: Any, then: FieldPath
) -> None:
    with suppress(FleetError):
        override(override(values(), first, value), then, "1Gi")
