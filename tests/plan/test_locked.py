"""What fleet.lock lacks, what is stale in it, and models that are not good enough."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.small import changed, fleet_of, found, only, plan_of, smallest
from tests.strategies import digest, locked, locked_variant

from edgewright.artifact.lock import Lock, LockedCalibration, LockedFile, LockedImage, LockedModel
from edgewright.errors import Finding
from edgewright.plan.locked import without_stale

VALUES = smallest(
    models__digits__evaluation={"golden": "models/golden.npz", "floor": "90%"},
    models__digits__variants={"small": {"precision": "int8", "maxDrop": "1pp"}},
)
GOLDEN = LockedFile("models/golden.npz", digest("golden"), 10)


def lock(source: int = 950_000, small: int = 945_000, precision: str = "int8", **model: Any) -> Lock:
    variants = {
        "source": locked_variant("models/digits.onnx", accuracy=source),
        "small": locked_variant("models/digits.small.onnx", precision, accuracy=small),
    }
    whole: dict[str, Any] = {"version": "1.0.0", "variants": variants, "golden": GOLDEN}
    return Lock({"digits": LockedModel(**(whole | model))}, {"runtime-cpu": LockedImage(digest("image"))})


def test_a_lock_that_fits_is_no_finding() -> None:
    assert not {each.rule for each in plan_of(VALUES, lock()).findings} - {"nothing-is-signed", "gate-loses"}


def test_what_is_not_locked_has_its_reason_and_the_field_that_needs_it() -> None:
    bare = Lock(
        {"digits": LockedModel("1.0.0", missing={"small": "models/digits.small.onnx is not there"})},
        missing={"runtime-cpu": "its image has not been built"},
    )
    image, model = found(plan_of(VALUES, bare).findings, "not-locked")
    assert image.message.endswith("for `runtime-cpu`: its image has not been built")
    assert image.path == ("workloads", "read")
    assert "once it is in build/images/runtime-cpu or in the registry" in image.remedy
    assert model.message.endswith("for `digits/small`: models/digits.small.onnx is not there")
    assert model.path == ("models", "digits", "variants", "small")
    assert {image.level, model.level} == {"warning"}


@pytest.mark.parametrize(
    ("path", "value", "place", "says"),
    [
        (("version",), "1.0.1", ("version",), "has `digits` in version 1.0.0, and this is 1.0.1"),
        (("source",), "models/other.onnx", ("source",), "models/digits.onnx as the source"),
        (
            ("variants", "small", "source"),
            "models/s.onnx",
            ("variants", "small", "source"),
            "models/digits.small.onnx",
        ),
        (("evaluation", "golden"), "models/g.npz", ("evaluation", "golden"), "by models/golden.npz"),
        (("license",), "MIT", ("license",), "has nothing as the licence of `digits`"),
        (
            ("variants", "small", "calibration"),
            {"data": "models/typical.npz"},
            ("variants", "small", "calibration"),
            "has `digits/small` calibrated in another way",
        ),
    ],
)
def test_a_lock_of_something_else_is_stale(path: Any, value: str, place: Any, says: str) -> None:
    plan = plan_of(changed(VALUES, {("models", "digits", *path): value}), lock())
    finding = only(plan.findings, "lock-stale")
    assert finding.path == ("models", "digits", *place)
    assert says in finding.message
    assert not found(plan.findings, "not-locked")


def test_figures_by_no_golden_set_are_stale() -> None:
    finding = only(plan_of(VALUES, lock(golden=None)).findings, "lock-stale")
    assert finding.path == ("models", "digits", "evaluation", "golden")


@pytest.mark.parametrize("source", ["models", "./models", "models/digits.onnx", "models//digits.onnx"])
def test_a_source_is_the_file_or_its_folder(source: str) -> None:
    plan = plan_of(changed(VALUES, {("models", "digits", "source"): source}), lock())
    assert not found(plan.findings, "lock-stale")


def test_what_is_stale_counts_as_unlocked() -> None:
    """Nothing is rendered by the digest of a file that the fleet does not name any more."""
    moved = changed(VALUES, {("models", "digits", "variants", "small", "source"): "models/new.onnx"})
    plan = plan_of(moved, lock())
    assert set(plan.not_locked) == {"digits/small"}
    older = changed(VALUES, {("models", "digits", "version"): "2.0.0"})
    assert set(plan_of(older, lock()).not_locked) == {"digits/small"}
    kept = without_stale(fleet_of(VALUES), lock(), {})
    assert kept == lock()


def test_a_form_that_the_fleet_has_no_more_is_left_alone() -> None:
    values = changed(VALUES, {("models", "digits", "variants"): {}})
    findings = plan_of(values, lock(small=100, precision="fp16")).findings
    assert not [each for each in findings if each.level == "error"]


@pytest.mark.parametrize(("accuracy", "fine"), [(900_000, True), (899_999, False)])
def test_the_floor(accuracy: int, fine: bool) -> None:
    findings = found(plan_of(VALUES, lock(source=accuracy, small=950_000)).findings, "below-floor")
    assert bool(findings) != fine
    if not fine:
        assert findings[0].path == ("models", "digits", "source")
        assert findings[0].notes[0].path == ("models", "digits", "evaluation", "floor")
        assert "89.9999%" in findings[0].message


def test_a_variant_below_the_floor_is_told_where_it_is() -> None:
    findings = found(plan_of(VALUES, lock(source=905_000, small=896_000)).findings, "below-floor")
    assert [each.path for each in findings] == [("models", "digits", "variants", "small")]


@pytest.mark.parametrize(("small", "fine"), [(940_000, True), (939_999, False), (999_999, True)])
def test_the_largest_drop(small: int, fine: bool) -> None:
    findings = found(plan_of(VALUES, lock(small=small)).findings, "drops-too-far")
    assert bool(findings) != fine
    if not fine:
        assert findings[0].path == ("models", "digits", "variants", "small", "maxDrop")
        assert findings[0].message.endswith("1.0001pp are lost")


def test_without_figures_nothing_is_said_of_quality() -> None:
    bare = lock()
    variants = {form: replace(each, accuracy=None) for form, each in bare.models["digits"].variants.items()}
    plan = plan_of(VALUES, lock(variants=variants))
    assert not found(plan.findings, "below-floor")
    assert not found(plan.findings, "drops-too-far")


@pytest.mark.parametrize(("precision", "fine"), [("int8", True), ("fp32", False)])
def test_the_precision_is_the_files(precision: str, fine: bool) -> None:
    findings = found(plan_of(VALUES, lock(precision=precision)).findings, "precision-differs")
    assert bool(findings) != fine
    if not fine:
        assert findings[0].path == ("models", "digits", "variants", "small", "precision")
        assert "models/digits.small.onnx is fp32" in findings[0].message


def test_a_source_is_what_the_lock_says_it_is() -> None:
    """Without a variant only the lock knows the precision: a half-precision source does not run on a CPU."""
    values = smallest(workloads__read__runtime="cpu", workloads__read__tiers=["onnxruntime-cpu"])
    fleet = fleet_of(values)
    whole = locked(fleet)
    half = {
        "source": replace(
            whole.models["digits"].variants["source"], precision="fp16", file="models/digits.onnx"
        )
    }
    plan = plan_of(values, replace(whole, models={"digits": LockedModel("1.0.0", half)}))
    assert "does not run fp16" in only(plan.findings, "tier-cannot-run").message


def test_a_form_calibrated_as_it_was_locked() -> None:
    data = LockedFile("models/typical.npz", digest("typical"), 10)
    calibrated = locked_variant(
        "models/digits.small.onnx",
        "int8",
        accuracy=945_000,
        calibration=LockedCalibration("entropy", True, data),
    )
    variants = {**lock().models["digits"].variants, "small": calibrated}
    written = {"data": "models/typical.npz", "method": "entropy", "perChannel": True}
    path = ("models", "digits", "variants", "small", "calibration")

    def stale(calibration: dict[str, Any]) -> bool:
        values = changed(VALUES, {path: calibration})
        return bool(found(plan_of(values, lock(variants=variants)).findings, "lock-stale"))

    assert not stale(written)
    assert stale(written | {"method": "minmax"})
    assert stale(written | {"perChannel": False})
    assert stale(written | {"data": "models/other.npz"})
    assert found(plan_of(VALUES, lock(variants=variants)).findings, "lock-stale")


def with_image(image: LockedImage, **changes: Any) -> list[Finding]:
    """What is found where fleet.lock has this of the one image that is needed."""
    values = smallest(**changes)
    lock = replace(locked(fleet_of(values)), images={"runtime-cpu": image})
    return list(plan_of(values, lock).findings)


@pytest.mark.parametrize(
    ("sizes", "lacks"),
    [
        ({"amd64": 1}, False),
        ({"amd64": 1, "arm64": 2}, False),
        ({}, False),
        ({"arm64": 2, "riscv64": 3}, True),
    ],
)
def test_an_image_has_to_be_for_the_class(sizes: dict[str, int], lacks: bool) -> None:
    findings = found(with_image(LockedImage(digest("image"), sizes)), "image-lacks-platform")
    assert bool(findings) == lacks
    if lacks:
        (finding,) = findings
        assert (finding.level, finding.path) == ("error", ("workloads", "read"))
        assert finding.message == "`runtime-cpu` is for arm64, riscv64, and `kiosk` is amd64"
        assert [note.path for note in finding.notes] == [("deviceClasses", "kiosk")]


def test_each_class_counts_what_its_own_architecture_pulls() -> None:
    values = smallest(deviceClasses__pi={"board": "raspberry-pi-5-16gb"})
    image = LockedImage(digest("image"), {"amd64": 100, "arm64": 200})
    lock = replace(locked(fleet_of(values)), images={"runtime-cpu": image})
    sizes = {each.name: each.workloads[0].image.size for each in plan_of(values, lock).classes}
    assert sizes == {"kiosk": 100, "pi": 200}
    lock = replace(lock, images={"runtime-cpu": LockedImage(digest("image"), size=300)})  # a lock of before
    assert {each.workloads[0].image.size for each in plan_of(values, lock).classes} == {300}


RUNTIME = {"ours": {"backends": ["onnxruntime-cpu"], "images": {"amd64": "runtime-cpu"}, "tag": "1.5"}}


@pytest.mark.parametrize(
    ("tag", "runtimes", "path"),
    [
        ("1.4", RUNTIME, ("runtimes", "ours", "tag")),
        ("1.4", {}, ("workloads", "read")),
        ("1.5", RUNTIME, None),
        ("latest", {}, None),
        (None, RUNTIME, None),  # out of a folder, or a lock of before
    ],
)
def test_another_tag_than_the_locked_one_is_stale(tag: str | None, runtimes: Any, path: Any) -> None:
    findings = with_image(LockedImage(digest("image"), tag=tag), runtimes=runtimes)
    stale = found(findings, "lock-stale")
    assert [each.path for each in stale] == ([] if path is None else [path])
    assert not found(findings, "not-locked")
    if stale:
        assert stale[0].message == "fleet.lock has `runtime-cpu` by the tag 1.4"
        values = smallest(runtimes=runtimes)
        lock = Lock(images={"runtime-cpu": LockedImage(digest("image"), tag=tag)})
        assert plan_of(values, lock).classes[0].workloads[0].image.digest is None
