"""The files that a model's `source` stands for, and what lies beside them."""

from __future__ import annotations

from pathlib import Path

from edgewright.errors import FieldPath
from edgewright.workshop.runtime import failure

_FIRST = "model.onnx"


def model_file(source: Path, field: FieldPath = ()) -> Path:
    """The .onnx file of a source: itself, or the folder's `model.onnx`, or its only one.

    Raises FleetError (`model-unreadable`) where there is none, or no telling which.
    """
    if not source.is_dir():
        return source
    if (source / _FIRST).is_file():
        return source / _FIRST
    found = sorted(source.glob("*.onnx"))
    if len(found) != 1:
        message = f"the folder holds {len(found)} .onnx files, and none is called {_FIRST}"
        raise failure("model", source.name, message, field)
    return found[0]


def variant_file(model: Path, variant: str) -> Path:
    """Where a variant lies unless the fleet says so: `model.fp16.onnx` beside `model.onnx`."""
    return model.with_name(f"{model.stem}.{variant}{model.suffix}")


def answers_file(model: Path) -> Path:
    """Where a form's golden answers lie, once they are made: `model.onnx.answers.npz` beside `model.onnx`."""
    return model.with_name(f"{model.name}.answers.npz")


def signature_file(model: Path) -> Path:
    """Where the signature over a form's files lies, if there is one: `model.onnx.sig` beside `model.onnx`."""
    return model.with_name(f"{model.name}.sig")
