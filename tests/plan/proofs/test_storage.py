"""The disk: what is exactly full passes, one byte more fails; what has no size is named and not guessed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.small import GONE, changed, fleet_of, found, only, plan_of, smallest
from tests.strategies import CATALOGUE, locked, locked_variant, sized
from tests.waived import assert_waived

from edgewright.artifact.lock import Lock, LockedModel
from edgewright.fleet import Memory
from edgewright.plan import build_plan

GIB = 2**30
FORMS = ("source", "small")


def fleet(storage: str = "16Gi", **workload: Any) -> dict[str, Any]:
    return smallest(
        deviceClasses__kiosk={"board": "intel-n100-8gb", "storage": storage},
        workloads__read__resources={"cpu": 1, "memory": "64Mi"} | workload,
    )


def lock_of(values: dict[str, Any], model: int = 1000, image: int | None = 500) -> Lock:
    """Everything of a fleet, each form of a model and each image of so many bytes."""
    lock = locked(fleet_of(values))
    models = {
        name: LockedModel(each.version, {form: replace(it, size=model) for form, it in each.variants.items()})
        for name, each in lock.models.items()
    }
    return sized(replace(lock, models=models), image)


@pytest.mark.rule("storage-over-capacity", "border")
@pytest.mark.parametrize(("over", "fits"), [(0, True), (1, False)])
def test_the_disk_to_the_byte(over: int, fits: bool) -> None:
    """85% of the disk; two versions of model and image, each as it was pulled and unpacked."""
    disk = 20 * GIB
    scratch = disk * 85 // 100 - 3 * GIB - 4 * 1000 - 4 * 500 - GIB + over
    values = fleet("20Gi", ephemeralStorage=f"{scratch}B", engineCache="3Gi")
    values["deviceClasses"]["kiosk"]["reserve"] = {"storage": "1Gi"}
    assert bool(found(plan_of(values, lock_of(values)).findings, "storage-over-capacity")) != fits


def test_inputs_that_are_kept_lie_on_the_disk_too() -> None:
    def proof(**more: Any) -> int:
        values = smallest(deviceClasses__kiosk={"board": "intel-n100-8gb", "storage": "16Gi"}, **more)
        (one,) = [each for each in plan_of(values).classes[0].proofs if each.rule == "storage-over-capacity"]
        return one.needed

    kept = {"below": "85%", "keep": "3Gi"}
    assert proof(workloads__read__whenUnsure=kept) - proof() == 3 * GIB
    values = smallest(
        deviceClasses__kiosk={"board": "intel-n100-8gb", "storage": "4Gi"}, workloads__read__whenUnsure=kept
    )
    finding = only(plan_of(values).findings, "storage-over-capacity")
    assert "inputs that `read` keeps 3Gi" in finding.message
    assert ("workloads", "read", "whenUnsure", "keep") in [each.path for each in finding.notes]


def test_the_finding_names_every_part() -> None:
    values = fleet(ephemeralStorage="14Gi", engineCache="1Gi")
    finding = only(plan_of(values, lock_of(values, GIB, GIB // 4)).findings, "storage-over-capacity")
    assert finding.level == "error"
    assert finding.path == ("workloads", "read", "resources", "ephemeralStorage")
    assert finding.message == (
        "`kiosk` needs 20Gi of disk (`read` 14Gi + engines of `read` 1Gi + 2 versions of `digits/source` 4Gi "
        "+ 2 versions of `runtime-cpu` 1Gi + reserve 0B), and has 13.6Gi"
    )
    assert finding.remedy == "ask for less, or fit a disk of 24Gi"


@given(st.integers(1, 300), st.integers(0, 40), st.integers(0, 10**10))
def test_the_disk_that_the_remedy_names_is_enough(scratch: int, engines: int, size: int) -> None:
    values = fleet(
        "1Gi", ephemeralStorage=f"{scratch}Gi", **({"engineCache": f"{engines}Gi"} if engines else {})
    )
    lock = lock_of(values, size)
    remedy = only(plan_of(values, lock).findings, "storage-over-capacity").remedy
    named = Memory(remedy.rpartition(" ")[2])
    for disk, fits in ((named, True), (Memory(named - 2 * GIB), False)):
        if disk > 0:
            at = changed(values, {("deviceClasses", "kiosk", "storage"): str(disk)})
            assert bool(found(plan_of(at, lock).findings, "storage-over-capacity")) != fits


@pytest.mark.rule("storage-over-capacity", "passes")
def test_no_disk_is_stated_and_nothing_is_proven() -> None:
    values = changed(fleet(ephemeralStorage="900Gi"), {("deviceClasses", "kiosk", "storage"): GONE})
    assert not [each for each in plan_of(values).findings if each.rule.startswith("storage")]


@pytest.mark.rule("storage-over-capacity", "waived")
def test_a_disk_that_is_too_small_is_waived(tmp_path: Path) -> None:
    assert_waived(tmp_path, fleet(ephemeralStorage="14Gi"), "storage-over-capacity")


def test_a_model_that_several_workloads_have_lies_there_once() -> None:
    values = fleet()
    values["workloads"]["again"] = values["workloads"]["read"]
    (proof,) = [
        each
        for each in plan_of(values, lock_of(values)).classes[0].proofs
        if each.rule == "storage-over-capacity"
    ]
    names = [term.name for term in proof.needs]
    assert names == [
        "`read`", "`again`", "2 versions of `digits/source`", "2 versions of `runtime-cpu`", "reserve",
    ]  # fmt: skip


@pytest.mark.rule("size-unknown", "border")
def test_what_has_no_size_is_named() -> None:
    values = fleet()
    finding = only(plan_of(values, lock_of(values, image=None)).findings, "size-unknown")
    assert (finding.level, finding.path) == ("info", ("deviceClasses", "kiosk", "storage"))
    assert finding.message == (
        "fleet.lock has no size of `runtime-cpu`: `storage` is held against the rest of what `kiosk` gets"
    )
    finding = only(plan_of(values, Lock()).findings, "size-unknown")
    assert "no size of `digits/source`, `runtime-cpu`: " in finding.message


def test_many_without_a_size_are_counted() -> None:
    values = fleet()
    forms = {f"v{index}": {"precision": "int8"} for index in range(4)}
    values["models"]["digits"]["variants"] = forms
    values["workloads"]["read"]["tiers"] = [f"onnxruntime-cpu/{form}" for form in forms]
    model = {"digits": LockedModel("1.0.0", {"v0": locked_variant("models/digits.v0.onnx", "int8")})}
    finding = only(build_plan(fleet_of(values), CATALOGUE, Lock(model)).findings, "size-unknown")
    assert "no size of `digits/v1`, `digits/v2`, `digits/v3`, 1 more: " in finding.message


@pytest.mark.rule("size-unknown", "passes")
def test_everything_has_a_size() -> None:
    values = fleet()
    assert not found(plan_of(values, lock_of(values)).findings, "size-unknown")


@pytest.mark.rule("size-unknown", "waived")
def test_what_is_not_known_is_waived(tmp_path: Path) -> None:
    assert_waived(tmp_path, fleet(), "size-unknown")
