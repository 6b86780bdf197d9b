"""What a model's file promises: its inputs and outputs, operator set and precision, and all its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgewright.artifact.lock import LockedMemory, Tensor
from edgewright.errors import FieldPath
from edgewright.workshop.onnx_file import Precision
from edgewright.workshop.runtime import ask, failure

SECONDS = 120

# ONNX Runtime's names for types, and the Open Inference Protocol's.
_DATATYPES = {
    "tensor(bfloat16)": "BF16",
    "tensor(bool)": "BOOL",
    "tensor(double)": "FP64",
    "tensor(float)": "FP32",
    "tensor(float16)": "FP16",
    "tensor(string)": "BYTES",
} | {f"tensor({kind}{bits})": f"{kind}{bits}".upper() for kind in ("int", "uint") for bits in (8, 16, 32, 64)}


@dataclass(frozen=True, slots=True)
class ModelShape:
    """A model as seen from outside. `opset` is the version of ONNX's own operators (0: it uses none);
    `external` are its files of weights, relative to the model's folder; `size` counts all files, in bytes."""

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    opset: int
    precision: Precision
    external: tuple[str, ...]
    size: int
    memory: LockedMemory


def inspect(path: Path, field: FieldPath = ()) -> ModelShape:
    """The shape of the model in an .onnx file, which ONNX Runtime has loaded to prove that it can.

    Raises FleetError whose findings point at `field`: `model-unreadable` (missing, foreign, cut short, too
    large, or it crashes the runtime), `model-not-servable`, `tool-missing`.
    """
    return shape_of(path, ask("inspect", path, SECONDS, field), field)


def shape_of(path: Path, answer: Mapping[str, Any], field: FieldPath) -> ModelShape:
    """The shape that `onnx_process` answered. Raises FleetError (`model-not-servable`)."""
    return ModelShape(
        inputs=_tensors(path, answer["inputs"], field),
        outputs=_tensors(path, answer["outputs"], field),
        opset=answer["opset"],
        precision=answer["precision"],
        external=tuple(answer["external"]),
        size=answer["size"],
        memory=LockedMemory(**answer["memory"]),
    )


def _tensors(path: Path, found: list[list[Any]], field: FieldPath) -> tuple[Tensor, ...]:
    odd = [f"`{name}` is {kind}" for name, kind, _ in found if kind not in _DATATYPES]
    if odd:
        raise failure("servable", path.name, f"requests carry plain tensors, {', '.join(odd)}", field)
    return tuple(
        Tensor(name, _DATATYPES[kind], tuple(size if isinstance(size, int) else -1 for size in shape))
        for name, kind, shape in found
    )
