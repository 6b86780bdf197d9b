"""What a class offers, and what its software and sharing cannot do on it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.small import fleet_of, found, only, plan_of, smallest
from tests.strategies import CATALOGUE

from edgewright.plan.hardware import Hardware, hardware_of

L4 = {"arch": "amd64", "cpu": 16, "memory": "64Gi", "gpu": "nvidia-l4"}
A30 = {**L4, "gpu": "nvidia-a30"}
ORIN = "jetson-orin-nx-16gb"


def hardware(**device_class: Any) -> Hardware:
    fleet = fleet_of(smallest(deviceClasses={"kiosk": device_class}))
    made = hardware_of(fleet.device_classes["kiosk"], CATALOGUE)
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("device_class", "platforms", "gpus"),
    [
        ({"board": ORIN, "software": {"jetpack": "6.2"}}, ("jetpack6", "arm64"), 1),
        ({"board": ORIN, "software": {"jetpack": "5.1.2"}}, ("jetpack5", "arm64"), 1),
        ({"board": ORIN}, ("arm64",), 1),
        ({"host": L4, "software": {"driver": "580.82.07"}}, ("amd64-cuda13", "amd64-cuda12", "amd64"), 1),
        ({"host": L4, "software": {"driver": "535.10"}}, ("amd64-cuda12", "amd64"), 1),
        ({"host": L4, "software": {"driver": "470.82.01"}}, ("amd64",), 1),
        ({"host": L4}, ("amd64",), 1),
        ({"host": {"arch": "amd64", "cpu": 4, "memory": "8Gi"}}, ("amd64",), 0),
        ({"host": {"arch": "arm64", "cpu": 4, "memory": "8Gi"}}, ("arm64",), 0),
        ({"board": "intel-n100-8gb"}, ("amd64",), 0),
        ({"board": "raspberry-pi-5-8gb"}, ("arm64",), 0),
    ],
)
def test_which_images_run_and_how_many_gpus_there_are(
    device_class: dict[str, Any], platforms: tuple[str, ...], gpus: int
) -> None:
    made = hardware(**device_class)
    assert (made.platforms, made.gpus) == (platforms, gpus)


def test_a_driver_without_a_gpu_runs_no_cuda() -> None:
    values = smallest(
        deviceClasses={
            "kiosk": {
                "host": {"arch": "amd64", "cpu": 4, "memory": "8Gi"},
                "software": {"driver": "580.82.07"},
            }
        }
    )
    plan = plan_of(values)
    assert plan.classes[0].workloads[0].image.platform == "amd64"
    finding = only(plan.findings, "no-effect")
    assert finding.path == ("deviceClasses", "kiosk", "software", "driver")


@pytest.mark.parametrize(
    ("sharing", "gpus"),
    [
        ({"strategy": "none"}, 1),
        ({"strategy": "time-slicing", "replicas": 4}, 4),
        ({"strategy": "mps", "replicas": 2}, 2),
        ({"strategy": "mig", "profile": "1g.6gb"}, 4),
        ({"strategy": "mig", "profile": "4g.24gb"}, 1),
    ],
)
def test_shares_of_one_gpu(sharing: dict[str, Any], gpus: int) -> None:
    made = hardware(host=A30, software={"driver": "580.82.07"}, gpuSharing=sharing)
    assert made.gpus == gpus


@pytest.mark.parametrize(
    ("device_class", "field", "says"),
    [
        ({"host": L4, "gpuSharing": {"strategy": "mig", "profile": "1g.6gb"}}, "strategy", "NVIDIA L4"),
        ({"host": A30, "gpuSharing": {"strategy": "mig", "profile": "9g.9gb"}}, "profile", "`9g.9gb`"),
        ({"board": ORIN, "gpuSharing": {"strategy": "mig", "profile": "1g.6gb"}}, "strategy", "this board"),
        ({"board": ORIN, "gpuSharing": {"strategy": "mps", "replicas": 2}}, "strategy", "of a Jetson"),
        (
            {"board": "intel-n100-8gb", "gpuSharing": {"strategy": "mps", "replicas": 2}},
            None,
            "no NVIDIA GPU",
        ),
    ],
)
def test_sharing_that_the_hardware_cannot_do(
    device_class: dict[str, Any], field: str | None, says: str
) -> None:
    finding = only(
        plan_of(smallest(deviceClasses={"kiosk": device_class})).findings, "gpu-sharing-impossible"
    )
    assert finding.path == ("deviceClasses", "kiosk", "gpuSharing", *([field] if field else []))
    assert says in finding.message
    assert finding.level == "error"


@pytest.mark.parametrize("strategy", [{"strategy": "time-slicing", "replicas": 2}, {"strategy": "none"}])
def test_sharing_that_it_can_do(strategy: dict[str, Any]) -> None:
    values = smallest(deviceClasses={"kiosk": {"board": ORIN, "gpuSharing": strategy}})
    assert not found(plan_of(values).findings, "gpu-sharing-impossible")


@pytest.mark.parametrize(
    ("device_class", "says"),
    [
        ({"board": "intel-n100-8gb", "software": {"jetpack": "6.2"}}, "has no JetPack"),
        ({"host": L4, "software": {"jetpack": "6.2"}}, "a composed host has no JetPack"),
        ({"board": "jetson-agx-thor", "software": {"jetpack": "6.2"}}, "does not run JetPack 6.2"),
    ],
)
def test_a_jetpack_that_the_board_does_not_run(device_class: dict[str, Any], says: str) -> None:
    finding = only(plan_of(smallest(deviceClasses={"kiosk": device_class})).findings, "jetpack-unsupported")
    assert finding.path == ("deviceClasses", "kiosk", "software", "jetpack")
    assert says in finding.message
    assert finding.notes[0].path == ("deviceClasses", "kiosk", "board" if "board" in device_class else "host")


def test_a_jetpack_that_it_does_run() -> None:
    values = smallest(deviceClasses={"kiosk": {"board": ORIN, "software": {"jetpack": "6.2"}}})
    assert not found(plan_of(values).findings, "jetpack-unsupported")


@pytest.mark.parametrize(
    ("version", "fits"),
    [("v1.36.1+k3s1", False), ("v1.35.4+k3s1", False), ("v1.36.2+k3s1", True), ("v1.37.0+k3s1", True)],
)
def test_k3s_that_mounts_models(version: str, fits: bool) -> None:
    values = smallest(deviceClasses__kiosk__software={"k3s": version})
    findings = found(plan_of(values).findings, "image-volumes-unsupported")
    assert [each.path for each in findings] == (
        [] if fits else [("deviceClasses", "kiosk", "software", "k3s")]
    )


def test_a_class_without_workloads_may_have_any_k3s() -> None:
    values = smallest(
        deviceClasses={
            "kiosk": {"board": "intel-n100-8gb"},
            "spare": {"board": ORIN, "software": {"k3s": "v1.30.1+k3s1"}},
        },
        workloads__read__on={"kiosk": {}},
    )
    plan = plan_of(values)
    assert not found(plan.findings, "image-volumes-unsupported")
    assert only(plan.findings, "class-without-workload").path == ("deviceClasses", "spare")


def test_a_power_mode_that_switches_cores_off_leaves_fewer() -> None:
    modes = CATALOGUE.boards["jetson-agx-orin-64gb"].power_modes
    capped = {name: mode.cpu_cores for name, mode in modes.items() if mode.cpu_cores}
    assert capped
    for name, cores in capped.items():
        assert hardware(board="jetson-agx-orin-64gb", powerMode=name).cores == cores
