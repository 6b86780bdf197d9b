"""The other side of the protocol: a question to another server, and what its answer says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from edgewright_runtime.config import Tensor
from edgewright_runtime.protocol.datatypes import datatype_of, from_bytes, from_list, to_bytes
from edgewright_runtime.protocol.fault import RequestFault


@dataclass(frozen=True, slots=True)
class Told:
    """An answer that was understood. `digest` and `version` are empty where it does not say them."""

    outputs: Mapping[str, NDArray[Any]]
    digest: str
    version: str


def encode_question(inputs: Mapping[str, NDArray[Any]], parameters: Mapping[str, Any]) -> tuple[bytes, int]:
    """The body of a request with binary data both ways, and how many bytes of it are JSON."""
    raws = {name: to_bytes(array) for name, array in inputs.items()}
    entries = [
        {
            "name": name,
            "datatype": datatype_of(array),
            "shape": list(array.shape),
            "parameters": {"binary_data_size": len(raws[name])},
        }
        for name, array in inputs.items()
    ]
    head = {"inputs": entries, "parameters": {**parameters, "binary_data_output": True}}
    text = json.dumps(head, separators=(",", ":")).encode()
    return b"".join([text, *raws.values()]), len(text)


def decode_answer(body: bytes, json_length: int | None, promised: Sequence[Tensor]) -> Told:
    """The promised outputs in an answer, binary or not. Raises RequestFault where they are not all there."""
    view = memoryview(body)
    length = len(view) if json_length is None else json_length
    if not 0 <= length <= len(view):
        raise RequestFault("it says that more of it is JSON than there is")
    try:
        head = json.loads(bytes(view[:length]))
        found = _outputs(head["outputs"], view[length:], {each.name: each for each in promised})
        parameters = head.get("parameters", {})
        return Told(found, _short(parameters.get("model_digest")), _short(head.get("model_version")))
    except RequestFault:
        raise
    except (KeyError, TypeError, AttributeError, ArithmeticError, ValueError, RecursionError) as error:
        raise RequestFault(f"it is no answer: {type(error).__name__}: {error}") from None


def _outputs(entries: Any, rest: memoryview, promised: Mapping[str, Tensor]) -> dict[str, NDArray[Any]]:
    """Binary data lies behind the JSON in the order of the outputs, also of those that nobody asked for."""
    found: dict[str, NDArray[Any]] = {}
    for entry in entries:
        name, size = entry["name"], entry.get("parameters", {}).get("binary_data_size")
        if size is not None and (type(size) is not int or not 0 <= size <= len(rest)):
            raise RequestFault(f"`{name}` has no binary data of the size that it says")
        raw = rest[: size or 0]
        rest = rest[size or 0 :]
        if name not in promised:
            continue
        datatype, shape = promised[name].datatype, tuple(entry["shape"])
        if entry["datatype"] != datatype or any(type(each) is not int or each < 0 for each in shape):
            raise RequestFault(f"`{name}` is {entry['datatype']} {list(shape)}")
        values = (name, datatype, shape)
        found[name] = from_list(*values, entry["data"]) if size is None else from_bytes(*values, raw)
    if missing := promised.keys() - found.keys():
        raise RequestFault(f"`{min(missing)}` is missing")
    return found


def _short(value: Any) -> str:
    """A text that can be a header; empty where it is none."""
    fits = isinstance(value, str) and len(value) <= 100 and value.isascii() and value.isprintable()
    return value.strip() if fits else ""
