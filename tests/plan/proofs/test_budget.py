"""Does it fit: what is exactly full passes, one more fails, and both ends are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.small import found, only, plan_of, smallest
from tests.waived import assert_waived

HOST = {"arch": "amd64", "cpu": 4, "memory": "8Gi"}
L4 = {**HOST, "gpu": "nvidia-l4"}
BYTES = 8 * 2**30


def planned(device_class: dict[str, Any], *resources: dict[str, Any]) -> Any:
    values = smallest(deviceClasses={"box": device_class})
    values["workloads"] = {
        f"w{index}": {"model": "digits", "resources": each} for index, each in enumerate(resources)
    }
    return plan_of(values).findings


@pytest.mark.rule("memory-over-capacity", "passes")
@pytest.mark.rule("memory-over-capacity", "border")
@pytest.mark.parametrize(("over", "fits"), [(0, True), (1, False)])
def test_memory_to_the_byte(over: int, fits: bool) -> None:
    device_class = {"host": HOST, "reserve": {"cpu": "0m", "memory": "1Gi"}}
    asked = [BYTES - 2**30 - 5, 5 + over]
    found_ = found(
        planned(device_class, *({"cpu": 1, "memory": f"{each}B"} for each in asked)), "memory-over-capacity"
    )
    assert bool(found_) != fits


@pytest.mark.rule("cpu-over-capacity", "passes")
@pytest.mark.rule("cpu-over-capacity", "border")
@pytest.mark.parametrize(("cpu", "fits"), [("2500m", True), ("2501m", False)])
def test_cpu_to_the_millicore(cpu: str, fits: bool) -> None:
    device_class = {"host": HOST, "reserve": {"cpu": "500m", "memory": "1Gi"}}
    findings = planned(device_class, {"cpu": 1, "memory": "1Gi"}, {"cpu": cpu, "memory": "1Gi"})
    assert bool(found(findings, "cpu-over-capacity")) != fits


@pytest.mark.rule("gpu-over-capacity", "passes")
@pytest.mark.rule("gpu-over-capacity", "border")
@pytest.mark.parametrize(
    ("sharing", "asked", "fits"),
    [
        (None, [1], True),
        (None, [1, 1], False),
        (None, [2], False),
        ({"strategy": "time-slicing", "replicas": 2}, [1, 1], True),
        ({"strategy": "time-slicing", "replicas": 2}, [1, 1, 1], False),
        ({"strategy": "mps", "replicas": 3}, [1, 1, 1], True),
        ({"strategy": "none"}, [1], True),
        ({"strategy": "none"}, [1, 1], False),
    ],
)
def test_gpus_and_their_shares(sharing: dict[str, Any] | None, asked: list[int], fits: bool) -> None:
    device_class = {"host": L4, "software": {"driver": "580.82.07"}}
    device_class |= {"gpuSharing": sharing} if sharing else {}
    resources = [{"cpu": "100m", "memory": "512Mi", "gpu": each} for each in asked]
    assert bool(found(planned(device_class, *resources), "gpu-over-capacity")) != fits


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param("memory-over-capacity", marks=pytest.mark.rule("memory-over-capacity", "waived")),
        pytest.param("cpu-over-capacity", marks=pytest.mark.rule("cpu-over-capacity", "waived")),
        pytest.param("gpu-over-capacity", marks=pytest.mark.rule("gpu-over-capacity", "waived")),
    ],
)
def test_a_budget_is_waived(rule: str, tmp_path: Path) -> None:
    too_much = {"cpu": 5, "memory": "9Gi", "gpu": 2}
    assert_waived(tmp_path, smallest(workloads__read__resources=too_much), rule)


def test_a_class_without_a_gpu_gives_none() -> None:
    finding = only(planned({"host": HOST}, {"cpu": 1, "memory": "1Gi", "gpu": 1}), "gpu-over-capacity")
    assert finding.message == "`box` needs 1 NVIDIA GPU, and has none"
    assert finding.path == ("workloads", "w0", "resources", "gpu")


def test_the_finding_is_at_whoever_takes_most_and_names_the_others() -> None:
    findings = planned(
        {"host": HOST},
        {"cpu": 1, "memory": "2Gi"},
        {"cpu": 1, "memory": "5Gi"},
        {"cpu": 1, "memory": "3Gi"},
    )
    finding = only(findings, "memory-over-capacity")
    assert finding.path == ("workloads", "w1", "resources", "memory")
    assert [note.path for note in finding.notes] == [
        ("deviceClasses", "box", "host"),
        ("workloads", "w0", "resources", "memory"),
        ("workloads", "w2", "resources", "memory"),
        ("deviceClasses", "box"),
    ]
    assert finding.message == (
        "`box` needs 11Gi of memory (`w0` 2Gi + `w1` 5Gi + `w2` 3Gi + reserve 1Gi), and has 8Gi"
    )
    assert finding.remedy == "give workloads 6758Mi at most in all"


def test_the_number_in_the_remedy_fits() -> None:
    device_class = {"host": HOST, "reserve": {"cpu": "700m", "memory": "1100M"}}
    over = planned(device_class, {"cpu": 4, "memory": "8Gi"})
    memory = only(over, "memory-over-capacity").remedy.split()[2]
    cpu = only(over, "cpu-over-capacity").remedy.removeprefix("give `w0` ").removesuffix(" at most")
    assert not [
        each for each in planned(device_class, {"cpu": cpu, "memory": memory}) if each.level == "error"
    ]


def test_a_reserve_beyond_the_device_leaves_nothing() -> None:
    finding = only(
        planned({"host": HOST, "reserve": {"memory": "9Gi"}}, {"cpu": 1, "memory": "1Mi"}),
        "memory-over-capacity",
    )
    assert finding.path == ("deviceClasses", "box", "reserve", "memory")
    assert finding.remedy == "keep less in reserve than the class has"


def test_what_is_written_on_the_class_is_what_counts() -> None:
    values = smallest(
        deviceClasses={"box": {"host": HOST}},
        workloads={
            "w": {
                "model": "digits",
                "resources": {"cpu": 1, "memory": "1Gi"},
                "on": {"box": {"resources": {"cpu": 9, "memory": "1Gi"}}},
            }
        },
    )
    finding = only(plan_of(values).findings, "cpu-over-capacity")
    assert finding.path == ("workloads", "w", "on", "box", "resources", "cpu")


@pytest.mark.parametrize(
    ("sharing", "asked", "says", "remedy"),
    [
        (
            None,
            [2],
            "needs 2 NVIDIA GPUs, and has 1",
            "write `gpu: 1`, or say by `gpus` that the host has more",
        ),
        (
            None,
            [1, 1],
            "needs 2 NVIDIA GPUs (`w0` 1 + `w1` 1), and has 1",
            "ask for 1 in all, or share the GPU by `gpuSharing`",
        ),
        (
            {"strategy": "mps", "replicas": 2},
            [3],
            "needs 3 shares of its GPU, and has 2",
            "write `gpu: 1`",
        ),
        (
            {"strategy": "mps", "replicas": 2},
            [2, 1],
            "needs 3 shares of its GPU (`w0` 2 + `w1` 1), and has 2",
            "ask for 2 in all, or more `replicas`",
        ),
        (
            {"strategy": "none"},
            [2],
            "needs 2 NVIDIA GPUs, and has 1",
            "write `gpu: 1`, or say by `gpus` that the host has more",
        ),
    ],
)
def test_what_is_said_of_gpus(
    sharing: dict[str, Any] | None, asked: list[int], says: str, remedy: str
) -> None:
    device_class = {"host": L4, "software": {"driver": "580.82.07"}}
    device_class |= {"gpuSharing": sharing} if sharing else {}
    resources = [{"cpu": "100m", "memory": "512Mi", "gpu": each} for each in asked]
    finding = only(planned(device_class, *resources), "gpu-over-capacity")
    assert (finding.message, finding.remedy) == (f"`box` {says}", remedy)


@pytest.mark.parametrize(("cores", "says"), [(1, "and has 1 core"), (2, "and has 2 cores")])
def test_what_is_said_of_cores(cores: int, says: str) -> None:
    finding = only(
        planned({"host": {**HOST, "cpu": cores}}, {"cpu": 4, "memory": "1Gi"}), "cpu-over-capacity"
    )
    assert finding.message.endswith(says)
