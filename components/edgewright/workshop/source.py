"""The files that a model's `source` stands for, and those that its image holds."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from edgewright.artifact.model import ModelFile
from edgewright.errors import FieldPath
from edgewright.workshop.runtime import failure

CHUNK = 1 << 20

PACKED_NAME = "model.onnx"
"""The model's name inside its image, whatever it is called outside: a server need not know the variant."""


def model_file(source: Path, field: FieldPath = ()) -> Path:
    """The .onnx file of a source: itself, or the folder's `model.onnx`, or its only one.

    Raises FleetError (`model-unreadable`) where there is none, or no telling which.
    """
    if not source.is_dir():
        return source
    if (source / PACKED_NAME).is_file():
        return source / PACKED_NAME
    found = sorted(source.glob("*.onnx"))
    if len(found) != 1:
        message = f"the folder holds {len(found)} .onnx files, and none is called {PACKED_NAME}"
        raise failure("model", source.name, message, field)
    return found[0]


def variant_file(model: Path, variant: str) -> Path:
    """Where a variant lies unless the fleet says so: `model.fp16.onnx` beside `model.onnx`."""
    return model.with_name(f"{model.stem}.{variant}{model.suffix}")


def packed_files(model: Path, external: tuple[str, ...]) -> tuple[ModelFile, ...]:
    """What the image of a model holds: its .onnx file and its files of weights, by the names it uses."""
    paths = {PACKED_NAME: model, **{name: model.parent / name for name in external}}
    return tuple(ModelFile(name, path.stat().st_size, partial(_chunks, path)) for name, path in paths.items())


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
