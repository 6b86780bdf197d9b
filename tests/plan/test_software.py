"""What an image holds against what a backend loads and the GPU that it meets."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.small import found, only, plan_of, smallest
from tests.strategies import locked

from edgewright.catalogue import Catalogue, load, merge
from edgewright.errors import Finding
from edgewright.fleet import read_fleet
from edgewright.plan import Plan, build_plan
from edgewright.plan.software import obstacle

L4 = {"host": {"arch": "amd64", "cpu": 8, "memory": "32Gi", "gpu": "nvidia-l4"}}
NEW_DRIVER = {"software": {"driver": "580.82.07"}}
GOOD = {"cuda": "13.0", "cudnn": "9.12.0", "tensorrt": "10.13.3", "onnxruntime": "1.31.1"}


def catalogue_with(**image: Any) -> Catalogue:
    """The built-in catalogue and an image `ours` that holds this."""
    merged = merge({"images": {"ours": {**image, "sources": ["our bench"]}}})
    assert not merged.findings
    return merged.catalogue


def reason(backend: str, capability: str | None = "8.9", **image: Any) -> str | None:
    catalogue = catalogue_with(**{**GOOD, **image})
    found = obstacle(catalogue.backends[backend], "ours", capability, catalogue)
    return found[0] if found else None


def test_what_goes_together_is_in_nobodys_way() -> None:
    for backend in ("tensorrt", "onnxruntime-tensorrt", "onnxruntime-cuda", "onnxruntime-cpu"):
        assert reason(backend) is None


def test_an_image_that_nobody_knows_is_in_nobodys_way() -> None:
    catalogue = load()
    assert all(obstacle(each, "theirs", "1.0", catalogue) is None for each in catalogue.backends.values())


@pytest.mark.parametrize(
    ("backend", "image", "says"),
    [
        ("tensorrt", {"tensorrt": None}, "TensorRT needs TensorRT, and `ours` has none"),
        ("onnxruntime-cuda", {"cuda": None}, "ONNX Runtime with CUDA needs CUDA, and `ours` has none"),
        ("onnxruntime-cpu", {"onnxruntime": None}, "needs ONNX Runtime, and `ours` has none"),
        ("onnxruntime-openvino", {}, "needs OpenVINO, and `ours` has none"),
    ],
)
def test_what_an_image_lacks(backend: str, image: dict[str, Any], says: str) -> None:
    assert says in str(reason(backend, **image))


@pytest.mark.parametrize(
    ("backend", "image", "says"),
    [
        (
            "onnxruntime-tensorrt",
            {"tensorrt": "11.0.0"},
            "ONNX Runtime 1.31.1 loads TensorRT 10, and `ours` has TensorRT 11.0.0",
        ),
        ("onnxruntime-tensorrt", {"tensorrt": "10.16.2"}, None),
        ("tensorrt", {"tensorrt": "11.0.0"}, None),  # without ONNX Runtime between them
        ("onnxruntime-cuda", {"cuda": "12.6"}, "loads CUDA 13, and `ours` has CUDA 12.6"),
        ("onnxruntime-cuda", {"cuda": "12.6", "onnxruntime": "1.26.0"}, None),
        ("onnxruntime-cuda", {"onnxruntime": "1.26.0"}, "loads CUDA 12, and `ours` has CUDA 13.0"),
        ("onnxruntime-cuda", {"cudnn": "8.9.4"}, "loads cuDNN 9, and `ours` has cuDNN 8.9.4"),
        ("onnxruntime-cuda", {"onnxruntime": "0.9"}, None),  # nobody knows
        ("onnxruntime-openvino", {"openvino": "2025.0", "onnxruntime": "1.23.0"}, "loads OpenVINO 2025.3"),
        ("onnxruntime-openvino", {"openvino": "2025.3", "onnxruntime": "1.23.0"}, None),
        ("onnxruntime-openvino", {"openvino": "2020.1", "onnxruntime": "1.31.1"}, None),  # nobody knows
    ],
)
def test_what_onnx_runtime_loads(backend: str, image: dict[str, Any], says: str | None) -> None:
    assert str(says) in str(reason(backend, **image))


@pytest.mark.parametrize(
    ("backend", "capability", "image", "says"),
    [
        ("tensorrt", "7.0", {}, "CUDA 13.0 of `ours` has no code for a GPU of compute capability 7.0"),
        ("tensorrt", "7.5", {}, None),
        ("tensorrt", "7.2", {"cuda": "12.6", "tensorrt": "10.3.0"}, "TensorRT 10.3.0 of `ours` has no code"),
        ("tensorrt", "12.0", {"cuda": "12.8", "tensorrt": "10.10.0"}, None),
        ("tensorrt", "12.0", {"cuda": "12.8", "tensorrt": "10.9.0"}, "TensorRT 10.9.0 of `ours` has no code"),
        ("onnxruntime-cuda", "12.0", {"cuda": "12.7", "onnxruntime": "1.22.0"}, "CUDA 12.7 of `ours` has no"),
        ("onnxruntime-cuda", "12.0", {"cuda": "12.8", "onnxruntime": "1.22.0"}, None),
        ("onnxruntime-cuda", "8.9", {"cuda": "11.4", "cudnn": "8.6.0", "onnxruntime": "1.18.0"}, None),
        ("onnxruntime-cpu", "7.0", {}, None),
        ("onnxruntime-cuda", "6.1", {}, None),  # of GPUs before 7.0 nothing is listed
        ("onnxruntime-cuda", None, {}, None),
        ("onnxruntime-cuda", "99.0", {}, "compute capability 99.0"),
    ],
)
def test_code_for_the_gpu(
    backend: str, capability: str | None, image: dict[str, Any], says: str | None
) -> None:
    assert str(says) in str(reason(backend, capability, **image))


versions = st.none() | st.sampled_from(["8.6.2", "9.3.0", "10.3.0", "11.0", "12.6", "13.0", "1.31.1", "0.1"])


@given(st.fixed_dictionaries(dict.fromkeys(GOOD, versions)), st.sampled_from([None, "7.5", "8.7", "11.0"]))
def test_a_reason_always_says_what_to_do(image: dict[str, Any], capability: str | None) -> None:
    catalogue = catalogue_with(**image)
    for backend in catalogue.backends.values():
        said = obstacle(backend, "ours", capability, catalogue)
        assert said is None or all(said)


def planned(catalogue: Catalogue, tiers: list[str] | None, **device_class: Any) -> Plan:
    """A workload on an L4 with the image `ours`."""
    values = smallest(deviceClasses={"box": {**L4, **NEW_DRIVER, **device_class}})
    values["runtimes"] = {
        "server": {
            "backends": ["tensorrt", "onnxruntime-tensorrt", "onnxruntime-cpu"],
            "images": {"amd64-cuda13": "ours"},
        }
    }
    workload = {"model": "digits", "runtime": "server", "resources": {"cpu": 1, "memory": "1Gi", "gpu": 1}}
    values["workloads"] = {name: copy.deepcopy(workload) for name in ("one", "two")}
    if tiers:
        values["workloads"]["one"]["tiers"] = tiers
    fleet = read_fleet(values, catalogue).fleet
    assert fleet is not None
    return build_plan(fleet, catalogue, locked(fleet))


def test_a_tier_that_was_asked_for_is_said_and_left_out() -> None:
    catalogue = catalogue_with(**{**GOOD, "tensorrt": "11.0.0"})
    plan = planned(catalogue, ["onnxruntime-tensorrt", "onnxruntime-cpu"])
    finding: Finding = only(plan.findings, "tier-cannot-run")
    assert finding.message == (
        "`onnxruntime-tensorrt` cannot run on `box`: ONNX Runtime 1.31.1 loads TensorRT 10, and `ours` has "
        "TensorRT 11.0.0"
    )
    assert finding.path == ("workloads", "one", "tiers", 0)
    assert "TensorRT 10" in finding.remedy
    assert [[tier.tier for tier in each.tiers] for each in plan.classes[0].workloads] == [
        ["onnxruntime-cpu"],
        ["tensorrt", "onnxruntime-cpu"],
    ]


def test_without_a_tier_that_can_the_workload_is_refused() -> None:
    catalogue = catalogue_with(**{**GOOD, "tensorrt": "11.0.0"})
    assert found(planned(catalogue, ["onnxruntime-tensorrt"]).findings, "no-tier-runs")


@pytest.mark.parametrize(
    ("source", "says"), [("models/d.tflite", "does not read tflite"), ("models/d.GGUF", "does not read gguf")]
)
def test_the_format_of_the_file_counts(source: str, says: str) -> None:
    values = smallest(models={"digits": {"version": "1.0.0", "source": source}})
    values["workloads"]["read"]["tiers"] = ["onnxruntime-cpu"]
    assert says in only(plan_of(values).findings, "tier-cannot-run").message
    values["models"]["digits"]["variants"] = {"small": {"precision": "int8"}}
    values["workloads"]["read"]["tiers"] = ["onnxruntime-cpu/small"]  # made out of it, and ONNX
    assert not found(plan_of(values).findings, "tier-cannot-run")
