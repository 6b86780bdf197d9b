"""The door: which objects pass, which are refused, in which order findings come, and that nothing crashes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgewright.errors import Finding
from edgewright.scan import check_objects

Object = dict[str, Any]
Check = Callable[..., list[Finding]]
Break = Callable[..., list[Finding]]


@pytest.mark.parametrize("kubernetes", ["1.34", "v1.35.4", "v1.36.2+k3s1", "1.37"])
def test_a_whole_rendering_passes(objects: list[Object], check: Check, kubernetes: str) -> None:
    assert check(objects, kubernetes) == []


def test_the_origin_of_an_object_is_the_path_of_its_findings(broken: Break) -> None:
    [found] = broken("Rollout", "spec replicas", -1)
    assert found == Finding(
        "bad-strategy",
        "error",
        "Rollout acme-inspection/inspect, spec.replicas: is -1",
        "Write 0 or more.",
        ("objects", 8),
    )


@pytest.mark.parametrize(
    ("api_version", "kind", "remedy"),
    [
        ("apps/v1beta1", "Deployment", "Write apps/v1."),
        ("kyverno.io/v1", "Policy", "ValidatingPolicy."),
        ("../../etc", "passwd", "Write one of those known:"),
        ("", "Pod", "Write apiVersion and kind."),
        ("v1", "", "Write apiVersion and kind."),
        (None, 7, "Write apiVersion and kind."),
        ([], {}, "Write apiVersion and kind."),
    ],
)
def test_a_kind_without_a_schema_is_told(
    check: Check, api_version: object, kind: object, remedy: str
) -> None:
    [found] = check([{"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}}])
    assert found.rule == "unknown-kind"
    assert found.level == "error"
    assert remedy in found.remedy


@pytest.mark.parametrize(
    ("kubernetes", "used"),
    [("1.33", "1.34"), ("v1.99.0+k3s1", "1.37"), ("1.360", "1.37"), ("two", "1.37"), ("", "1.37")],
)
def test_a_version_without_schemas_is_told(
    objects: list[Object], check: Check, kubernetes: str, used: str
) -> None:
    [found] = check(objects, kubernetes)
    assert (found.rule, found.level) == ("unknown-kubernetes", "info")
    assert f"checked against {used}" in found.message


def test_all_faults_of_all_objects_are_told_at_once_and_in_order(objects: list[Object], check: Check) -> None:
    objects[0]["metadata"]["name"] = "A_B"
    objects[8]["spec"]["template"]["spec"]["containers"][0]["imagePulPolicy"] = "Always"
    objects[8]["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"] = "6Gibberish"
    found = [each for each in check(objects) if "the rendering has no" not in each.message]
    assert [each.path[1] for each in found] == [0, 8, 8]
    assert [each.rule for each in found] == ["bad-name", "schema-mismatch", "bad-quantity"]


def test_a_field_that_both_schemas_of_a_rollout_refuse_is_told_once(broken: Break) -> None:
    [found] = broken("Rollout", "spec template spec hostnetwork", True)
    assert found.remedy == "Write `hostNetwork`."


def test_the_content_of_a_secret_is_not_shown(check: Check) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"key": "hunter2!"}}
    [found] = check([secret])
    assert found.message == "Secret default/s, data.key: is no base64"
    assert "hunter2" not in repr(found)


_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["v1", "apps/v1", "Pod", "http", "6Gi", "10.0.0.0/8", "5m", "\ud800", "\x00"]),
)
_WORDS = """
    apiVersion kind metadata spec template containers initContainers volumes ports name labels annotations env
    valueFrom resources limits requests securityContext selector matchLabels matchExpressions strategy canary
    steps metrics provider job data stringData ingress egress to ipBlock cidr except port endPort
"""
_KEYS = st.one_of(st.text(max_size=8), st.sampled_from(_WORDS.split()), st.integers())
_JSON = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=6),
    max_leaves=40,
)


@given(st.lists(_JSON, max_size=3))
@settings(max_examples=100)
def test_no_object_of_any_shape_crashes_it(values: list[Any]) -> None:
    for found in check_objects([(value, ("x",)) for value in values], "1.36"):
        assert found.rule == "unknown-kind"


@given(data=st.data())
@settings(max_examples=300)
def test_no_change_of_a_right_object_crashes_it(samples: list[Object], data: st.DataObject) -> None:
    whole = copy.deepcopy(samples)
    index = data.draw(st.integers(0, len(whole) - 1))
    for _ in range(data.draw(st.integers(1, 3))):
        _replace_somewhere(data, whole[index])
    for found in check_objects([(each, (place,)) for place, each in enumerate(whole)], "1.36"):
        assert found.message
        assert found.remedy.endswith(".")
        assert found.path[0] in range(len(whole))


def _replace_somewhere(data: st.DataObject, holder: Any) -> None:
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = data.draw(st.sampled_from(keys))
        inner = holder[key]
        if isinstance(inner, dict | list) and inner and data.draw(st.integers(0, 4)):
            holder = inner
        else:
            holder[key] = data.draw(_JSON)
            return


def test_ten_thousand_levels_are_refused_and_not_followed(check: Check) -> None:
    deep: Any = "end"
    for _ in range(10_000):
        deep = {"a": deep}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": deep}}
    [found] = check([config])
    assert found.rule == "schema-mismatch"
