"""K3s' own files: read back, and the arithmetic that leaves workloads exactly what was planned."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from tests.small import plan_of, smallest
from tests.strategies import Drawn, drawn_fleets

from edgewright.fleet import Cpu, Memory
from edgewright.render import node_files

CAMERA = {"board": "jetson-orin-nx-16gb", "software": {"jetpack": "6.2"}}
HOST = {"arch": "amd64", "cpu": 16, "memory": "64Gi", "gpu": "nvidia-l4"}
L4 = {"host": HOST, "software": {"driver": "580.82.07"}}

# https://docs.k3s.io/cli/server
K3S_OPTIONS = {"write-kubeconfig-mode", "disable", "node-label", "kubelet-arg", "node-name"}
# https://docs.k3s.io/installation/packaged-components
PACKAGED = {"coredns", "local-storage", "metrics-server", "servicelb", "traefik"}
# https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/
KUBELET_FLAGS = {
    "cpu-manager-policy",
    "image-gc-high-threshold",
    "image-gc-low-threshold",
    "system-reserved",
    "topology-manager-policy",
}
POLICIES = {
    "cpu-manager-policy": {"none", "static"},
    "topology-manager-policy": {"none", "best-effort", "restricted", "single-numa-node"},
}


def read(values: dict[str, Any], path: str = "etc/rancher/k3s/config.yaml") -> Any:
    (file,) = [each for each in node_files(plan_of(values)) if each.path.endswith(path)]
    return yaml.safe_load(file.text)


def kubelet(config: dict[str, Any]) -> dict[str, str]:
    return dict(each.split("=", 1) for each in config["kubelet-arg"])


def test_every_option_is_one_that_k3s_and_the_kubelet_have() -> None:
    pinned = {**L4, "cpuManager": {"policy": "static", "topology": "single-numa-node"}}
    config = read(smallest(deviceClasses={"box": pinned}))
    assert set(config) <= K3S_OPTIONS
    assert set(config["disable"]) < PACKAGED
    assert set(kubelet(config)) <= KUBELET_FLAGS
    assert kubelet(config)["cpu-manager-policy"] in POLICIES["cpu-manager-policy"]
    assert kubelet(config)["topology-manager-policy"] in POLICIES["topology-manager-policy"]


def test_reservations_and_the_platforms_requests_are_the_reserve() -> None:
    reserve = {"cpu": "700m", "memory": "1536Mi"}
    values = smallest(deviceClasses__kiosk={"board": "intel-n100-8gb", "reserve": reserve})
    # CoreDNS 100m and 70Mi, Flux 150m and 128Mi
    assert kubelet(read(values))["system-reserved"] == "cpu=450m,memory=1338Mi"


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(drawn_fleets())
def test_what_is_left_to_workloads_is_what_was_planned(drawn: Drawn) -> None:
    texts = {each.path: each.text for each in node_files(drawn.plan)}
    for planned in (each for each in drawn.plan.classes if each.workloads):
        config = yaml.safe_load(texts[f"{planned.name}/node/etc/rancher/k3s/config.yaml"])
        pairs = filter(None, kubelet(config).get("system-reserved", "").split(","))
        kept = dict(pair.split("=") for pair in pairs)
        reserve = planned.device_class.reserve
        cpu = int(Cpu(kept.get("cpu", "0m"))) + sum(part.cpu for part in planned.parts)
        memory = int(Memory(kept.get("memory", "0B"))) + sum(part.memory for part in planned.parts)
        assert cpu == int(reserve.cpu) or "cpu" not in kept
        assert memory == int(reserve.memory) or "memory" not in kept


def test_a_disk_that_is_kept_back() -> None:
    kiosk = {"board": "intel-n100-8gb", "storage": "64Gi", "reserve": {"storage": "12Gi"}}
    assert (
        "ephemeral-storage=12Gi" in kubelet(read(smallest(deviceClasses={"kiosk": kiosk})))["system-reserved"]
    )


def test_the_collector_of_images_stops_before_it_begins() -> None:
    limits = kubelet(read(smallest()))
    # K3s evicts pods where 5% of the disk are left.
    assert 0 < int(limits["image-gc-low-threshold"]) < int(limits["image-gc-high-threshold"]) < 95


def test_pinning_is_written_where_the_class_asks_for_it() -> None:
    assert "cpu-manager-policy" not in kubelet(read(smallest()))
    kiosk = {"board": "intel-n100-8gb", "cpuManager": {"policy": "static"}}
    limits = kubelet(read(smallest(deviceClasses={"kiosk": kiosk})))
    assert (limits["cpu-manager-policy"], limits["topology-manager-policy"]) == ("static", "none")
    assert limits["system-reserved"].startswith("cpu=")  # a static policy without one keeps the kubelet down


@pytest.mark.parametrize(
    ("device_class", "labels"),
    [
        ({"board": "intel-n100-8gb"}, []),
        (CAMERA, ["nvidia.com/gpu.present=true"]),
        (
            {**L4, "gpuSharing": {"strategy": "mps", "replicas": 2}},
            ["nvidia.com/gpu.present=true", "nvidia.com/mps.capable=true"],
        ),
    ],
)
def test_labels_that_the_device_plugin_looks_for(device_class: dict[str, Any], labels: list[str]) -> None:
    config = read(smallest(deviceClasses={"box": device_class}))
    assert config["node-label"] == ["edgewright.dev/device-class=box", "edgewright.dev/fleet=tiny", *labels]


def test_the_fleets_registry_is_where_a_mirror_can_be_written() -> None:
    mirrors = read(smallest(registry="registry.example:5000/a/b"), "registries.yaml")
    assert mirrors == {"mirrors": {"registry.example:5000": {"endpoint": ["https://registry.example:5000"]}}}


def test_a_class_that_runs_nothing_has_no_files() -> None:
    values = smallest(deviceClasses={"kiosk": {"board": "intel-n100-8gb"}, "idle": CAMERA})
    values["workloads"]["read"]["on"] = {"kiosk": {}}
    assert {each.path.split("/")[0] for each in node_files(plan_of(values))} == {"kiosk"}
