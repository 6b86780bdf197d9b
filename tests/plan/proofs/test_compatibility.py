"""Versions that go together for the very image, and a tier that is left without the accelerator."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pytest
from tests.effort import lines_run
from tests.small import changed, found, only, smallest
from tests.strategies import CATALOGUE, locked

from edgewright.catalogue import Catalogue, merge
from edgewright.document.document import parse_document
from edgewright.document.source import Source
from edgewright.document.waivers import apply_waivers
from edgewright.errors import Finding
from edgewright.fleet import read_fleet
from edgewright.plan import Plan, build_plan
from edgewright.plan.case import Case
from edgewright.plan.hardware import hardware_of
from edgewright.plan.proofs.compatibility import prove

HOST = {"arch": "amd64", "cpu": 8, "memory": "32Gi", "gpu": "nvidia-l4"}
ORIN = {"board": "jetson-orin-nx-16gb", "software": {"jetpack": "6.1"}}
SOURCES = {"sources": ["our bench"]}


def own(**images: dict[str, Any]) -> Catalogue:
    """The built-in catalogue with images of ours; an underscore stands for a dash."""
    merged = merge({"images": {name: {**image, **SOURCES} for name, image in images.items()}})
    assert not [each for each in merged.findings if each.level == "error"]
    return merged.catalogue


def plan_with(values: dict[str, Any], catalogue: Catalogue = CATALOGUE) -> Plan:
    reading = read_fleet(values, catalogue)
    assert reading.fleet is not None
    assert not reading.findings, reading.findings
    return build_plan(reading.fleet, catalogue, locked(reading.fleet))


def fleet(device_class: dict[str, Any], tiers: list[str] | None = None, **workload: Any) -> dict[str, Any]:
    values = smallest(deviceClasses={"box": device_class})
    values["models"]["digits"]["variants"] = {"half": {"precision": "fp16"}, "small": {"precision": "int8"}}
    values["workloads"]["read"] |= {"runtime": "tensorrt", **workload}
    values["workloads"]["read"]["resources"]["gpu"] = 1
    if tiers:
        values["workloads"]["read"]["tiers"] = tiers
    return values


def on_jetpack(jetpack: str, catalogue: Catalogue = CATALOGUE, board: str = "jetson-orin-nx-16gb") -> Plan:
    return plan_with(fleet({"board": board, "software": {"jetpack": jetpack}}), catalogue)


def with_driver(driver: str, cuda: str) -> Plan:
    """An image whose CUDA is another one than its platform's name says."""
    catalogue = own(ours={"cuda": cuda, "cudnn": "9.12.0", "onnxruntime": "1.31.1"})
    values = fleet({"host": HOST, "software": {"driver": driver}}, runtime="server")
    backends = ["onnxruntime-cuda", "onnxruntime-cpu"]
    values["runtimes"] = {"server": {"backends": backends, "images": {"amd64-cuda12": "ours"}}}
    return plan_with(values, catalogue)


@pytest.mark.rule("driver-too-old", "passes")
def test_a_driver_that_cuda_asks_for() -> None:
    assert not found(with_driver("590.44.01", "13.0").findings, "driver-too-old")


@pytest.mark.rule("driver-too-old", "border")
@pytest.mark.parametrize(("driver", "fits"), [("580.65.06", True), ("580.65.5", False)])
def test_a_driver_to_its_last_number(driver: str, fits: bool) -> None:
    assert bool(found(with_driver(driver, "13.0").findings, "driver-too-old")) != fits


def test_what_is_said_of_a_driver() -> None:
    finding = only(with_driver("535.104.05", "13.1").findings, "driver-too-old")
    assert finding.message == (
        "CUDA 13.1 of `ours` needs the driver 580.65.06 or later, and `box` has 535.104.05"
    )
    assert finding.path == ("deviceClasses", "box", "software", "driver")
    assert [note.path for note in finding.notes] == [("runtimes", "server", "images", "amd64-cuda12")]
    assert '"580.65.06"' in finding.remedy
    assert finding.level == "error"


def test_an_image_that_nobody_knows_asks_for_no_driver() -> None:
    values = fleet({"host": HOST, "software": {"driver": "535.104.05"}}, runtime="server")
    values["runtimes"] = {
        "server": {"backends": ["onnxruntime-cuda", "onnxruntime-cpu"], "images": {"amd64-cuda12": "theirs"}}
    }
    assert not found(plan_with(values).findings, "driver-too-old")


def test_a_driver_that_is_written_of_a_board_says_nothing() -> None:
    board = {"board": "jetson-orin-nx-16gb", "software": {"jetpack": "6.2", "driver": "470.1"}}
    findings = plan_with(fleet(board)).findings
    assert not found(findings, "driver-too-old")
    assert found(findings, "no-effect")


@pytest.mark.rule("image-newer-than-jetpack", "passes")
@pytest.mark.parametrize("jetpack", ["6.2", "6.2.2", "6.99"])
def test_a_jetpack_that_brings_what_the_image_has(jetpack: str) -> None:
    assert not found(on_jetpack(jetpack).findings, "image-newer-than-jetpack")


@pytest.mark.rule("image-newer-than-jetpack", "border")
@pytest.mark.parametrize(("jetpack", "fits"), [("6.1", True), ("6.0", False)])
def test_the_first_jetpack_that_does(jetpack: str, fits: bool) -> None:
    assert bool(found(on_jetpack(jetpack).findings, "image-newer-than-jetpack")) != fits


def test_the_latest_listed_jetpack_is_known_and_later_ones_are_not() -> None:
    image = {"cuda": "13.9", "cudnn": "9.20.0", "tensorrt": "10.16.2", "onnxruntime": "1.31.1"}
    latest = list(CATALOGUE.jetpacks)[-1]
    for jetpack, known in ((latest, True), (f"{latest}.1", False)):
        values = fleet({"board": "jetson-agx-thor", "software": {"jetpack": jetpack}}, runtime="server")
        backends = ["tensorrt", "onnxruntime-cpu"]
        values["runtimes"] = {"server": {"backends": backends, "images": {"jetpack7": "ours"}}}
        findings = plan_with(values, own(ours=image)).findings
        assert bool(found(findings, "image-newer-than-jetpack")) == known


@pytest.mark.parametrize(
    ("image", "newer"),
    [
        ({"cuda": "12.6", "tensorrt": "10.3.9"}, None),  # the third number says nothing
        ({"cuda": "12.7", "tensorrt": "10.3.0"}, "CUDA 12.7 (JetPack has 12.6)"),
        ({"cuda": "12.6", "tensorrt": "10.4.0"}, "TensorRT 10.4.0 (JetPack has 10.3.0)"),
        ({"cuda": "12.2", "tensorrt": "8.6.2"}, None),
        ({"cuda": "12.9", "tensorrt": "10.7"}, "CUDA 12.9 (JetPack has 12.6) and TensorRT 10.7 (JetPack has"),
    ],
)
def test_each_library_is_held_against_jetpacks(image: dict[str, str], newer: str | None) -> None:
    names = {"runtime-tensorrt-jetpack6": {**image, "cudnn": "9.3.0", "onnxruntime": "1.23.0"}}
    plan = on_jetpack("6.1", own(**names))
    messages = [each.message for each in found(plan.findings, "image-newer-than-jetpack")]
    assert [str(newer) in message for message in messages] == ([True] if newer else [])


def test_the_remedy_names_the_first_jetpack_that_fits() -> None:
    plan = on_jetpack("6.0")
    finding = only(plan.findings, "image-newer-than-jetpack")
    assert finding.remedy == (
        "flash JetPack 6.1 or later and write it here, or name an image with CUDA 12.2 and TensorRT 8.6.2, "
        "or earlier ones"
    )
    assert finding.path == ("deviceClasses", "box", "software", "jetpack")
    assert not found(on_jetpack("6.1").findings, "image-newer-than-jetpack")
    names = {"runtime-tensorrt-jetpack6": {"cuda": "12.9", "cudnn": "9.3.0", "onnxruntime": "1.23.0"}}
    nowhere = only(on_jetpack("6.0", own(**names)).findings, "image-newer-than-jetpack")
    assert nowhere.remedy.startswith("name an image with")


def test_an_image_is_said_once_whatever_it_serves() -> None:
    values = fleet({"board": "jetson-orin-nx-16gb", "software": {"jetpack": "6.0"}})
    values["workloads"]["more"] = values["workloads"]["read"]
    values["workloads"]["other"] = values["workloads"]["read"]
    assert len(found(plan_with(values).findings, "image-newer-than-jetpack")) == 1


def test_a_cpu_tier_leans_on_no_jetpack() -> None:
    values = fleet(
        {"board": "jetson-orin-nx-16gb", "software": {"jetpack": "6.0"}}, ["onnxruntime-cpu/small"]
    )
    assert not found(plan_with(values).findings, "image-newer-than-jetpack")


@pytest.mark.rule("no-fallback", "passes")
@pytest.mark.parametrize(
    "tiers",
    [
        ["tensorrt/half", "onnxruntime-cpu/small"],
        ["onnxruntime-cpu/small", "tensorrt/half"],
        ["tensorrt/half", "rule"],
        None,
    ],
)
def test_a_tier_is_left(tiers: list[str] | None) -> None:
    assert not found(plan_with(fleet(ORIN, tiers, rule="rules/r.py")).findings, "no-fallback")


@pytest.mark.rule("no-fallback", "border")
@pytest.mark.parametrize(
    ("last", "left"), [("onnxruntime-cuda/half", False), ("rule", True), ("onnxruntime-cpu", True)]
)
def test_the_last_tier_decides(last: str, left: bool) -> None:
    plan = plan_with(fleet(ORIN, ["tensorrt/half", last], rule="rules/r.py"))
    assert bool(found(plan.findings, "no-fallback")) != left


def test_what_is_said_where_none_is_left() -> None:
    finding = only(plan_with(fleet(ORIN, ["tensorrt/half"])).findings, "no-fallback")
    assert finding.message == "`read` on `box` has no tier left when the GPU fails"
    assert finding.remedy == "add a last tier that the CPU runs, such as `onnxruntime-cpu/small`, or a `rule`"
    assert finding.path == ("workloads", "read", "tiers")
    assert finding.level == "warning"


def test_a_fallback_that_cannot_run_is_none() -> None:
    plan = plan_with(fleet(ORIN, ["tensorrt/half", "onnxruntime-cpu/half"]))
    assert found(plan.findings, "tier-cannot-run")
    assert found(plan.findings, "no-fallback")


def test_a_runtime_for_the_gpu_alone_offers_a_rule() -> None:
    values = fleet(ORIN, ["tensorrt/half"], runtime="server")
    values["runtimes"] = {"server": {"backends": ["tensorrt"], "images": {"jetpack6": "ours"}}}
    finding = only(plan_with(values).findings, "no-fallback")
    assert finding.remedy == "add a `rule` as the last tier, or name a runtime with a backend for the CPU"


def waived(rule: str, plan: Plan, line: str) -> list[Finding]:
    """The findings of a plan once this line, which has the field of the rule, has a waiver."""
    text = f"{line}  # edgewright: ignore[{rule}] until=2027-01-31 tried on a device\n"
    document = parse_document(Source("fleet.yaml", text))
    located = [document.locate(each) for each in found(plan.findings, rule)]
    assert located
    return list(apply_waivers(located, document.waivers, date(2026, 11, 1)))


@pytest.mark.rule("driver-too-old", "waived")
def test_a_driver_can_be_waived() -> None:
    line = "deviceClasses: {box: {software: {driver: x}}}"
    assert not waived("driver-too-old", with_driver("535.104.05", "13.0"), line)


@pytest.mark.rule("image-newer-than-jetpack", "waived")
def test_a_jetpack_can_be_waived() -> None:
    line = "deviceClasses: {box: {software: {jetpack: x}}}"
    assert not waived("image-newer-than-jetpack", on_jetpack("6.0"), line)


@pytest.mark.rule("no-fallback", "waived")
def test_silence_can_be_waived() -> None:
    line = "workloads: {read: {tiers: [tensorrt/half]}}"
    assert not waived("no-fallback", plan_with(fleet(ORIN, ["tensorrt/half"])), line)


def test_a_workload_more_costs_little() -> None:
    """Of each image once a class, so a thousand workloads ask the catalogue no more than one does."""
    few = fleet(ORIN, ["tensorrt/half", "onnxruntime-cpu/small"])
    many = changed(few, {("workloads", f"w{n}"): few["workloads"]["read"] for n in range(100)})
    costs = []
    for values in (few, many):
        plan = plan_with(values)
        (planned,) = plan.classes
        hardware = hardware_of(planned.device_class, CATALOGUE)
        assert hardware is not None
        case = Case(plan.fleet, CATALOGUE, locked(plan.fleet), hardware, planned)
        costs.append(lines_run(partial(list, prove(case)), most=10_000))
    assert costs[1] - costs[0] < 100 * 25
