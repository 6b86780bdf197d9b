"""Asks a server with KServe's own client; what came back, as JSON.

usage: ask_kserve.py URL MODEL FILE.npy, the model's one input
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig


async def main(url: str, model: str, file: str) -> dict[str, Any]:
    array = np.load(file)
    client = InferenceRESTClient(RESTConfig(protocol="v2", timeout=30))
    answers = []
    for binary in (False, True):
        given = InferInput("image", list(array.shape), "FP32")
        given.set_data_from_numpy(array, binary_data=binary)
        answer = await client.infer(url, InferRequest(model, [given], request_id="one"), model_name=model)
        answers.append(answer.outputs[0].as_numpy().tolist())
    return {
        "live": await client.is_server_live(url),
        "ready": await client.is_server_ready(url),
        "model_ready": await client.is_model_ready(url, model),
        "answers": answers,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main(*sys.argv[1:]))))
