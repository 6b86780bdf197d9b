"""Asks a server with KServe's own client; what came back, as JSON.

usage: ask_kserve.py URL HOST:PORT MODEL FILE.npy: over HTTP, over gRPC, and the model's one input
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.inference_client import InferenceGRPCClient


async def main(url: str, grpc: str, model: str, file: str) -> dict[str, Any]:
    array = np.load(file)
    client, caller = InferenceRESTClient(RESTConfig(protocol="v2", timeout=30)), InferenceGRPCClient(grpc)
    asked = [_request(model, array, into, out) for into in (False, True) for out in (False, True)]
    answers = [await client.infer(url, each, model_name=model) for each in asked]
    answers += [await caller.infer(_request(model, array, binary, None)) for binary in (False, True)]
    return {
        "live": await client.is_server_live(url) and await caller.is_server_live(),
        "ready": await client.is_server_ready(url) and await caller.is_server_ready(),
        "model_ready": await client.is_model_ready(url, model) and await caller.is_model_ready(model),
        "other_ready": await client.is_model_ready(url, "other"),
        "ids": [each.id for each in answers],
        "answers": [each.outputs[0].as_numpy().tolist() for each in answers],
    }


def _request(model: str, array: np.ndarray[Any, Any], binary: bool, binary_output: bool | None) -> Any:
    given = InferInput("image", list(array.shape), "FP32")
    given.set_data_from_numpy(array, binary_data=binary)
    parameters = None if binary_output is None else {"binary_data_output": binary_output}
    return InferRequest(model, [given], request_id="one", parameters=parameters)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main(*sys.argv[1:]))))
