"""The device plugin's chart: a whole object, whose configuration says what the plan counted."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from tests.small import plan_of, smallest

from edgewright.render import node_files
from edgewright.scan import check_objects

HOST = {"arch": "amd64", "cpu": 16, "memory": "64Gi"}
L4 = {"host": {**HOST, "gpu": "nvidia-l4"}, "software": {"driver": "580.82.07"}}
A30 = {"host": {**HOST, "gpu": "nvidia-a30"}, "software": {"driver": "580.82.07"}}
RESOURCE = {"name": "nvidia.com/gpu", "replicas": 3}

# The types of https://github.com/NVIDIA/k8s-device-plugin/tree/v0.18.0/api/config/v1: flags.go, sharing.go
# and replicas.go.
SHARES = {"renameByDefault", "failRequestsGreaterThanOne", "resources"}
FLAGS = {"migStrategy", "failOnInitError"}


def chart(device_class: dict[str, Any], **changes: Any) -> Any:
    plan = plan_of(smallest(deviceClasses={"box": device_class}, **changes))
    found = [each for each in node_files(plan) if each.path.endswith("/nvidia-device-plugin.yaml")]
    return yaml.safe_load(found[0].text) if found else None


def config(device_class: dict[str, Any]) -> Any:
    values = yaml.safe_load(chart(device_class)["spec"]["valuesContent"])
    settings = values["config"]
    made = yaml.safe_load(settings["map"][settings["default"]])
    assert made["version"] == "v1"
    assert set(made) <= {"version", "flags", "sharing"}
    assert set(made["flags"]) == FLAGS
    for shares in made.get("sharing", {}).values():
        assert set(shares) <= SHARES
    return made


def test_it_is_an_object_that_k3s_takes() -> None:
    made = chart(L4, platform={"nvidiaDevicePlugin": "0.18.1"})
    assert check_objects([(made, ("platform",))], "1.36.2") == []
    assert made["spec"]["version"] == "0.18.1"
    assert yaml.safe_load(made["spec"]["valuesContent"])["runtimeClassName"] == "nvidia"


def test_no_gpu_no_plugin() -> None:
    assert chart({"host": HOST}) is None
    assert chart({"board": "intel-n100-8gb"}) is None


@pytest.mark.parametrize(
    ("sharing", "said"),
    [
        (None, None),
        ({"strategy": "none"}, None),
        (
            {"strategy": "time-slicing", "replicas": 3},
            {"timeSlicing": {"renameByDefault": False, "failRequestsGreaterThanOne": False, "resources": [RESOURCE]}},
        ),
        ({"strategy": "mps", "replicas": 3}, {"mps": {"renameByDefault": False, "resources": [RESOURCE]}}),
    ],
)  # fmt: skip
def test_a_gpu_is_shared_as_it_was_counted(sharing: Any, said: Any) -> None:
    made = config({**L4, **({"gpuSharing": sharing} if sharing else {})})
    assert made.get("sharing") == said
    assert made["flags"]["migStrategy"] == "none"


def test_slices_of_mig_are_asked_for_by_the_same_name_as_a_gpu() -> None:
    made = config({**A30, "gpuSharing": {"strategy": "mig", "profile": "1g.6gb"}})
    assert made["flags"]["migStrategy"] == "single"
    assert "sharing" not in made


def test_pinned_cores_and_devices_go_together() -> None:
    values = yaml.safe_load(chart({**L4, "cpuManager": {"policy": "static"}})["spec"]["valuesContent"])
    assert values["compatWithCPUManager"] is True
    values = yaml.safe_load(chart({**L4, "cpuManager": {"policy": "none"}})["spec"]["valuesContent"])
    assert "compatWithCPUManager" not in values
