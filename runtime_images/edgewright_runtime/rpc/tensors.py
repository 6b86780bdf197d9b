"""Messages ⇒ requests, and answers ⇒ messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edgewright_runtime.config import Tensor
from edgewright_runtime.protocol.datatypes import DTYPES, datatype_of, from_bytes, to_bytes
from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.protocol.request import InferRequest, Signature, assemble
from edgewright_runtime.protocol.response import chosen
from edgewright_runtime.protocol.values import no_shared_memory
from edgewright_runtime.rpc.messages import MESSAGES

_WIDE: Final = {
    **dict.fromkeys(("INT8", "INT16", "INT32"), ("int_contents", np.int32)),
    **dict.fromkeys(("UINT8", "UINT16", "UINT32"), ("uint_contents", np.uint32)),
    "BOOL": ("bool_contents", np.bool_),
    "INT64": ("int64_contents", np.int64),
    "UINT64": ("uint64_contents", np.uint64),
    "FP32": ("fp32_contents", np.float32),
    "FP64": ("fp64_contents", np.float64),
}
"""Datatype ⇒ the field that carries it, and the type of its elements there. FP16 has none: it travels raw."""


def request_of(message: Any, signature: Signature) -> InferRequest:
    """The request in a ModelInferRequest. Raises RequestFault, which says what was expected."""
    raws = message.raw_input_contents
    for each in message.inputs:
        no_shared_memory(each.name, each.parameters)
    if raws and len(raws) != len(message.inputs):
        raise RequestFault(f"{len(message.inputs)} inputs were sent, and {len(raws)} raw_input_contents")
    values = {
        "id": message.id,
        "parameters": _parameters(message.parameters),
        "inputs": [
            {
                "name": each.name,
                "datatype": each.datatype,
                "shape": list(each.shape),
                "at": at,
            }
            for at, each in enumerate(message.inputs)
        ],
        "outputs": [
            {"name": each.name, "parameters": _parameters(each.parameters)} for each in message.outputs
        ],
    }
    return assemble(values, _Contents(message.inputs, raws), signature)


def _parameters(message: Any) -> dict[str, Any]:
    """Parameters as JSON would have them."""
    chosen = {name: (value, value.WhichOneof("choice")) for name, value in message.items()}
    return {name: getattr(value, choice) for name, (value, choice) in chosen.items() if choice}


@dataclass(frozen=True, slots=True)
class _Contents:
    """Tensors out of raw contents where there are any, and else out of typed ones."""

    inputs: Any
    raws: Any

    def __call__(self, entry: Mapping[str, Any], tensor: Tensor, shape: tuple[int, ...]) -> NDArray[Any]:
        message = self.inputs[entry["at"]]
        if not self.raws:
            return _typed(message.contents, tensor, shape)
        if message.contents.ListFields():  # an empty one says nothing
            raise RequestFault(f"`{tensor.name}` has both `contents` and raw contents")
        return from_bytes(tensor.name, tensor.datatype, shape, memoryview(self.raws[entry["at"]]))


def _typed(contents: Any, tensor: Tensor, shape: tuple[int, ...]) -> NDArray[Any]:
    """The tensor in the field for its datatype, and in no other."""
    field, kind = ("bytes_contents", np.object_) if tensor.datatype == "BYTES" else _field(tensor)
    wrong = [each.name for each, _ in contents.ListFields() if each.name != field]
    if wrong:
        raise RequestFault(f"`{tensor.name}` is {tensor.datatype}: it belongs into {field}, not {wrong[0]}")
    values = getattr(contents, field)
    count = int(np.prod(shape, dtype=object))
    if len(values) != count:
        raise RequestFault(f"`{tensor.name}` has {len(values):,} elements, its shape asks for {count:,}")
    found = np.empty(count, kind)
    found[:] = values
    exact = found.astype(DTYPES[tensor.datatype])
    if exact.dtype.kind in "iu" and (exact != found).any():
        raise RequestFault(f"`{tensor.name}` has a value that {tensor.datatype} cannot hold")
    return exact.reshape(shape)


def _field(tensor: Tensor) -> tuple[str, Any]:
    found = _WIDE.get(tensor.datatype)
    if found is None:
        raise RequestFault(f"`{tensor.name}` is {tensor.datatype}: send it in raw_input_contents")
    return found


def response_of(
    request: InferRequest, raw: bool, outputs: Mapping[str, NDArray[Any]], head: Mapping[str, str]
) -> Any:
    """The ModelInferResponse: raw where the request was or wanted to be, or where an output cannot be typed."""
    wanted = [(output.name, array) for output, array in chosen(request, outputs)]
    raw = raw or request.binary or any(datatype_of(array) == "FP16" for _, array in wanted)
    message = MESSAGES["ModelInferResponse"](id=request.id, **head)
    for name, array in wanted:
        entry = message.outputs.add(name=name, datatype=datatype_of(array), shape=array.shape)
        if raw:
            message.raw_output_contents.append(to_bytes(array))
        elif entry.datatype == "BYTES":
            entry.contents.bytes_contents.extend(_bytes(value) for value in array.ravel())
        else:
            getattr(entry.contents, _WIDE[entry.datatype][0]).extend(array.ravel().tolist())
    return message


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
