"""Which outputs a request wants and how: all or some, as JSON or as binary data, whole or as their best classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edgewright_runtime.config import Tensor
from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.protocol.values import given, listed, no_shared_memory, text_of

_RANKED: Final = (
    "UINT8",
    "UINT16",
    "UINT32",
    "UINT64",
    "INT8",
    "INT16",
    "INT32",
    "INT64",
    "FP16",
    "FP32",
    "FP64",
)


@dataclass(frozen=True, slots=True)
class WantedOutput:
    """An output that was asked for, whether as binary data, and of how many classes; 0 where the tensor is wanted."""

    name: str
    binary: bool
    classes: int = 0


def wanted_outputs(values: Any, known: Sequence[Tensor], binary: bool) -> tuple[WantedOutput, ...]:
    """The entries of `outputs`, each an output of the model, once. Raises RequestFault."""
    if not isinstance(values, list):
        raise RequestFault("`outputs` has to be a list")
    tensors = {tensor.name: tensor for tensor in known}
    wanted: dict[str, WantedOutput] = {}
    for value in values:
        if not isinstance(value, dict):
            raise RequestFault("each of `outputs` has to be an object")
        name = text_of(value.get("name"), "name")
        if name not in tensors:
            raise RequestFault(f"there is no output `{name}`; the model gives {listed(tensors)}")
        if name in wanted:
            raise RequestFault(f"output `{name}` is there twice")
        parameters = given(value, "parameters", {})
        no_shared_memory(name, parameters)
        wanted[name] = WantedOutput(
            name, parameters.get("binary_data", binary) is True, _classes(parameters, tensors[name])
        )
    return tuple(wanted.values())


def _classes(parameters: Mapping[str, Any], tensor: Tensor) -> int:
    """How many classes Triton's classification extension is asked for."""
    count = parameters.get("classification")
    if count is None or (type(count) is int and count == 0):
        return 0
    if type(count) is not int or count < 0:
        raise RequestFault("`classification` has to be a whole number of classes")
    if tensor.datatype not in _RANKED:
        raise RequestFault(f"`{tensor.name}` is {tensor.datatype}, of which no element is a highest one")
    return count


def best_classes(array: NDArray[Any], count: int, by_row: bool) -> NDArray[Any]:
    """`<value>:<index>` of the highest elements, of each row where the first dimension is a batch; BYTES.

    Source: triton-inference-server/server, docs/protocol/extension_classification.md.
    """
    rows = array.reshape(len(array) if by_row else 1, -1)
    # Backwards twice, so that of equal elements the first is the first.
    order = rows.shape[1] - 1 - np.argsort(rows[:, ::-1], axis=1, kind="stable")[:, ::-1][:, :count]
    form = "{:f}:{}" if array.dtype.kind == "f" else "{}:{}"
    found = np.empty(order.shape, dtype=object)
    for row, at in np.ndindex(*order.shape):
        index = order[row, at]
        found[row, at] = form.format(rows[row, index], index).encode()
    return found if by_row else found[0]
