"""A request that is nothing but the bytes of a tensor, of a model with one input whose shape they tell."""

from __future__ import annotations

import struct
from math import prod
from typing import Any

from edgewright_runtime.config import Tensor
from edgewright_runtime.protocol.datatypes import DTYPES
from edgewright_runtime.protocol.fault import RequestFault


def raw_request(raw: memoryview, inputs: list[Tensor], batched: bool) -> tuple[dict[str, Any], memoryview]:
    """What such a body would be in full: the object in front of the binary data, and this. Raises RequestFault.

    Source: triton-inference-server/server, docs/protocol/extension_binary_data.md, "Raw Binary Request".
    """
    if len(inputs) != 1:
        raise RequestFault(
            f"a body without JSON is for a model with one input, and this one has {len(inputs)}"
        )
    [tensor] = inputs
    shape = [1 if at == 0 and batched else size for at, size in enumerate(tensor.shape)]
    shape = _one(tensor, shape) if tensor.datatype == "BYTES" else _deduced(tensor, shape, len(raw))
    if tensor.datatype == "BYTES":
        raw = memoryview(struct.pack("<I", len(raw)) + raw)
    entry: dict[str, Any] = {"name": tensor.name, "datatype": tensor.datatype, "shape": shape}
    entry["parameters"] = {"binary_data_size": len(raw)}
    return {"inputs": [entry], "parameters": {"binary_data_output": True}}, raw


def _one(tensor: Tensor, shape: list[int]) -> list[int]:
    """The shape of a single element."""
    if any(size not in (-1, 1) for size in shape):
        raise RequestFault(
            f"a body without JSON is one element of BYTES, `{tensor.name}` takes {list(tensor.shape)}"
        )
    return [1] * len(shape)


def _deduced(tensor: Tensor, shape: list[int], size: int) -> list[int]:
    """The shape with its only variable dimension as long as the bytes reach."""
    if shape.count(-1) > 1:
        raise RequestFault(
            f"a body without JSON does not tell the shape of `{tensor.name}`, {list(tensor.shape)}: send it with JSON"
        )
    dtype = DTYPES.get(tensor.datatype)
    one = prod(each for each in shape if each != -1) * (dtype.itemsize if dtype else 1)
    return [size // one if each == -1 and one else each for each in shape]
