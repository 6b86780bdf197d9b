"""An answer: named tensors ⇒ bytes, as JSON or with binary data behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from numpy.typing import NDArray

from edgewright_runtime.protocol.datatypes import datatype_of, to_bytes, to_list
from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.protocol.outputs import WantedOutput, best_classes
from edgewright_runtime.protocol.request import InferRequest


@dataclass(frozen=True, slots=True)
class EncodedResponse:
    """The bytes of an answer; `json_length` is None where no binary data follows."""

    body: bytes
    json_length: int | None = None


def chosen(
    request: InferRequest, outputs: Mapping[str, NDArray[Any]]
) -> list[tuple[WantedOutput, NDArray[Any]]]:
    """What a request wants of the outputs, in its order."""
    if not request.outputs:
        return [(WantedOutput(name, request.binary), array) for name, array in outputs.items()]
    return [(each, _wanted(each, outputs[each.name], request.batched)) for each in request.outputs]


def _wanted(output: WantedOutput, array: NDArray[Any], batched: bool) -> NDArray[Any]:
    return best_classes(array, output.classes, batched) if output.classes else array


def encode(
    request: InferRequest,
    model: str,
    version: str,
    outputs: Mapping[str, NDArray[Any]],
    parameters: Mapping[str, Any],
) -> EncodedResponse:
    """The answer to a request. What JSON cannot carry (FP16, infinity) travels as binary data, to whoever knows of it.

    Raises RequestFault where it has to be JSON.
    """
    entries: list[dict[str, Any]] = []
    raws: list[bytes] = []
    for output, array in chosen(request, outputs):
        entry: dict[str, Any] = {
            "name": output.name,
            "datatype": datatype_of(array),
            "shape": list(array.shape),
        }
        values = None if output.binary else _as_list(array)
        if values is None and not request.reads_binary:
            raise RequestFault(
                f"`{output.name}` holds what JSON cannot carry ({entry['datatype']}): ask for it as binary data"
            )
        if values is None:
            raws.append(to_bytes(array))
            entry["parameters"] = {"binary_data_size": len(raws[-1])}
        else:
            entry["data"] = values
        entries.append(entry)
    head = {"model_name": model, "model_version": version, "parameters": dict(parameters), "outputs": entries}
    if request.id:
        head["id"] = request.id
    text = orjson.dumps(head)
    return EncodedResponse(b"".join([text, *raws]), len(text)) if raws else EncodedResponse(text)


def _as_list(array: NDArray[Any]) -> list[Any] | None:
    """A tensor's values for JSON; None where it has no way to write them."""
    if datatype_of(array) == "FP16":
        return None
    try:
        return to_list(array)
    except ValueError:  # not finite, or BYTES that are no text
        return None
