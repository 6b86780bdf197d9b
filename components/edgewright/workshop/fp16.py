"""FP16 variants, by ONNX Runtime's converter. Only `onnx_process` imports this."""

from __future__ import annotations

import warnings

import onnx
from onnxruntime.transformers.float16 import convert_float_to_float16


def fp16(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with weights and layers in half precision, and inputs and outputs as they were.

    A weight beyond 65,504 becomes that: what it costs is seen when the variant is evaluated.
    """
    warnings.simplefilter("ignore")  # one for each weight that was cut
    made: onnx.ModelProto = convert_float_to_float16(model, keep_io_types=True)
    return made
