"""A request: bytes ⇒ named tensors, each held against what the model takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, Final, TypeGuard

import orjson
from numpy.typing import NDArray

from edgewright_runtime.config import Config, Tensor
from edgewright_runtime.protocol.datatypes import DTYPES, check_text, from_bytes, from_list
from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.protocol.outputs import WantedOutput, wanted_outputs
from edgewright_runtime.protocol.raw import raw_request
from edgewright_runtime.protocol.values import given, listed, mapping_of, no_shared_memory, text_of

_MOST_ELEMENTS: Final = 1 << 40


@dataclass(frozen=True, slots=True)
class InferRequest:
    """What was asked. `outputs` is empty where all are wanted; `batch` is the size of the first dimension, which
    is that of a batch where `batched`. `reads_binary` tells whether who asks knows of binary data."""

    inputs: Mapping[str, NDArray[Any]]
    id: str = ""
    outputs: tuple[WantedOutput, ...] = ()
    binary: bool = False
    batch: int = 1
    batched: bool = False
    reads_binary: bool = True
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Signature:
    """What a model takes and gives, and how many requests at most are answered together.

    `batched` tells whether the first dimension of every tensor is the batch: only then are requests put together.
    """

    inputs: Sequence[Tensor]
    outputs: Sequence[Tensor]
    max_batch: int
    batched: bool = field(init=False)

    def __post_init__(self) -> None:
        tensors = (*self.inputs, *self.outputs)
        batched = bool(tensors) and all(tensor.shape[:1] == (-1,) for tensor in tensors)
        object.__setattr__(self, "batched", batched)


def signature_of(config: Config) -> Signature:
    """What the model of a server takes and gives; nothing where there is a rule alone."""
    promised = config.promised
    inputs, outputs = (promised.inputs, promised.outputs) if promised else ((), ())
    return Signature(inputs, outputs, config.max_batch)


def decode(body: bytes | memoryview, json_length: int | None, signature: Signature) -> InferRequest:
    """The request in a body; `json_length` is the header Inference-Header-Content-Length, where there is one.

    Raises RequestFault, which says what was expected.
    """
    view = memoryview(body)
    if json_length is not None and not 0 <= json_length <= len(view):
        raise RequestFault(
            f"the body has {len(view):,} bytes, and its header says that {json_length:,} are JSON"
        )
    if json_length == 0:
        values, rest = raw_request(view, list(signature.inputs), signature.batched)
    else:
        end = len(view) if json_length is None else json_length
        values, rest = _json(view[:end]), view[end:]
    contents = _Contents(rest)
    request = assemble(values, contents, signature, sent_binary=json_length is not None)
    if len(contents.rest):
        raise RequestFault(f"{len(contents.rest):,} bytes of binary data belong to no input")
    return request


def only_ready_in(body: bytes) -> bool:
    """Whether a request for the index of models wants those that are ready alone. Raises RequestFault."""
    return bool(body.strip()) and _json(memoryview(body)).get("ready") is True


Content = Callable[[Mapping[str, Any], Tensor, tuple[int, ...]], NDArray[Any]]
"""An entry of `inputs`, the tensor that the model takes there, the shape that was sent ⇒ the tensor."""


def assemble(
    values: Mapping[str, Any], content: Content, signature: Signature, *, sent_binary: bool = True
) -> InferRequest:
    """The request in an object as the protocol describes it, whatever brought it. Raises RequestFault."""
    inputs = _inputs(values.get("inputs"), content, signature)
    parameters = given(values, "parameters", {})
    binary = parameters.get("binary_data_output") is True
    outputs = wanted_outputs(given(values, "outputs", []), signature.outputs, binary)
    return InferRequest(
        inputs=inputs,
        id=text_of(given(values, "id", ""), "id"),
        outputs=outputs,
        binary=binary,
        batch=_batch(inputs, signature),
        batched=signature.batched,
        reads_binary=sent_binary or binary or any(output.binary for output in outputs),
        parameters=parameters,
    )


@dataclass(slots=True)
class _Contents:
    """Tensors out of JSON, or out of the bytes behind it, which lie there in the order of the inputs."""

    rest: memoryview

    def __call__(self, entry: Mapping[str, Any], tensor: Tensor, shape: tuple[int, ...]) -> NDArray[Any]:
        size = given(entry, "parameters", {}).get("binary_data_size")
        if size is None:
            return from_list(tensor.name, tensor.datatype, shape, entry.get("data"))
        if type(size) is not int or size < 0 or size > len(self.rest):
            raise RequestFault(
                f"`binary_data_size` of `{tensor.name}` is {str(size)[:40]}, and {len(self.rest):,} bytes are left"
            )
        if entry.get("data") is not None:
            raise RequestFault(f"`{tensor.name}` has both `data` and binary data")
        raw, self.rest = self.rest[:size], self.rest[size:]
        return from_bytes(tensor.name, tensor.datatype, shape, raw)


def _json(raw: memoryview) -> dict[str, Any]:
    try:
        values = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        if "limit" in str(error):  # of depth, in the words of orjson
            raise RequestFault("the JSON is nested too deeply") from None
        raise RequestFault(f"the request is no JSON: {error}") from None
    return mapping_of(values, "the request")


def _inputs(values: Any, content: Content, signature: Signature) -> dict[str, NDArray[Any]]:
    """Each input of the model, once."""
    if not isinstance(values, list) or not values:
        raise RequestFault("`inputs` has to be a list of tensors")
    known = {tensor.name: tensor for tensor in signature.inputs}
    found: dict[str, NDArray[Any]] = {}
    for value in values:
        entry = mapping_of(value, "each of `inputs`")
        name = text_of(entry.get("name"), "name")
        if name not in known:
            raise RequestFault(f"there is no input `{name}`; the model takes {listed(known)}")
        if name in found:
            raise RequestFault(f"`{name}` is there twice")
        no_shared_memory(name, given(entry, "parameters", {}))
        found[name] = content(entry, known[name], _checked(known[name], entry))
        if known[name].datatype == "BYTES":
            check_text(name, found[name])
    missing = [name for name in known if name not in found]
    if missing:
        raise RequestFault(f"the model also takes {listed(missing)}")
    return found


def _checked(tensor: Tensor, entry: Mapping[str, Any]) -> tuple[int, ...]:
    """The shape of an input that is of the model's datatype and fits its shape."""
    datatype, shape = entry.get("datatype"), entry.get("shape")
    if tensor.datatype not in DTYPES:
        raise RequestFault(f"`{tensor.name}` is {tensor.datatype}, which this server cannot represent", 501)
    if datatype != tensor.datatype:
        raise RequestFault(f"`{tensor.name}` is {str(datatype)[:40]}, the model takes {tensor.datatype}")
    if not _fits(shape, tensor.shape):
        raise RequestFault(
            f"`{tensor.name}` has the shape {str(shape)[:80]}, the model takes {list(tensor.shape)}"
        )
    return tuple(shape)


def _fits(shape: Any, wanted: Sequence[int]) -> TypeGuard[list[int]]:
    """Whether a shape out of JSON is one that the model takes."""
    if not isinstance(shape, list) or len(shape) != len(wanted):
        return False
    for size, allowed in zip(shape, wanted, strict=True):
        if type(size) is not int or size < 0 or allowed not in (-1, size):
            return False
    # A tensor of no elements can have any other dimension, also one that numpy cannot have.
    return 0 not in shape or prod(max(size, 1) for size in shape) <= _MOST_ELEMENTS


def _batch(inputs: Mapping[str, NDArray[Any]], signature: Signature) -> int:
    """The size of the first dimension, which all inputs of a batched model share."""
    if not signature.batched:
        return 1
    batch, *others = [len(array) for array in inputs.values()]
    if others != [batch] * len(others):
        said = ", ".join(f"`{name}` {len(array)}" for name, array in inputs.items())
        raise RequestFault(f"the first dimensions have to be one batch, and are {said}")
    if not 1 <= batch <= signature.max_batch:
        raise RequestFault(f"a batch of {batch:,} was sent, this server takes 1 to {signature.max_batch:,}")
    return batch
