"""The rollout of a class, its rings, and what cannot be measured."""

from __future__ import annotations

from typing import Any

import pytest
from tests.small import fleet_of, found, only, plan_of, smallest

from edgewright.plan.rollouts import rollouts_by_class

TWO = {"kiosk": {"board": "intel-n100-8gb"}, "pi": {"board": "raspberry-pi-5-8gb"}}
RESOURCES = {"cpu": 1, "memory": "512Mi"}


def stages(**limits: Any) -> list[dict[str, Any]]:
    return [
        {"ring": "canary", "upTo": "1%", "soak": "1h", "abortWhen": limits},
        {"ring": "all", "upTo": "100%"},
    ]


def with_rollout(rollout: dict[str, Any], **more: Any) -> dict[str, Any]:
    return smallest(rollouts={"careful": rollout}, workloads__read__rollout="careful", **more)


def test_rings_have_the_devices_of_the_inventory_or_the_average() -> None:
    values = with_rollout({"stages": stages(errorRate="1%")}, deviceClasses__kiosk__devices=1000)
    assert [ring.devices for ring in plan_of(values).classes[0].rings] == [10, 990]
    counted = plan_of(values, counts={"kiosk": (3, 4)})
    assert [ring.devices for ring in counted.classes[0].rings] == [3, 4]
    assert [ring.path for ring in counted.classes[0].rings] == [
        ("rollouts", "careful", "stages", index) for index in (0, 1)
    ]


def test_without_a_rollout_there_is_one_ring_of_everyone() -> None:
    (planned,) = plan_of(smallest(deviceClasses__kiosk__devices=7)).classes
    assert [(ring.name, ring.devices, ring.soak) for ring in planned.rings] == [("everyone", 7, None)]
    (counted,) = plan_of(smallest(), counts={"kiosk": (9,)}).classes
    assert [ring.devices for ring in counted.rings] == [9]


def test_a_class_without_devices_in_the_inventory_has_empty_rings() -> None:
    (planned,) = plan_of(smallest(), counts={"kiosk": (0,)}).classes
    assert [ring.devices for ring in planned.rings] == [0]


def two_rollouts(other: str | None) -> dict[str, Any]:
    values = smallest(
        deviceClasses=TWO,
        rollouts={name: {"stages": [{"ring": "all", "upTo": "100%"}]} for name in ("careful", "quick")},
        workloads={
            "one": {"model": "digits", "resources": RESOURCES, "rollout": "careful"},
            "two": {
                "model": "digits",
                "resources": RESOURCES,
                "on": {"pi": {"rollout": other} if other else {}},
            },
        },
    )
    return values


@pytest.mark.parametrize(("other", "differs"), [("quick", True), ("careful", False), (None, False)])
def test_a_class_has_one_rollout(other: str | None, differs: bool) -> None:
    findings = found(plan_of(two_rollouts(other)).findings, "rollouts-differ")
    assert bool(findings) == differs
    if differs:
        assert findings[0].path == ("workloads", "two", "on", "pi", "rollout")
        assert findings[0].notes[0].path == ("workloads", "one", "rollout")
        assert not findings[0].waivable


def test_the_rollout_of_a_class_is_the_first_that_a_workload_on_it_names() -> None:
    assert rollouts_by_class(fleet_of(two_rollouts("quick"))) == {"kiosk": "careful", "pi": "careful"}
    assert rollouts_by_class(fleet_of(smallest())) == {}


def test_a_rollout_written_on_the_class_counts_there_only() -> None:
    values = smallest(
        deviceClasses=TWO,
        rollouts={"careful": {"stages": [{"ring": "all", "upTo": "100%"}]}},
        workloads__read__on={"pi": {"rollout": "careful"}, "kiosk": {}},
    )
    assert rollouts_by_class(fleet_of(values)) == {"pi": "careful"}
    rollouts = {planned.name: planned.workloads[0].rollout for planned in plan_of(values).classes}
    assert rollouts == {"kiosk": None, "pi": "careful"}


@pytest.mark.parametrize(("soak", "short"), [("0s", True), ("59s", True), ("60s", False), ("24h", False)])
def test_a_soak_in_which_nothing_can_be_judged(soak: str, short: bool) -> None:
    rollout = {"stages": stages(errorRate="1%")}
    rollout["stages"][0]["soak"] = soak
    findings = found(plan_of(with_rollout(rollout)).findings, "soak-too-short")
    assert [each.path for each in findings] == [("rollouts", "careful", "stages", 0, "soak")] * short
    assert not short or findings[0].notes[0].path == ("rollouts", "careful", "stages", 0, "abortWhen")


def test_a_short_soak_that_nothing_judges_is_no_matter() -> None:
    rollout = {"stages": [{"ring": "all", "upTo": "100%", "soak": "1s"}]}
    assert not found(plan_of(with_rollout(rollout)).findings, "soak-too-short")


@pytest.mark.parametrize(
    ("against", "limits", "path"),
    [
        ({"p99": "30ms"}, {"accuracyDrop": "1pp"}, ("against",)),
        ({"accuracy": "90%"}, {"latencyIncrease": "10%", "accuracyDrop": "1pp"}, ("against",)),
        (
            {"accuracy": "90%", "p99": "0ms"},
            {"latencyIncrease": "10%", "accuracyDrop": "1pp"},
            ("against", "p99"),
        ),
        ({"accuracy": "90%"}, {"accuracyDrop": "1pp"}, None),
        ({"accuracy": "90%", "p99": "30ms"}, {"accuracyDrop": "1pp", "latencyIncrease": "10%"}, None),
        ("previous", {"accuracyDrop": "1pp"}, None),
    ],
)
def test_a_fixed_baseline_has_what_is_measured_against_it(
    against: Any, limits: dict[str, str], path: tuple[str, ...] | None
) -> None:
    plan = plan_of(with_rollout({"stages": stages(**limits), "against": against}))
    findings = found(plan.findings, "baseline-incomplete")
    assert [each.path for each in findings] == ([("rollouts", "careful", *path)] if path else [])
    if path:
        assert findings[0].notes[0].path[:5] == ("rollouts", "careful", "stages", 0, "abortWhen")


def test_a_figure_that_nothing_is_measured_against() -> None:
    against = {"accuracy": "90%", "p99": "30ms"}
    plan = plan_of(with_rollout({"stages": stages(accuracyDrop="1pp"), "against": against}))
    assert only(plan.findings, "no-effect").path == ("rollouts", "careful", "against", "p99")
