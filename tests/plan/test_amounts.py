"""Amounts that the language allows and nobody can mean."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.small import found, only, plan_of, smallest
from tests.waived import assert_waived

from edgewright.plan.amounts import LONGEST_START


@pytest.mark.parametrize("field", ["cpu", "memory", "ephemeralStorage", "engineCache"])
@pytest.mark.parametrize(("amount", "refused"), [("0", True), ("1", False)])
def test_zero_of_what_is_needed(field: str, amount: str, refused: bool) -> None:
    written = f"{amount}m" if field == "cpu" else f"{amount}Mi"
    resources = {"cpu": 1, "memory": "512Mi", field: written}
    findings = found(plan_of(smallest(workloads__read__resources=resources)).findings, "zero-resource")
    assert [each.path for each in findings] == [("workloads", "read", "resources", field)] * refused


@pytest.mark.parametrize(("load", "refused"), [(LONGEST_START, False), (LONGEST_START + 1, True)])
def test_a_start_that_takes_more_than_a_week(load: int, refused: bool) -> None:
    values = smallest(workloads__read__startup={"load": f"{load}s", "warmUp": 0})
    findings = found(plan_of(values).findings, "startup-too-long")
    assert [each.path for each in findings] == [("workloads", "read", "startup")] * refused


def test_warm_up_requests_count_with_their_latency_and_both_ends_are_shown() -> None:
    values = smallest(workloads__read__startup={"warmUp": 10_000}, workloads__read__latency={"p99": "61s"})
    finding = only(plan_of(values).findings, "startup-too-long")
    assert finding.notes[0].path == ("workloads", "read", "latency")


JETSON = {"kiosk": {"board": "jetson-orin-nx-16gb", "software": {"jetpack": "6.2"}}}
GPU = {"cpu": 1, "memory": "1Gi", "gpu": 1}


@pytest.mark.parametrize(
    ("build", "tiers", "fits"),
    [
        pytest.param("1ms", ["tensorrt"], True, marks=pytest.mark.rule("startup-too-short", "passes")),
        pytest.param("0s", ["tensorrt"], False, marks=pytest.mark.rule("startup-too-short", "border")),
        ("0s", ["onnxruntime-cuda"], True),
        (None, ["tensorrt"], True),
    ],
)
def test_an_engine_needs_time_to_be_built(build: str | None, tiers: list[str], fits: bool) -> None:
    startup = {"load": "1s"} | ({"engineBuild": build} if build else {})
    values = smallest(
        deviceClasses=JETSON,
        workloads__read__resources=GPU,
        workloads__read__startup=startup,
        workloads__read__tiers=tiers,
    )
    findings = found(plan_of(values).findings, "startup-too-short")
    assert [each.path for each in findings] == (
        [] if fits else [("workloads", "read", "startup", "engineBuild")]
    )


@pytest.mark.rule("startup-too-short", "waived")
def test_that_no_engine_is_built_can_be_waived(tmp_path: Path) -> None:
    values = smallest(
        deviceClasses=JETSON, workloads__read__resources=GPU, workloads__read__startup={"engineBuild": "0s"}
    )
    assert_waived(tmp_path, values, "startup-too-short")


def test_a_gpu_that_no_tier_uses() -> None:
    resources = {"cpu": 1, "memory": "1Gi", "gpu": 1}
    jetson = {"kiosk": {"board": "jetson-orin-nx-16gb", "software": {"jetpack": "6.2"}}}
    values = smallest(deviceClasses=jetson, workloads__read__resources=resources)
    assert not found(plan_of(values).findings, "no-effect")
    values["workloads"]["read"]["tiers"] = ["onnxruntime-cpu"]
    finding = only(plan_of(values).findings, "no-effect")
    assert finding.path == ("workloads", "read", "resources", "gpu")
    assert finding.notes[0].path == ("deviceClasses", "kiosk")
