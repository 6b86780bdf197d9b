"""Golden answers: inputs whose right answers lie beside the model, and whether a tier gives these.

A driver, a provider or an engine can be wrong and fast at once; nothing but the answers shows it. They come as an
.npz file of arrays `input:<name>` and `output:<name>`, as the form itself answered where it was made.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edgewright_runtime.chain import batch_of, check_outputs
from edgewright_runtime.config import PromisedModel
from edgewright_runtime.protocol.request import Signature
from edgewright_runtime.scores import are_scores
from edgewright_runtime.tiers.tier import Tensors, Tier, TierFault

TOLERANCE: Final = {"fp64": 1e-3, "fp32": 2e-2, "fp16": 2e-2, "bf16": 5e-2, "int8": 5e-2}
"""Precision ⇒ how far an answer may be off, as a share of the range of the right ones: twice what was measured of
backends that are right. Without being asked they reckon in fewer bits than the form has: a GPU in TF32 for fp32
(0.1 %), OpenVINO in bf16 for fp32 and fp16 where the processor can (1.0 %); and of int8 each rounds otherwise (1.5 %,
with bf16 between the layers 2.3 %). docs/models.md has what was measured."""


def check_golden(tier: Tier, model: PromisedModel, signature: Signature) -> None:
    """Ask a tier what has a golden answer. Raises TierFault where it answers something else."""
    assert model.golden is not None
    inputs, wanted = _read(model.golden.file, signature)
    found: dict[str, list[NDArray[Any]]] = {name: [] for name in wanted}
    for batch in _batches(inputs, signature):
        outputs = tier.run(batch)
        check_outputs(outputs, signature.outputs, batch_of(batch, signature))
        for name, parts in found.items():
            parts.append(outputs[name])
    for name, parts in found.items():
        whole = np.concatenate(parts) if len(parts) > 1 else parts[0]
        if told := difference(whole, wanted[name], TOLERANCE[model.precision]):
            raise TierFault(f"its answer is not the golden one: `{name}` {told}")


def difference(found: NDArray[Any], wanted: NDArray[Any], tolerance: float) -> str:
    """How an answer differs from the right one by more than the tolerance, in words; empty where it does not."""
    if found.shape != wanted.shape:
        return f"has the shape {list(found.shape)}, not {list(wanted.shape)}"
    if wanted.dtype.kind != "f":
        return "" if np.array_equal(found, wanted) else "is another"
    if not wanted.size:
        return ""
    found, wanted = found.astype(np.float64), wanted.astype(np.float64)
    spread = float(np.ptp(wanted)) or float(np.abs(wanted).max()) or 1.0
    off = float(np.abs(found - wanted).max()) / spread
    if not off <= tolerance:  # what is no number is not within it either
        return f"is off by {off:.2%} of its range, {tolerance:.1%} is allowed"
    if are_scores(wanted):
        others = int((found.argmax(axis=1) != wanted.argmax(axis=1)).sum())
        return f"has another highest score in {others} of {len(wanted)} answers" if others else ""
    return ""


def _read(file: Path, signature: Signature) -> tuple[Tensors, Tensors]:
    """The inputs and outputs in a file; it has to hold all inputs of the model, and an output."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            found = {name: np.asarray(arrays[name]) for name in arrays.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise TierFault(f"the golden answers in {file} cannot be read: {error}") from error
    inputs = {each.name: found.get(f"input:{each.name}") for each in signature.inputs}
    outputs = {each.name: found.get(f"output:{each.name}") for each in signature.outputs}
    given = {name: array for name, array in inputs.items() if array is not None}
    wanted = {name: array for name, array in outputs.items() if array is not None}
    if len(given) != len(inputs) or not wanted:
        raise TierFault(f"{file} has no `input:…` for each input of the model and an `output:…`")
    return given, wanted


def _batches(inputs: Tensors, signature: Signature) -> Iterator[Tensors]:
    """The inputs in batches that a tier takes: of the model's own size where that is fixed, else all at once
    where nothing says that the first dimension is the batch."""
    size = signature.max_batch if signature.batched else (signature.inputs[0].shape or (-1,))[0]
    count = max(len(array) if array.ndim else 1 for array in inputs.values())
    if not 0 < size < count:
        yield inputs
        return
    for start in range(0, count, size):
        yield {name: array[start : start + size] for name, array in inputs.items()}
