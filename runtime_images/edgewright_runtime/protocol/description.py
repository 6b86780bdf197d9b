"""What is told of the server and its model: the protocol's metadata, and what Triton's clients ask besides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from edgewright_runtime.config import Config, Tensor
from edgewright_runtime.protocol.request import Signature
from edgewright_runtime.version import VERSION

EXTENSIONS: Final = ("binary_tensor_data", "classification", "model_configuration", "statistics")
"""Of triton-inference-server/server, docs/protocol; those that are here whole. Of `model_repository` there is the
index alone: what a server serves is decided by who deploys it."""

_PLATFORM: Final = "onnx_onnxv1"


def server_values() -> dict[str, Any]:
    """Server metadata."""
    return {"name": "edgewright-runtime", "version": VERSION, "extensions": list(EXTENSIONS)}


def model_values(config: Config, signature: Signature) -> dict[str, Any]:
    """Model metadata; every dimension, also that of a batch."""
    return {
        "name": config.model,
        "versions": [config.version],
        "platform": _PLATFORM,
        "inputs": [_tensor(tensor) for tensor in signature.inputs],
        "outputs": [_tensor(tensor) for tensor in signature.outputs],
    }


def model_configuration(config: Config, signature: Signature) -> dict[str, Any]:
    """The model as a ModelConfig of Triton describes it: the dimension of a batch is left out of every shape.

    Source: triton-inference-server/common, protobuf/model_config.proto.
    """
    values: dict[str, Any] = {
        "name": config.model,
        "platform": _PLATFORM,
        "backend": "onnxruntime",
        "max_batch_size": config.max_batch if signature.batched else 0,
        "input": _described(signature.inputs, signature.batched),
        "output": _described(signature.outputs, signature.batched),
    }
    if signature.batched:
        values["dynamic_batching"] = {"max_queue_delay_microseconds": round(config.window * 1e6)}
    return values


def repository_index(config: Config, ready: bool, step: str, only_ready: bool) -> list[dict[str, str]]:
    """The one model that there is, and whether it answers."""
    if only_ready and not ready:
        return []
    state = {"state": "READY", "reason": ""} if ready else {"state": "UNAVAILABLE", "reason": step}
    return [{"name": config.model, "version": config.version, **state}]


def _tensor(tensor: Tensor) -> dict[str, Any]:
    return {"name": tensor.name, "datatype": tensor.datatype, "shape": list(tensor.shape)}


def _described(tensors: Sequence[Tensor], batched: bool) -> list[dict[str, Any]]:
    return [
        {
            "name": tensor.name,
            "data_type": f"TYPE_{'STRING' if tensor.datatype == 'BYTES' else tensor.datatype}",
            "dims": list(tensor.shape[1:] if batched else tensor.shape),
        }
        for tensor in tensors
    ]
