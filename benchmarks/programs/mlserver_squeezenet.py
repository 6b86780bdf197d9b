"""The benchmark's model on MLServer, which imports this file as the settings say that `serving.py` writes."""

from __future__ import annotations

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime as ort
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class SqueezeNet(MLModel):  # type: ignore[misc]
    """One session with one thread."""

    async def load(self) -> bool:
        """Open the model at the address in the settings."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        file = self.settings.parameters.uri
        self.session = ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """The answer, in JSON."""
        array = NumpyCodec.decode_input(payload.inputs[0])
        (found,) = self.session.run(None, {"data_0": array})
        return InferenceResponse(
            model_name=self.name, outputs=[NumpyCodec.encode_output("softmaxout_1", found)]
        )
