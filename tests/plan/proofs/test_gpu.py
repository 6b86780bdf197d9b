"""GPUs and their shares beyond the sum: one share a pod, as many as MPS takes, several GPUs in a host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.small import found, only, plan_of, smallest
from tests.strategies import CATALOGUE
from tests.waived import assert_waived

from edgewright.artifact.lock import Lock
from edgewright.catalogue import Catalogue, parse
from edgewright.fleet import read_fleet
from edgewright.plan import build_plan
from edgewright.plan.hardware import hardware_of

L4 = {"arch": "amd64", "cpu": 8, "memory": "32Gi", "gpu": "nvidia-l4"}
MPS, SLICES = {"strategy": "mps", "replicas": 4}, {"strategy": "time-slicing", "replicas": 4}


def fleet(
    *gpus: int, sharing: dict[str, Any] | None = MPS, driver: str = "580.82.07", **host: Any
) -> dict[str, Any]:
    device_class: dict[str, Any] = {"host": L4 | host, "software": {"driver": driver}}
    if sharing:
        device_class["gpuSharing"] = sharing
    values = smallest(deviceClasses={"box": device_class})
    values["workloads"] = {
        f"w{index}": {"model": "digits", "resources": {"cpu": "100m", "memory": "64Mi", "gpu": each}}
        for index, each in enumerate(gpus)
    }
    return values


@pytest.mark.rule("more-than-one-share", "border")
@pytest.mark.parametrize(
    ("sharing", "level", "says"),
    [(MPS, "error", "MPS gives a pod one"), (SLICES, "warning", "a second one gives it no more time")],
)
def test_a_second_share(sharing: dict[str, Any], level: str, says: str) -> None:
    finding = only(plan_of(fleet(1, 2, sharing=sharing)).findings, "more-than-one-share")
    assert (finding.level, finding.path) == (level, ("workloads", "w1", "resources", "gpu"))
    assert finding.message == f"`w1` on `box` asks for 2 shares of a GPU: {says}"


@pytest.mark.rule("more-than-one-share", "passes")
@pytest.mark.parametrize(
    "values",
    [
        fleet(1, 1, sharing=MPS),
        fleet(1, 1, sharing=SLICES),
        fleet(2, sharing=None, gpus=2),
        fleet(2, sharing={"strategy": "none"}, gpus=2),
        fleet(2, sharing={"strategy": "mig", "profile": "1g.6gb"}, gpu="nvidia-a30"),
    ],
)
def test_one_share_or_several_whole_parts(values: dict[str, Any]) -> None:
    assert not [each for each in plan_of(values).findings if each.level == "error"]
    assert not found(plan_of(values).findings, "more-than-one-share")


def test_more_than_there_are_is_told_once() -> None:
    rules = [each.rule for each in plan_of(fleet(5)).findings if "gpu" in each.path]
    assert rules == ["gpu-over-capacity"]


@pytest.mark.rule("more-than-one-share", "waived")
def test_a_second_share_is_waived(tmp_path: Path) -> None:
    assert_waived(tmp_path, fleet(2), "more-than-one-share")


def clients(replicas: int, driver: str = "580.82.07", **host: Any) -> dict[str, Any]:
    return fleet(1, sharing={"strategy": "mps", "replicas": replicas}, driver=driver, **host)


@pytest.mark.rule("mps-too-many-clients", "border")
@pytest.mark.parametrize("driver", ["580.82.07", "590.44.01"])
def test_one_client_more_than_mps_takes(driver: str) -> None:
    """A newer MPS server takes 60, and the device plugin does not ask it."""
    most = 48
    assert not found(plan_of(clients(most, driver)).findings, "mps-too-many-clients")
    finding = only(plan_of(clients(most + 1, driver)).findings, "mps-too-many-clients")
    assert (finding.level, finding.path) == ("error", ("deviceClasses", "box", "gpuSharing", "replicas"))
    assert finding.message == f"`box` needs {most + 1} clients of one MPS server, and has {most}"
    assert finding.remedy == f"write `replicas: {most}` at most"


@pytest.mark.rule("mps-too-many-clients", "passes")
def test_slices_of_time_have_no_clients() -> None:
    values = fleet(1, sharing={"strategy": "time-slicing", "replicas": 64})
    assert not found(plan_of(values).findings, "mps-too-many-clients")


@pytest.mark.parametrize(("capability", "most"), [("6.1", 16), ("7.0", 16), ("7.5", 48)])
def test_an_older_gpu_takes_sixteen(capability: str, most: int) -> None:
    old = {"title": "Old", "memoryBytes": 2**33, "computeCapability": capability, "powerMilliwatts": None}
    more = parse({"gpus": {"old": old | {"sources": ["https://example.com"]}}}, "a file")
    assert isinstance(more, Catalogue)
    for replicas, fits in ((most, True), (most + 1, False)):
        read = read_fleet(clients(replicas, gpu="old"), more).fleet
        assert read is not None
        findings = build_plan(read, more, Lock()).findings
        assert bool(found(findings, "mps-too-many-clients")) != fits


@pytest.mark.rule("mps-too-many-clients", "waived")
def test_too_many_clients_are_waived(tmp_path: Path) -> None:
    assert_waived(tmp_path, clients(49), "mps-too-many-clients")


@pytest.mark.parametrize(
    ("sharing", "gpu", "shares"),
    [
        (None, "nvidia-l4", 3),
        ({"strategy": "none"}, "nvidia-l4", 3),
        (MPS, "nvidia-l4", 12),
        ({"strategy": "mig", "profile": "2g.12gb"}, "nvidia-a30", 6),
    ],
)
@pytest.mark.rule("gpu-over-capacity", "border")
def test_several_gpus_in_a_host(sharing: dict[str, Any] | None, gpu: str, shares: int) -> None:
    def fits(*asked: int) -> bool:
        plan = plan_of(fleet(*asked, sharing=sharing, gpu=gpu, gpus=3))
        return not found(plan.findings, "gpu-over-capacity")

    assert fits(*[1] * shares)
    assert not fits(*[1] * (shares + 1))
    declared = plan_of(fleet(1, sharing=sharing, gpu=gpu, gpus=3)).classes[0].device_class
    hardware = hardware_of(declared, CATALOGUE)
    assert hardware is not None
    assert hardware.gpus == shares
