"""Asks a server with Triton's own gRPC client; what came back, as JSON.

usage: ask_triton_grpc.py HOST:PORT MODEL FILE.npy, the model's one input
"""

from __future__ import annotations

import json
import sys
from queue import Queue
from typing import Any

import numpy as np
import tritonclient.grpc as triton
from tritonclient.utils import np_to_triton_dtype


def main(address: str, model: str, file: str) -> dict[str, Any]:
    array = np.load(file)
    client = triton.InferenceServerClient(address)
    about = client.get_model_metadata(model, as_json=True)
    result = client.infer(model, [_input(about, array)], request_id="one", client_timeout=30)
    found = result.get_response(as_json=True)
    return {
        "live": client.is_server_live(),
        "ready": client.is_server_ready(),
        "model_ready": client.is_model_ready(model, about["versions"][0]),
        "server": client.get_server_metadata(as_json=True),
        "model": about,
        "answer": result.as_numpy(about["outputs"][0]["name"]).tolist(),
        "id": found["id"],
        "parameters": {name: value["string_param"] for name, value in found["parameters"].items()},
        "streamed": _streamed(client, model, _input(about, array)),
        "config": client.get_model_config(model, as_json=True)["config"],
        "statistics": client.get_inference_statistics(model, as_json=True),
        "index": client.get_model_repository_index(as_json=True)["models"],
        "refusals": [
            _refusal(client, model, _input(about, array[..., :-1].copy())),
            _refusal(client, "other", _input(about, array)),
        ],
    }


def _input(about: dict[str, Any], array: np.ndarray[Any, Any]) -> Any:
    given = triton.InferInput(about["inputs"][0]["name"], list(array.shape), np_to_triton_dtype(array.dtype))
    given.set_data_from_numpy(array)
    return given


def _streamed(client: Any, model: str, given: Any) -> list[list[str]]:
    """Id of the answer and fault, for a request that is right, one that is not, and one that is again."""
    answers: Queue[list[str]] = Queue()

    def told(result: Any, error: Any) -> None:
        answers.put([result.get_response().id if result else "", error.message() if error else ""])

    client.start_stream(told)
    for number, name in enumerate((model, "other", model)):
        client.async_stream_infer(name, [given], request_id=str(number))
    found = [answers.get(timeout=60) for _ in range(3)]
    client.stop_stream()
    return found


def _refusal(client: Any, model: str, given: Any) -> list[str]:
    try:
        client.infer(model, [given])
    except triton.InferenceServerException as error:
        return [error.status(), error.message()]
    return ["nothing was refused"]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])))
