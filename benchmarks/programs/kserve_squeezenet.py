"""The benchmark's model on KServe's Python server. usage: kserve_squeezenet.py MODEL PORT"""

from __future__ import annotations

import os
import sys
from typing import Any

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime as ort
from kserve import InferOutput, InferRequest, InferResponse, Model, ModelServer


class SqueezeNet(Model):  # type: ignore[misc]
    """One session with one thread."""

    def __init__(self, file: str) -> None:
        super().__init__("squeezenet")
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        self.ready = True

    def predict(self, payload: InferRequest, *_: Any, **__: Any) -> InferResponse:
        """The answer, in the way that the request asks for."""
        (found,) = self.session.run(None, {"data_0": payload.inputs[0].as_numpy()})
        output = InferOutput("softmaxout_1", list(found.shape), "FP32")
        output.set_data_from_numpy(found, binary_data=False)
        binary = bool(payload.use_binary_outputs)
        return InferResponse(payload.id, "squeezenet", [output], use_binary_outputs=binary)


if __name__ == "__main__":
    ModelServer(http_port=int(sys.argv[2]), enable_grpc=False, workers=1).start([SqueezeNet(sys.argv[1])])
