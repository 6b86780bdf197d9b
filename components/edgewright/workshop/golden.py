"""Golden sets: labelled inputs in an .npz, read within bounds and without pickle.

`inputs` (count, …) are what the model reads, one after another, and `labels` (count,) the numbers of their
classes. To keep a file small, `inputs` may be whole numbers and `scale` one float: what the model reads is
then `inputs` times `scale`, in the precision of `scale`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgewright.workshop.arrays import read_arrays, shown
from edgewright.workshop.fault import Fault


@dataclass(frozen=True, slots=True)
class Golden:
    """As many inputs as labels, at least one of each."""

    inputs: NDArray[Any]
    labels: NDArray[np.integer[Any]]
    scale: NDArray[np.floating[Any]] | None

    def stretch(self, start: int, end: int) -> NDArray[Any]:
        """Some of the inputs, as a model reads them."""
        some = self.inputs[start:end]
        return some if self.scale is None else some.astype(self.scale.dtype) * self.scale


def read_golden(path: Path) -> Golden:
    """The golden set in a file; raises Fault where it is none."""
    arrays = read_arrays(path, "golden", ("inputs", "labels", "scale"))
    missing = [name for name in ("inputs", "labels") if name not in arrays]
    if missing:
        raise Fault("golden", f"it has no array `{missing[0]}`")
    inputs, labels, scale = arrays["inputs"], arrays["labels"], arrays.get("scale")
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or not len(labels):
        raise Fault("golden", f"`labels` are {shown(labels)}, and should be integers (count,)")
    if inputs.ndim == 0 or len(inputs) != len(labels) or inputs.dtype.kind not in "biuf":
        raise Fault("golden", f"`inputs` are {shown(inputs)}, and should be {len(labels)} tensors of numbers")
    if scale is not None and (scale.size != 1 or scale.dtype.kind != "f"):
        raise Fault("golden", f"`scale` is {shown(scale)}, and should be one float")
    return Golden(inputs, labels, None if scale is None else scale.reshape(()))
