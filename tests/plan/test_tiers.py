"""Which runtime, image and tiers a workload gets on each kind of class."""

from __future__ import annotations

from typing import Any

import pytest
from tests.small import found, only, plan_of, smallest

from edgewright.plan import Deployed, Plan

L4 = {"arch": "amd64", "cpu": 16, "memory": "64Gi", "gpu": "nvidia-l4"}
JETSON = {"board": "jetson-orin-nx-16gb", "software": {"jetpack": "6.2"}}
GPU = {"cpu": 1, "memory": "1Gi", "gpu": 1}
VARIANTS = {"half": {"precision": "fp16"}, "small": {"precision": "int8"}}


def planned(device_class: dict[str, Any], variants: Any = VARIANTS, **workload: Any) -> Plan:
    values = smallest(deviceClasses={"kiosk": device_class}, models__digits__variants=variants)
    values["workloads"]["read"] |= workload
    return plan_of(values)


def deployed(plan: Plan) -> Deployed:
    return plan.classes[0].workloads[0]


def chosen(plan: Plan) -> tuple[str, str, tuple[str, ...]]:
    one = deployed(plan)
    return one.runtime, one.image.platform, tuple(tier.tier for tier in one.tiers)


@pytest.mark.parametrize(
    ("device_class", "resources", "expected"),
    [
        (
            JETSON,
            GPU,
            ("tensorrt", "jetpack6", ("tensorrt/small", "onnxruntime-cuda/half", "onnxruntime-cpu/small")),
        ),
        (JETSON, None, ("cpu", "arm64", ("onnxruntime-cpu/small",))),
        ({"board": "jetson-orin-nx-16gb"}, None, ("cpu", "arm64", ("onnxruntime-cpu/small",))),
        (
            {"host": L4, "software": {"driver": "580.82.07"}},
            GPU,
            (
                "tensorrt",
                "amd64-cuda13",
                ("tensorrt/small", "onnxruntime-cuda/half", "onnxruntime-cpu/small"),
            ),
        ),
        ({"host": L4, "software": {"driver": "535.1"}}, None, ("cpu", "amd64", ("onnxruntime-cpu/small",))),
        ({"host": L4}, None, ("cpu", "amd64", ("onnxruntime-cpu/small",))),
        ({"board": "intel-n100-8gb"}, None, ("cpu", "amd64", ("onnxruntime-cpu/small",))),
        ({"board": "raspberry-pi-5-8gb"}, None, ("cpu", "arm64", ("onnxruntime-cpu/small",))),
    ],
)
def test_what_is_chosen_where_nothing_is_said(
    device_class: dict[str, Any], resources: dict[str, Any] | None, expected: object
) -> None:
    plan = planned(device_class, **({"resources": resources} if resources else {}))
    assert chosen(plan) == expected
    assert not [each for each in plan.findings if each.level == "error"]


@pytest.mark.parametrize("device_class", [{"board": "jetson-orin-nx-16gb"}, {"host": L4}])
def test_a_gpu_without_its_software_is_not_used(device_class: dict[str, Any]) -> None:
    """It can be asked for, but no image for it runs; the plan says so."""
    plan = planned(device_class, resources=GPU)
    assert chosen(plan) == (
        "cpu",
        "arm64" if "board" in device_class else "amd64",
        ("onnxruntime-cpu/small",),
    )
    assert ("workloads", "read", "resources", "gpu") in [
        each.path for each in found(plan.findings, "no-effect")
    ]


def test_the_lightest_form_that_a_backend_runs() -> None:
    only_half = {"half": {"precision": "fp16"}}
    assert chosen(planned({"board": "intel-n100-8gb"}, only_half))[2] == ("onnxruntime-cpu",)
    assert chosen(planned(JETSON, only_half, resources=GPU))[2] == (
        "tensorrt/half",
        "onnxruntime-cuda/half",
        "onnxruntime-cpu",
    )
    assert chosen(planned({"board": "intel-n100-8gb"}, {}))[2] == ("onnxruntime-cpu",)


def test_a_rule_is_the_last_of_the_default_tiers() -> None:
    plan = planned({"board": "intel-n100-8gb"}, rule="rules/one.py")
    assert chosen(plan)[2] == ("onnxruntime-cpu/small", "rule")
    assert deployed(plan).rule == "rules/one.py"
    assert not found(plan.findings, "no-effect")[1:]


def test_asked_tiers_are_tried_in_their_order() -> None:
    plan = planned(
        JETSON, resources=GPU, runtime="tensorrt", tiers=["onnxruntime-cpu/small", "tensorrt/half"]
    )
    assert chosen(plan)[2] == ("onnxruntime-cpu/small", "tensorrt/half")


CANNOT = [
    (JETSON, {}, "tensorrt/half", "the workload asks for none"),
    ({"board": "intel-n100-8gb"}, {}, "tensorrt/half", "needs an NVIDIA GPU, which this class has not"),
    ({"host": L4}, {"resources": GPU}, "tensorrt/half", "needs CUDA, and the image for amd64 has none"),
    (JETSON, {"resources": GPU}, "onnxruntime-cpu/half", "does not run fp16"),
    (JETSON, {"resources": GPU}, "onnxruntime-cuda/small", "does not run int8"),
    ({"board": "raspberry-pi-5-8gb"}, {}, "onnxruntime-openvino/small", "does not run on arm64"),
]


@pytest.mark.parametrize(("device_class", "workload", "tier", "says"), CANNOT)
def test_why_a_tier_cannot_run(
    device_class: dict[str, Any], workload: dict[str, Any], tier: str, says: str
) -> None:
    images = {"jetpack6": "server", "amd64": "server", "arm64": "server", "amd64-cuda13": "server"}
    backends = ["tensorrt", "onnxruntime-cuda", "onnxruntime-openvino", "onnxruntime-cpu"]
    values = smallest(
        deviceClasses={"kiosk": device_class},
        models__digits__variants=VARIANTS,
        runtimes={"server": {"backends": backends, "images": images}},
    )
    values["workloads"]["read"] |= {"runtime": "server", "tiers": ["onnxruntime-cpu/small", tier], **workload}
    plan = plan_of(values)
    finding = only(plan.findings, "tier-cannot-run")
    assert says in finding.message
    assert finding.path == ("workloads", "read", "tiers", 1)
    assert finding.notes[0].path == ("deviceClasses", "kiosk")
    assert (finding.level, finding.waivable) == ("warning", True)
    assert chosen(plan)[2] == ("onnxruntime-cpu/small",)


def test_tiers_that_can_run_are_no_findings() -> None:
    plan = planned(
        JETSON, resources=GPU, runtime="tensorrt", tiers=["tensorrt/half", "onnxruntime-cpu/small"]
    )
    assert not found(plan.findings, "tier-cannot-run")


def test_no_tier_at_all_is_an_error_that_nobody_can_waive() -> None:
    plan = planned(JETSON, runtime="tensorrt", tiers=["tensorrt/half"])
    finding = only(plan.findings, "no-tier-runs")
    assert finding.path == ("workloads", "read", "tiers")
    assert not finding.waivable
    assert not plan.classes[0].workloads


def test_no_image_for_the_class() -> None:
    plan = planned({"host": L4}, runtime="tensorrt")
    finding = only(plan.findings, "no-image-for-class")
    assert finding.path == ("workloads", "read", "runtime")
    assert "it has jetpack6, amd64-cuda13" in finding.message
    assert "software.driver" in finding.remedy
    assert not finding.waivable
    fits = planned(JETSON, runtime="tensorrt", resources=GPU)
    assert "no-image-for-class" not in {each.rule for each in fits.findings}


def test_no_runtime_for_the_class_by_default() -> None:
    values = smallest(runtimes={"cpu": {"backends": ["onnxruntime-cpu"], "images": {"arm64": "runtime-cpu"}}})
    finding = only(plan_of(values).findings, "no-image-for-class")
    assert finding.path == ("workloads", "read")
    assert "no runtime has an image that runs on `kiosk`" in finding.message
    assert "amd64" in finding.remedy


def test_a_fleets_own_runtime_replaces_the_catalogues() -> None:
    images = {"amd64": "our-server"}
    values = smallest(runtimes={"cpu": {"backends": ["onnxruntime-cpu"], "images": images}})
    image = deployed(plan_of(values)).image
    assert (image.name, image.path) == ("our-server", ("runtimes", "cpu", "images", "amd64"))
