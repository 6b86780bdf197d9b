"""Asks a server with Triton's own client, in every way that it offers; what came back, as JSON.

usage: ask_triton.py HOST:PORT MODEL FILE.npy, the model's one input
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import np_to_triton_dtype


def main(address: str, model: str, file: str) -> dict[str, Any]:
    array = np.load(file)
    client = triton.InferenceServerClient(address, concurrency=4)
    about = client.get_model_metadata(model)
    asked = [
        _answer(client, about, array, binary_in, binary_out)
        for binary_in in (True, False)
        for binary_out in (True, False)
    ]
    waiting = [
        client.async_infer(model, [_input(about, array, True)], request_id=str(each)) for each in range(8)
    ]
    ids = [each.get_result().get_response()["id"] for each in waiting]
    return {
        "live": client.is_server_live(),
        "ready": client.is_server_ready(),
        "model_ready": client.is_model_ready(model, about["versions"][0]),
        "server": client.get_server_metadata(),
        "model": about,
        "answers": asked,
        "ids": ids,
        "compressed": [_compressed(client, about, array, coding) for coding in ("gzip", "deflate")],
        "best": _best(client, about, array),
        "config": client.get_model_config(model),
        "statistics": client.get_inference_statistics(model),
        "index": client.get_model_repository_index(),
        "refusal": _refusal(client, about, array),
        "not_offered": _not_offered(client),
    }


def _input(about: dict[str, Any], array: np.ndarray[Any, Any], binary: bool) -> Any:
    given = triton.InferInput(about["inputs"][0]["name"], list(array.shape), np_to_triton_dtype(array.dtype))
    given.set_data_from_numpy(array, binary_data=binary)
    return given


def _answer(client: Any, about: dict[str, Any], array: Any, binary_in: bool, binary_out: bool) -> list[Any]:
    name = about["outputs"][0]["name"]
    wanted = triton.InferRequestedOutput(name, binary_data=binary_out)
    result = client.infer(
        about["name"], [_input(about, array, binary_in)], outputs=[wanted], request_id="one"
    )
    found: list[Any] = result.as_numpy(name).tolist()
    return found


def _compressed(client: Any, about: dict[str, Any], array: Any, coding: str) -> list[Any]:
    result = client.infer(
        about["name"],
        [_input(about, array, True)],
        request_compression_algorithm=coding,
        response_compression_algorithm=coding,
    )
    found: list[Any] = result.as_numpy(about["outputs"][0]["name"]).tolist()
    return found


def _best(client: Any, about: dict[str, Any], array: Any) -> list[Any]:
    name = about["outputs"][0]["name"]
    wanted = triton.InferRequestedOutput(name, class_count=1)
    rows = client.infer(about["name"], [_input(about, array, True)], outputs=[wanted]).as_numpy(name)
    return [[each.decode() for each in row] for row in rows]


def _not_offered(client: Any) -> str:
    try:
        client.get_system_shared_memory_status()
    except triton.InferenceServerException as error:
        return str(error)
    return "shared memory is there"


def _refusal(client: Any, about: dict[str, Any], array: Any) -> str:
    try:
        client.infer(about["name"], [_input(about, array[..., :-1].copy(), True)])
    except triton.InferenceServerException as error:
        return str(error)
    return "nothing was refused"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])))
