"""How sure a model is of its answers: by its first output, where that holds scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from edgewright_runtime.config import Tensor
from edgewright_runtime.tiers.tier import Tensors

_ROUNDING = 0.01  # by which a score of low precision may be more than 1 or less than 0


def are_scores(array: object) -> TypeGuard[NDArray[Any]]:
    """Whether an array has a row of scores between 0 and 1 for each answer."""
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f" or array.ndim != 2 or not array.size:
        return False
    return bool(array.min() >= -_ROUNDING and array.max() <= 1 + _ROUNDING)


def scores_of(outputs: Tensors, promised: Sequence[Tensor]) -> NDArray[Any] | None:
    """The first output, a row for each answer; None where it holds something else than scores."""
    first = outputs.get(promised[0].name) if promised else None
    return first if are_scores(first) else None


def certainties(scores: NDArray[Any]) -> NDArray[np.float64]:
    """How sure each answer is, between 0 and 1: its highest score.

    A single score says yes or no: one near 0 is as sure as one near 1.
    """
    found = scores.astype(np.float64)
    if found.shape[1] == 1:
        found = np.concatenate([found, 1 - found], axis=1)
    highest: NDArray[np.float64] = np.clip(found.max(axis=1), 0.0, 1.0)
    return highest
