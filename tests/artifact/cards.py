"""Cards of models for tests: one with all that a lock can say of a form, and one with the least."""

from __future__ import annotations

from edgewright.artifact.card import Card
from edgewright.artifact.lock import (
    Figure,
    LockedCalibration,
    LockedFile,
    LockedModel,
    LockedVariant,
    Tensor,
)
from edgewright.artifact.model import model_artifact, model_layer
from edgewright.artifact.oci import Artifact, sha256

FILES = {
    "m/model.onnx": b"a graph",
    "m/model.int8.onnx": b"a smaller graph",
    "m/int8.bin": b"weights",
    "m/model.int8.onnx.answers.npz": b"answers",
    "m/model.int8.onnx.sig": b"signed",
}


def file(path: str) -> LockedFile:
    """A file of the folder that FILES is, or one that lies elsewhere, as a lock has it."""
    content = FILES.get(path, path.encode())
    return LockedFile(path, sha256(content), len(content))


_IMAGE = Tensor("image", "FP32", (-1, 1, 32, 32))
_CLASSES = Tensor("probabilities", "FP32", (-1, 8))

SOURCE_FORM = LockedVariant(
    "m/model.onnx",
    file("m/model.onnx").digest,
    7,
    {},
    "fp32",
    (_IMAGE,),
    (_CLASSES,),
    accuracy=959_000,
)
SMALL_FORM = LockedVariant(
    "m/model.int8.onnx",
    file("m/model.int8.onnx").digest,
    22,
    {},
    "int8",
    (_IMAGE,),
    (_CLASSES,),
    accuracy=957_500,
    weights=(file("m/int8.bin"),),
    calibration=LockedCalibration("minmax", True, file("m/typical.npz")),
    answers=file("m/model.int8.onnx.answers.npz"),
    signature=file("m/model.int8.onnx.sig"),
)
MODEL = LockedModel(
    "3.4.0",
    {"source": SOURCE_FORM, "int8": SMALL_FORM},
    golden=file("m/golden.npz"),
    measured=file("m/measured.csv"),
    figures=(
        Figure("gateway", "tensorrt/fp16", 8, 9_000, 41_000),
        Figure("kiosk", "onnxruntime-cpu/int8", 1, 30_250, 12_500),
        Figure("kiosk", "onnxruntime-cpu/int8", 4, 100_000),
        Figure("kiosk", "onnxruntime-cpu", 1, 61_000),
    ),
    license="Apache-2.0 OR LicenseRef-acme",
)

WHOLE = Card("surface-defects", MODEL, "int8")
LEAST = Card(
    "digits",
    LockedModel(
        "1.0.0", {"source": LockedVariant("m/model.onnx", sha256(b"a graph"), 7, {}, "fp32", (), ())}
    ),
    "source",
)


def image(card: Card) -> Artifact:
    """The artifact of a card over FILES."""
    return model_artifact(card, model_layer(card, lambda path: [FILES[path]]))
