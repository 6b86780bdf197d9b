"""INT8 variants: QuantizeLinear and DequantizeLinear around each layer, by ONNX Runtime's static quantisation.

Only `onnx_process` imports this.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any, Literal

import onnx
import onnx.version_converter
import onnxruntime
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QDQQuantizer,
    QuantType,
    create_calibrator,
)
from onnxruntime.quantization.registry import QDQRegistry, QLinearOpsRegistry

from edgewright.workshop.calibration import Calibration
from edgewright.workshop.fault import Fault
from edgewright.workshop.rewiring import drop_unread, maker, operators

Method = Literal["minmax", "entropy", "percentile"]

_METHODS = {
    "minmax": CalibrationMethod.MinMax,
    "entropy": CalibrationMethod.Entropy,
    "percentile": CalibrationMethod.Percentile,
}

_BINS = 1024
_STEPS = 256
"""Of a histogram, and of eight bits. With ONNX Runtime's own 128 and 128, entropy has one range to choose from:
that of minmax."""

_LEAST_OPSET = 13
"""The first in which DequantizeLinear has a scale for each channel."""

_ENDS = ("LogSoftmax", "Sigmoid", "Softmax")
_IN_FLOAT = (*_ENDS, "BatchNormalization", "InstanceNormalization", "LayerNormalization")
"""They are computed in float everywhere: rounding around them costs time and accuracy, and wins nothing."""

QUANTISED = sorted(({*QDQRegistry, *QLinearOpsRegistry}) - {*_IN_FLOAT})
"""Operators that are computed in eight bits."""


def int8(
    model: onnx.ModelProto, calibration: Calibration, method: Method, per_channel: bool
) -> onnx.ModelProto:
    """The model in eight bits: activations unsigned, weights signed and symmetric.

    Weights use seven of the eight bits: x86 processors without VNNI add two products in 16 bits, which
    overflows with eight, and a device would then answer differently from the machine that was measured.
    Raises Fault where nothing of it can be quantised.
    """
    if not any(node.op_type in QUANTISED for node in model.graph.node):
        raise Fault("making", f"none of its operators can be quantised: {', '.join(operators(model))}")
    logging.disable(logging.WARNING)  # advice to whoever calls it by hand
    with tempfile.TemporaryDirectory(prefix="edgewright.") as folder:
        ready = _folded(_new_enough(model), Path(folder))
        quantizer = QDQQuantizer(
            ready,
            per_channel,
            True,  # the range is reduced: seven of eight bits
            QuantType.QInt8,
            QuantType.QUInt8,
            _ranges(ready, Path(folder), calibration, method),
            [],
            [],
            QUANTISED,
            {},
        )
        quantizer.quantize_model()
    made: onnx.ModelProto = quantizer.model.model
    _answer_in_float(made.graph)
    return made


def _ranges(model: onnx.ModelProto, folder: Path, calibration: Calibration, method: Method) -> Any:
    """The range of each activation, found a batch at a time: no more of them is in memory at once."""
    onnx.save(model, folder / "ready.onnx")
    calibrator = create_calibrator(
        folder / "ready.onnx",
        QUANTISED,
        augmented_model_path=str(folder / "augmented.onnx"),
        calibrate_method=_METHODS[method],
        extra_options={"num_bins": _BINS, "num_quantized_bins": _STEPS},
    )
    for batch in calibration.batches():
        calibrator.collect_data(_Once([batch]))
    return calibrator.compute_data()


class _Once(CalibrationDataReader):  # type: ignore[misc]
    """Batches as ONNX Runtime asks for them."""

    def __init__(self, batches: list[dict[str, Any]]) -> None:
        self._left = batches

    def get_next(self) -> dict[str, Any] | None:
        return self._left.pop(0) if self._left else None


def _new_enough(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model in an operator set that INT8 can be written in."""
    opset = max((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), default=0)
    if opset >= _LEAST_OPSET:
        return model
    try:
        return onnx.version_converter.convert_version(model, _LEAST_OPSET)
    except Exception as reason:  # its C++ throws whatever it likes
        message = f"its operators are of opset {opset}, INT8 needs {_LEAST_OPSET}, and onnx cannot convert it"
        raise Fault("making", f"{message}: {reason}") from reason


def _folded(model: onnx.ModelProto, folder: Path) -> onnx.ModelProto:
    """The model with each BatchNormalization folded into the layer before, so that both have one range."""
    if "BatchNormalization" not in operators(model):
        return model
    given, folded = folder / "given.onnx", folder / "folded.onnx"
    onnx.save(model, given)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    # Basic ones are written in ONNX's own operators and do not differ from processor to processor.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(folded)
    onnxruntime.InferenceSession(str(given), options, providers=["CPUExecutionProvider"])
    return onnx.load(folded)


def _answer_in_float(graph: onnx.GraphProto) -> None:
    """What the model answers, and the scores that it is made of, lose nothing to 256 steps."""
    for output in graph.output:
        name = output.name
        last = maker(graph, name)
        if last is not None and (exact := _rounded(graph, last)) is not None:
            _rename(graph, last, exact, name)
            last = maker(graph, name)
        if last is not None and last.op_type in _ENDS:
            last.input[0] = _rounded(graph, maker(graph, last.input[0])) or last.input[0]
    drop_unread(graph)


def _rounded(graph: onnx.GraphProto, node: onnx.NodeProto | None) -> str | None:
    """The tensor that a DequantizeLinear gives back in 256 steps; None where the node is none such."""
    if node is None or node.op_type != "DequantizeLinear":
        return None
    before = maker(graph, node.input[0])
    return before.input[0] if before is not None and before.op_type == "QuantizeLinear" else None


def _rename(graph: onnx.GraphProto, dequantised: onnx.NodeProto, old: str, new: str) -> None:
    """Let `new`, which was the old one in 256 steps, be the old one itself."""
    graph.node.remove(dequantised)
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = [new if name == old else name for name in names]
