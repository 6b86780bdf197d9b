"""The platform within the reserve: to the byte and the millicore, and only the parts that a class runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.small import found, only, plan_of, smallest
from tests.waived import assert_waived

from edgewright.plan import ClassPlan

RULE = "reserve-too-small"
BOX = {"host": {"arch": "amd64", "cpu": 16, "memory": "64Gi"}}
CAMERA = {"board": "jetson-orin-nx-16gb", "software": {"jetpack": "6.2"}}
KEY = {"signatures": [{"images": ["registry.example/**"], "anyOf": [{"keyless": {"issuer": "https://i.example",
       "subject": "me"}}]}]}  # fmt: skip
ROLLOUT = {"careful": {"stages": [{"ring": "all", "upTo": "100%"}]}}
MIB = 2**20
BY_DELIVERY = (512 + 70 + 128) * MIB
"""K3s, CoreDNS and the two controllers of Flux."""
BY_ADMISSION = BY_DELIVERY + (128 + 64 + 64 + 64) * MIB


def planned(reserve: dict[str, Any] | None, gate: str = "delivery", **changes: Any) -> Any:
    device_class = {**BOX, "signatureGate": gate} | ({"reserve": reserve} if reserve else {})
    return plan_of(smallest(deviceClasses={"box": device_class}, security=KEY, **changes))


def of(plan: Any) -> ClassPlan:
    (only_one,) = plan.classes
    assert isinstance(only_one, ClassPlan)
    return only_one


@pytest.mark.rule(RULE, "border")
@pytest.mark.parametrize(("gate", "least"), [("delivery", BY_DELIVERY), ("admission", BY_ADMISSION)])
@pytest.mark.parametrize(("less", "fits"), [(0, True), (1, False)])
def test_memory_to_the_byte(gate: str, least: int, less: int, fits: bool) -> None:
    plan = planned({"cpu": 8, "memory": f"{least - less}B"}, gate)
    assert bool(found(plan.findings, RULE)) != fits


@pytest.mark.rule(RULE, "border")
@pytest.mark.parametrize(("gate", "least"), [("delivery", 310), ("admission", 710)])
@pytest.mark.parametrize(("less", "fits"), [(0, True), (1, False)])
def test_cpu_to_the_millicore(gate: str, least: int, less: int, fits: bool) -> None:
    plan = planned({"cpu": f"{least - less}m", "memory": "8Gi"}, gate)
    assert bool(found(plan.findings, RULE)) != fits


@pytest.mark.rule(RULE, "passes")
def test_the_default_reserve_is_enough_for_a_gate_by_delivery() -> None:
    assert not found(planned(None).findings, RULE)


def test_what_is_said_and_the_number_in_the_remedy_works() -> None:
    finding = only(planned({"cpu": 1, "memory": "900Mi"}, "admission").findings, RULE)
    assert finding.message == (
        "`box` needs 1Gi of memory for K3s and the platform (K3s 512Mi + CoreDNS 70Mi + Kyverno 320Mi + "
        "Flux 128Mi), and has 900Mi"
    )
    assert finding.remedy == (
        "reserve at least `memory: 1030Mi`, or check signatures by `delivery`, which needs no Kyverno"
    )
    assert finding.path == ("deviceClasses", "box", "reserve", "memory")
    assert not found(planned({"cpu": 1, "memory": "1030Mi"}, "admission").findings, RULE)


def test_where_no_reserve_is_written_the_class_is_the_place() -> None:
    both = found(planned(None, "admission").findings, RULE)
    assert [each.path for each in both] == [("deviceClasses", "box")] * 2
    assert all(each.waivable for each in both)


def test_only_what_the_class_runs_counts() -> None:
    names = [part.name for part in of(planned(None)).parts]
    assert names == ["coredns", "flux"]
    changes = {"rollouts": ROLLOUT, "workloads__read__rollout": "careful"}
    assert [part.name for part in of(planned(None, "admission", **changes)).parts] == [
        "coredns", "kyverno", "argoRollouts", "prometheus", "flux",
    ]  # fmt: skip
    assert [part.name for part in of(planned(None, delivery={"engine": "ocm"})).parts] == ["coredns"]
    camera = plan_of(smallest(deviceClasses={"cam": CAMERA}))
    assert [part.name for part in of(camera).parts] == ["coredns", "flux", "nvidiaDevicePlugin"]
    offline = {"board": "intel-n100-8gb", "offline": True, "signatureGate": "bundle"}
    assert [part.name for part in of(plan_of(smallest(deviceClasses={"kiosk": offline}))).parts] == [
        "coredns"
    ]


def test_a_version_goes_with_its_part() -> None:
    (_, flux) = of(planned(None, platform={"flux": "v2.9.6"})).parts
    assert (flux.title, flux.version, flux.path) == ("Flux", "2.9.6", ("platform", "flux"))
    kyverno = of(planned(None, "admission")).parts[1]
    assert kyverno.manifest == "https://github.com/kyverno/kyverno/releases/download/v1.19.0/install.yaml"


def test_nothing_is_proven_of_a_class_that_runs_nothing() -> None:
    values = smallest(deviceClasses={"box": BOX, "idle": {**BOX, "reserve": {"cpu": "1m", "memory": "1Mi"}}})
    values["workloads"]["read"]["on"] = {"box": {}}
    assert not found(plan_of(values).findings, RULE)


@given(st.integers(0, 2**31), st.integers(0, 2000))
def test_whatever_is_reserved_the_inequality_is_the_sum(memory: int, cpu: int) -> None:
    plan = planned({"cpu": f"{cpu}m", "memory": f"{memory}B"}, "admission")
    assert len(found(plan.findings, RULE)) == (memory < BY_ADMISSION) + (cpu < 710)


@pytest.mark.rule(RULE, "waived")
def test_a_waiver_on_its_line(tmp_path: Path) -> None:
    kiosk = {"board": "intel-n100-8gb", "reserve": {"cpu": "500m", "memory": "700Mi"}}
    assert_waived(tmp_path, smallest(deviceClasses={"kiosk": kiosk}), RULE)
