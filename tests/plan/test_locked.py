"""What fleet.lock lacks, what is stale in it, and models that are not good enough."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.small import changed, fleet_of, found, only, plan_of, smallest
from tests.strategies import digest, locked, locked_variant

from edgewright.artifact.lock import Lock, LockedFile, LockedModel
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
    return Lock({"digits": LockedModel(**(whole | model))}, {"runtime-cpu": digest("image")})


def test_a_lock_that_fits_is_no_finding() -> None:
    assert not [each for each in plan_of(VALUES, lock()).findings if each.rule != "nothing-is-signed"]


def test_what_is_not_locked_has_its_reason_and_the_field_that_needs_it() -> None:
    bare = Lock(
        {"digits": LockedModel("1.0.0", missing={"small": "models/digits.small.onnx is not there"})},
        missing={"runtime-cpu": "its image has not been built"},
    )
    image, model = found(plan_of(VALUES, bare).findings, "not-locked")
    assert image.message.endswith("for `runtime-cpu`: its image has not been built")
    assert image.path == ("workloads", "read")
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
    kept = without_stale(fleet_of(VALUES), lock())
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
