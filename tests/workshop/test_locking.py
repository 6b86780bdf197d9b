"""What fleet.lock says of models: digests as sha256sum has them, figures, and what is not good enough."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgewright.artifact.bundle import bundle
from edgewright.artifact.card import Card
from edgewright.artifact.lock import Lock, LockedCalibration, LockedFile, LockedImage
from edgewright.artifact.model import model_artifact, model_layer
from edgewright.artifact.model_signature import model_statement
from edgewright.assembly.publication.chunks import chunks_of
from edgewright.catalogue import load
from edgewright.fleet import Fleet, read_fleet
from edgewright.workshop.locking import lock_fleet

Write = Callable[..., Path]
Locked = Callable[..., Any]


def fleet_of(**model: Any) -> Fleet:
    values = {
        "apiVersion": "edgewright.dev/v1alpha1",
        "fleet": "tiny",
        "registry": "registry.example/tiny",
        "deviceClasses": {"kiosk": {"board": "intel-n100-8gb"}},
        "models": {"digits": {"version": "1.0.0", "source": "model.onnx", **model}},
        "workloads": {"read": {"model": "digits", "resources": {"cpu": 1, "memory": "512Mi"}}},
    }
    fleet = read_fleet(values, load()).fleet
    assert fleet is not None
    return fleet


@pytest.fixture
def lock(tmp_path: Path) -> Locked:
    """`lock(source=…, variants=…)` locks a model of the folder; the lock, its findings, and what was told."""

    def run(before: Lock = Lock(), **model: Any) -> Any:  # noqa: B008 - it cannot change
        told: list[str] = []
        made, findings = lock_fleet(fleet_of(**model), tmp_path, load(), before, told.append)
        return made, findings, told

    return run


def sha256sum(path: Path) -> str:
    out = subprocess.run(["sha256sum", path], capture_output=True, check=True, text=True).stdout
    return f"sha256:{out.split()[0]}"


def test_digests_are_those_of_the_files(write_model: Write, write_golden: Write, lock: Locked) -> None:
    model, golden = write_model(), write_golden()
    made, findings, told = lock(evaluation={"golden": "golden.npz"})
    digits = made.models["digits"]
    source = digits.variants["source"]
    assert findings == ()
    assert told == ["digits/source"]
    assert (source.file, source.digest, source.size) == ("model.onnx", sha256sum(model), model.stat().st_size)
    assert (digits.golden.digest, digits.golden.size) == (sha256sum(golden), golden.stat().st_size)
    assert source.accuracy == 600_000
    assert [each.name for each in source.inputs] == ["x"]


def test_artifacts_are_the_images_that_will_be_pushed(
    write_model: Write, lock: Locked, tmp_path: Path
) -> None:
    write_model()
    made, _, _ = lock()
    digits = made.models["digits"]
    card = Card("digits", digits, "source")
    layer = model_layer(card, partial(chunks_of, tmp_path))
    artifacts = digits.variants["source"].artifacts
    assert artifacts == {each: model_artifact(card, layer, each).digest for each in ("amd64", "arm64")}
    assert artifacts["amd64"] != artifacts["arm64"]


def _signature(model: Path) -> bytes:
    """A signature over the model's only file, by somebody."""
    content = model_statement("digits", {"model.onnx": sha256sum(model)})
    return bundle(content, b"whoever", "hint")


def test_a_signature_beside_a_model_is_locked_and_packed(
    write_model: Write, lock: Locked, tmp_path: Path
) -> None:
    write_model()
    before, _, _ = lock()
    content = _signature(tmp_path / "model.onnx")
    (tmp_path / "model.onnx.sig").write_bytes(content)
    made, findings, _ = lock()
    source = made.models["digits"].variants["source"]
    assert findings == ()
    digest = sha256sum(tmp_path / "model.onnx.sig")
    assert source.signature == LockedFile("model.onnx.sig", digest, len(content))
    assert source.artifacts != before.models["digits"].variants["source"].artifacts


def test_a_signature_over_other_files_is_left_out(write_model: Write, lock: Locked, tmp_path: Path) -> None:
    write_model()
    before, _, _ = lock()
    other = tmp_path / "other"
    other.write_text("another model")
    for content in (_signature(other), b"signed", b"{}"):
        (tmp_path / "model.onnx.sig").write_bytes(content)
        made, findings, _ = lock()
        assert made == before
        (finding,) = findings
        assert (finding.rule, finding.level) == ("stale-signature", "warning")
        assert finding.path == ("models", "digits", "source")
        assert ("changed: model.onnx" in finding.message) == (content == _signature(other))


def test_how_a_form_was_calibrated(write_model: Write, lock: Locked, tmp_path: Path) -> None:
    """The data may lie on the machine that quantised: what was locked there stays, where it is the same file."""
    write_model()
    write_model("model.small.onnx")
    calibration = {"data": "typical.npz", "method": "entropy"}
    small = {"small": {"precision": "fp32", "calibration": calibration}}

    def locked(before: Lock, variants: dict[str, Any]) -> LockedCalibration | None:
        made, findings, _ = lock(before, variants=variants)
        assert findings == ()
        found: LockedCalibration | None = made.models["digits"].variants["small"].calibration
        return found

    assert locked(Lock(), small) == LockedCalibration("entropy", False)
    (tmp_path / "typical.npz").write_bytes(b"typical")
    whole = locked(Lock(), small)
    data = LockedFile("typical.npz", sha256sum(tmp_path / "typical.npz"), 7)
    assert whole == LockedCalibration("entropy", False, data)
    before, _, _ = lock(variants=small)
    (tmp_path / "typical.npz").unlink()
    assert locked(before, small) == whole
    other = {"small": {"precision": "fp32", "calibration": {"data": "other.npz"}}}
    assert locked(before, other) == LockedCalibration("minmax", False)


def test_a_licence_is_locked(write_model: Write, lock: Locked) -> None:
    write_model()
    made, _, _ = lock(license="Apache-2.0")
    assert made.models["digits"].license == "Apache-2.0"


def test_every_form_names_all_of_them(write_model: Write, lock: Locked) -> None:
    """So another form changes the artifacts of those that stay; their layers, which are large, stay too."""
    write_model()
    before, _, _ = lock()
    write_model("model.more.onnx", weights=np.zeros((4, 3), dtype=np.float32))
    made, _, _ = lock(variants={"more": {"precision": "fp32"}})
    one, other = (each.models["digits"].variants["source"] for each in (before, made))
    assert one.digest == other.digest
    assert one.artifacts != other.artifacts


def test_files_of_weights_are_locked_too(write_model: Write, lock: Locked, tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    write_model("m/model.onnx", save_as_external_data=True, location="w.bin", size_threshold=0)
    made, findings, _ = lock(source="m")
    source = made.models["digits"].variants["source"]
    assert findings == ()
    assert [each.file for each in source.weights] == ["m/w.bin"]
    assert source.weights[0].digest == sha256sum(tmp_path / "m/w.bin")
    sizes = [(tmp_path / "m" / name).stat().st_size for name in ("model.onnx", "w.bin")]
    assert [each.size for each in source.files] == sizes
    assert source.size == sum(sizes)


def test_a_variant_lies_beside_its_source_or_where_the_fleet_says(
    write_model: Write, lock: Locked, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    half = np.eye(4, 3, dtype=np.float16)
    for name in ("model.onnx", "model.half.onnx", "elsewhere/other.onnx"):
        write_model(name, weights=half if name != "model.onnx" else None)
    variants = {
        "half": {"precision": "fp16"},
        "other": {"precision": "fp16", "source": "elsewhere/other.onnx"},
    }
    made, findings, told = lock(variants=variants)
    files = {form: each.file for form, each in made.models["digits"].variants.items()}
    assert findings == ()
    assert files == {"source": "model.onnx", "half": "model.half.onnx", "other": "elsewhere/other.onnx"}
    assert told == ["digits/source", "digits/half", "digits/other"]


def test_a_variant_that_is_not_there_is_named_with_the_reason(write_model: Write, lock: Locked) -> None:
    write_model()
    made, findings, _ = lock(variants={"small": {"precision": "int8"}})
    assert made.models["digits"].missing == {"small": "model.small.onnx is not there"}
    assert findings == ()


def test_a_source_that_is_not_there_is_an_error(lock: Locked) -> None:
    made, (finding,), _ = lock()
    assert (finding.rule, finding.path) == ("model-missing", ("models", "digits", "source"))
    assert finding.message == "model.onnx is not there"
    assert made.models["digits"].variants == {}


def test_a_folder_of_several_models(write_model: Write, lock: Locked, tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    for name in ("m/a.onnx", "m/b.onnx"):
        write_model(name)
    _, (finding,), _ = lock(source="m")
    assert (finding.rule, finding.path) == ("model-unreadable", ("models", "digits", "source"))


def test_a_path_that_no_file_can_have(lock: Locked) -> None:
    _, (finding,), _ = lock(source="n" * 300 + ".onnx")
    assert finding.path == ("models", "digits", "source")
    assert finding.level == "error"


def test_something_that_is_no_model(lock: Locked, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    made, (finding,), _ = lock()
    assert (finding.rule, finding.path) == ("model-unreadable", ("models", "digits", "source"))
    assert made.models["digits"].variants == {}


def test_a_golden_set_that_is_none_is_said_once_and_where_it_is_named(
    write_model: Write, lock: Locked
) -> None:
    for name in ("model.onnx", "model.more.onnx"):
        write_model(name)
    _, findings, _ = lock(evaluation={"golden": "golden.npz"}, variants={"more": {"precision": "fp32"}})
    assert [(each.rule, each.path) for each in findings] == [
        ("golden-unreadable", ("models", "digits", "evaluation", "golden"))
    ]


@pytest.mark.parametrize(("floor", "fine"), [("60%", True), ("60.0001%", False)])
def test_the_floor_is_held(
    floor: str, fine: bool, write_model: Write, write_golden: Write, lock: Locked
) -> None:
    write_model()
    write_golden()
    _, findings, _ = lock(evaluation={"golden": "golden.npz", "floor": floor})
    assert [each.rule for each in findings] == ([] if fine else ["below-floor"])


@pytest.mark.parametrize(("drop", "fine"), [("30pp", True), ("29.9999pp", False)])
def test_a_drop_is_held(drop: str, fine: bool, write_model: Write, write_golden: Write, lock: Locked) -> None:
    """The source has 60% of the labels right, and the one that always says the first class has 30%."""
    write_model()
    write_model("model.worse.onnx", weights=np.zeros((4, 3), dtype=np.float32))
    write_golden()
    variants = {"worse": {"precision": "fp32", "maxDrop": drop}}
    made, findings, _ = lock(evaluation={"golden": "golden.npz"}, variants=variants)
    assert made.models["digits"].variants["worse"].accuracy == 300_000
    assert [each.rule for each in findings] == ([] if fine else ["drops-too-far"])


def test_the_precision_is_held(write_model: Write, lock: Locked) -> None:
    write_model()
    write_model("model.half.onnx")
    _, (finding,), _ = lock(variants={"half": {"precision": "fp16"}})
    assert (finding.rule, finding.path) == (
        "precision-differs",
        ("models", "digits", "variants", "half", "precision"),
    )


def test_digests_of_images_are_kept_and_others_named(write_model: Write, lock: Locked) -> None:
    write_model()
    digest = "sha256:" + "1" * 64
    image = LockedImage(digest, {"amd64": 5}, "latest")
    made, _, _ = lock(Lock(images={"runtime-cpu": image, "gone": image}))
    assert made.images == {"runtime-cpu": image}
    assert "runtime-cpu" not in made.missing
    assert set(made.missing.values()) == {"its image has not been built"}
