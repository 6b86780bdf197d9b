"""What runs at the same time on the CPU, against the cores that a workload asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.small import found, only, plan_of, smallest
from tests.waived import assert_waived

from edgewright.errors import Finding

RULE = "threads-over-cpu"


def values(cpu: int | str, concurrency: int = 1, threads: int | None = None) -> dict[str, Any]:
    workload = {"model": "digits", "runtime": "cpu", "resources": {"cpu": cpu, "memory": "512Mi"}}
    batching = {"batching": {"concurrency": concurrency}}
    return smallest(workloads={"read": workload | batching | ({"threads": threads} if threads else {})})


def findings(cpu: int | str, concurrency: int = 1, threads: int | None = None) -> list[Finding]:
    return found(plan_of(values(cpu, concurrency, threads)).findings, RULE)


@pytest.mark.rule("threads-over-cpu", "passes")
@pytest.mark.parametrize(
    ("cpu", "concurrency", "threads"),
    [("100m", 1, None), ("100m", 1, 1), (2, 2, None), (2, 2, 1), (3, 2, 2), (4, 1, 4)],
)
def test_as_many_as_there_are_cores(cpu: int | str, concurrency: int, threads: int | None) -> None:
    assert not findings(cpu, concurrency, threads)


@pytest.mark.rule("threads-over-cpu", "border")
@pytest.mark.parametrize(
    ("cpu", "concurrency", "threads", "field", "remedy"),
    [
        ("1999m", 2, None, "concurrency", "write `concurrency: 1`, or give it `cpu: 2`"),
        ("1999m", 1, 2, "threads", "write `threads: 1`, or give it `cpu: 2`"),
        ("2999m", 2, 2, "threads", "write `threads: 1`, or give it `cpu: 3`"),
        (3, 4, None, "concurrency", "write `concurrency: 3`, or give it `cpu: 4`"),
        (1, 4, 1, "concurrency", "write `concurrency: 1`, or give it `cpu: 4`"),
        (2, 4, 2, "threads", "write `threads: 1` and `concurrency: 2`, or give it `cpu: 5`"),
    ],
)
def test_to_the_thousandth_of_a_core(
    cpu: int | str, concurrency: int, threads: int | None, field: str, remedy: str
) -> None:
    (finding,) = findings(cpu, concurrency, threads)
    assert (finding.level, finding.path[-1], finding.remedy) == ("warning", field, remedy)


def test_what_the_remedy_says_is_enough() -> None:
    assert not findings(3, 3)
    assert not findings("2999m", 2, 1)
    assert not findings(1, 1, 1)
    assert not findings(2, 2, 1)
    assert not findings(5, 4, 2)


def test_a_gpu_has_no_threads_of_ours() -> None:
    def of(tiers: list[str]) -> list[Finding]:
        jetson = {"board": "jetson-orin-nx-16gb", "software": {"jetpack": "6.2"}}
        workload = {
            "model": "digits",
            "runtime": "tensorrt",
            "tiers": tiers,
            "batching": {"concurrency": 4},
            "resources": {"cpu": 1, "memory": "4Gi", "gpu": 1},
        }
        made = smallest(deviceClasses={"camera": jetson}, workloads={"read": workload})
        return found(plan_of(made).findings, RULE)

    assert not of(["onnxruntime-cuda"])
    assert len(of(["onnxruntime-cuda", "onnxruntime-cpu"])) == 1


@pytest.mark.rule("threads-over-cpu", "waived")
def test_it_can_be_waived(tmp_path: Path) -> None:
    assert_waived(tmp_path, values(2, 2, 2), RULE)


def test_what_is_said() -> None:
    assert only(plan_of(values(2, 2, 2)).findings, RULE).message == (
        "`read` on `kiosk` needs 3 cores of threads (threads of a model 2 cores + further batches at the same "
        "time 1 core), and has 2 cores"
    )
