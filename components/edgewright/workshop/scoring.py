"""What a model says of each input of a golden set, batch by batch. Only `onnx_process` uses it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgewright.workshop.arrays import shown
from edgewright.workshop.fault import Fault
from edgewright.workshop.golden import Golden

BATCH = 32
"""Inputs at a time, where the model leaves it open."""

TYPES = {
    "tensor(bool)": "bool",
    "tensor(double)": "float64",
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
} | {f"tensor({kind}{bits})": f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)}


def classes_of(scores: NDArray[Any]) -> NDArray[Any]:
    """The class that each answer gives, where it is not one itself; -1 where its scores are no numbers."""
    if scores.ndim == 1:
        return scores
    return np.where(np.isnan(scores).any(axis=1), -1, scores.argmax(axis=1))


def scores_of(session: Any, golden: Golden) -> NDArray[Any]:
    """What the model's first output says of the golden set: a row of scores for each input, or its class."""
    dtype, fixed = reading(session, golden)
    size, answers = fixed or BATCH, []
    for start in range(0, len(golden.labels), size):
        batch = golden.stretch(start, min(start + size, len(golden.labels)))
        count = len(batch)
        if fixed:
            batch = np.concatenate([batch, np.repeat(batch[-1:], size - count, axis=0)])
        answers.append(_first(session, np.ascontiguousarray(batch, dtype))[:count])
    return np.concatenate(answers)


def reading(session: Any, golden: Golden) -> tuple[str, int]:
    """The type in which the model reads the golden set's inputs, and the size of its batches (0: any).

    Raises Fault where it does not read them.
    """
    asked = session.get_inputs()
    if len(asked) != 1:
        raise Fault("mismatch", f"the model reads {len(asked)} tensors, the golden set has one")
    wanted, given = list(asked[0].shape), golden.inputs.shape
    dtype = TYPES.get(asked[0].type, "")
    lossy = not dtype.startswith("float") and not np.can_cast(golden.stretch(0, 1).dtype, dtype or "bool")
    if not fits(wanted, given) or lossy:
        raise Fault(
            "mismatch", f"the model reads {asked[0].type} {wanted}, `inputs` are {shown(golden.inputs)}"
        )
    return dtype, wanted[0] if isinstance(wanted[0], int) else 0


def fits(wanted: Sequence[Any], given: Sequence[int]) -> bool:
    """Whether inputs of a shape can go in, many or few at a time."""
    fixed = [(one, other) for one, other in zip(wanted[1:], given[1:], strict=False) if isinstance(one, int)]
    return 0 < len(wanted) == len(given) and all(one == other for one, other in fixed)


def _first(session: Any, batch: NDArray[Any]) -> NDArray[Any]:
    """The model's first output: a class for each input, or scores."""
    try:
        first = session.run(None, {session.get_inputs()[0].name: batch})[0]
    except Exception as reason:  # whatever the runtime's C++ throws
        raise Fault("model", str(reason)) from reason
    kind = first.dtype.kind if isinstance(first, np.ndarray) else ""
    shape: tuple[int, ...] = first.shape if kind else ()
    if kind in ("i", "u") and shape == (len(batch),):
        return np.asarray(first)
    if kind != "f" or len(shape) != 2 or shape[0] != len(batch) or shape[1] == 0:
        raise Fault("mismatch", "its first output is neither scores (batch, classes) nor labels (batch,)")
    return np.asarray(first)
