"""The plan as a whole: of the smallest fleet, of half a fleet, and the same whoever asks."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from tests.small import found, only, plan_of, smallest
from tests.strategies import CATALOGUE, Drawn, drawn_fleets

from edgewright.artifact.lock import Lock
from edgewright.fleet import DeviceClass, Fleet, Model, Resources, Workload, read_fleet
from edgewright.plan import build_plan


def test_the_smallest_fleet() -> None:
    plan = plan_of(smallest())
    assert [each.rule for each in plan.findings] == ["nothing-is-signed", "gate-loses"]
    (planned,) = plan.classes
    assert (planned.name, planned.architecture, planned.kubernetes) == ("kiosk", "amd64", "v1.36.2")
    (deployed,) = planned.workloads
    assert deployed.tiers[0].tier == "onnxruntime-cpu"
    assert deployed.tiers[0].locked is not None


def test_a_fleet_in_python_has_the_same_plan() -> None:
    fleet = Fleet(
        fleet="tiny",
        registry="registry.example/tiny",
        device_classes={"kiosk": DeviceClass(board="intel-n100-8gb")},
        models={"digits": Model(version="1.0.0", source="models/digits.onnx")},
        workloads={"read": Workload(model="digits", resources=Resources(cpu="1", memory="512Mi"))},
    )
    ours = build_plan(fleet, CATALOGUE, Lock())
    theirs = plan_of(smallest(), Lock())
    assert ours.classes == theirs.classes
    assert ours.findings == theirs.findings


def test_a_class_of_unknown_hardware_is_left_out_without_a_word() -> None:
    """The name that leads nowhere has its finding already."""
    fleet = read_fleet(smallest(deviceClasses__kiosk__board="no-such-board"), CATALOGUE).fleet
    assert fleet is not None
    plan = build_plan(fleet, CATALOGUE, Lock())
    assert plan.classes == ()
    assert {each.rule for each in plan.findings} == {"nothing-is-signed"}


def test_references_that_lead_nowhere_are_no_news_here() -> None:
    for change in (
        {"workloads__read__runtime": "nope"},
        {"workloads__read__model": "nope"},
        {"workloads__read__rollout": "nope"},
    ):
        fleet = read_fleet(smallest(**change), CATALOGUE).fleet
        assert fleet is not None
        assert not [each for each in build_plan(fleet, CATALOGUE, Lock()).findings if each.level == "error"]


def test_a_class_that_nothing_runs_on() -> None:
    values = smallest(
        deviceClasses={"kiosk": {"board": "intel-n100-8gb"}, "spare": {"board": "raspberry-pi-5-8gb"}},
        workloads__read__on={"kiosk": {}},
    )
    plan = plan_of(values)
    finding = only(plan.findings, "class-without-workload")
    assert finding.path == ("deviceClasses", "spare")
    assert finding.on_key
    assert not found(plan_of(smallest()).findings, "class-without-workload")


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(drawn_fleets())
def test_right_fleets_have_a_plan_for_every_class(drawn: Drawn) -> None:
    plan = drawn.plan
    assert {planned.name for planned in plan.classes} == set(drawn.values["deviceClasses"])
    for planned in plan.classes:
        assert [each.name for each in planned.workloads] == list(drawn.values["workloads"])
        assert all(deployed.tiers for deployed in planned.workloads)
        assert sum(ring.devices for ring in planned.rings) == planned.device_class.devices
    assert drawn.plan == plan
