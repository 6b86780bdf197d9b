"""Calibration sets: typical inputs in an .npz, by which the ranges of an INT8 model are found.

For a model that reads one tensor, `inputs` (count, …) and where they are whole numbers `scale`, as in a golden
set; no labels are needed. For one that reads several, an array of each tensor's name, all of the same count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgewright.workshop.arrays import read_arrays, shown
from edgewright.workshop.fault import Fault
from edgewright.workshop.scoring import BATCH, TYPES, fits


@dataclass(frozen=True, slots=True)
class Calibration:
    """What goes into each of the model's inputs, one after another; `fixed` is the size of a batch, 0: any."""

    inputs: Mapping[str, NDArray[Any]]
    dtypes: Mapping[str, str]
    scale: NDArray[Any]
    fixed: int

    def batches(self) -> Iterator[dict[str, NDArray[Any]]]:
        """What the model is run with; a last batch of fixed size is filled with its last input."""
        count = len(next(iter(self.inputs.values())))
        for start in range(0, count, self.fixed or BATCH):
            yield {name: self._batch(name, start) for name in self.inputs}

    def _batch(self, name: str, start: int) -> NDArray[Any]:
        values = self.inputs[name][start : start + (self.fixed or BATCH)]
        if self.fixed:
            values = np.concatenate([values, np.repeat(values[-1:], self.fixed - len(values), axis=0)])
        scaled = values.astype(self.scale.dtype) * self.scale if self.scale.size else values
        return np.ascontiguousarray(scaled, self.dtypes[name])


def read_calibration(path: Path, session: Any) -> Calibration:
    """The calibration set in a file, for a model; raises Fault where it is none, or another model's."""
    arrays = read_arrays(path, "calibration")
    scale = arrays.pop("scale", np.zeros(0))
    asked = {each.name: each for each in session.get_inputs()}
    if len(asked) == 1 and "inputs" in arrays:
        arrays = dict.fromkeys(asked, arrays["inputs"])
    missing = [name for name in asked if name not in arrays]
    if missing:
        there = ", ".join(f"`{name}`" for name in arrays) or "nothing"
        raise Fault("misfit", f"the model reads `{missing[0]}`, and the file has {there}")
    if scale.size > 1 or (scale.size and scale.dtype.kind != "f"):
        raise Fault("calibration", f"`scale` is {shown(scale)}, and should be one float")
    inputs = {name: arrays[name] for name in asked}
    for name, array in inputs.items():
        _check(name, array, asked[name])
    if len({len(array) for array in inputs.values()}) != 1:
        raise Fault("calibration", "its arrays do not have the same count of inputs")
    sizes = {each.shape[0] for each in asked.values() if each.shape and isinstance(each.shape[0], int)}
    dtypes = {name: TYPES[each.type] for name, each in asked.items()}
    return Calibration(inputs, dtypes, scale.reshape(()) if scale.size else scale, max(sizes, default=0))


def _check(name: str, array: NDArray[Any], asked: Any) -> None:
    if array.ndim == 0 or not len(array) or array.dtype.kind not in "biuf":
        raise Fault(
            "calibration", f"`{name}` is {shown(array)}, and should be one or more tensors of numbers"
        )
    if asked.type not in TYPES or not fits(asked.shape, array.shape):
        message = f"the model reads `{name}` as {asked.type} {asked.shape}, the file has {shown(array)}"
        raise Fault("misfit", message)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise Fault("calibration", f"`{name}` holds values that are no numbers")
