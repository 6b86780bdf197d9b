"""A variant made out of a model's file, the same bytes each time. Only `onnx_process` imports this."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnx

from edgewright.workshop.calibration import read_calibration
from edgewright.workshop.fault import Fault
from edgewright.workshop.fp16 import fp16
from edgewright.workshop.int8 import QUANTISED, Method, int8
from edgewright.workshop.loading import LARGEST, load
from edgewright.workshop.rewiring import ROUNDING, operators, sort_nodes

_IR_WITH_CONSTANTS = 4
_PRODUCER = "edgewright model quantize"


def make(
    model: str, target: str, precision: str, data: str, method: Method, per_channel: bool
) -> dict[str, Any]:
    """Write the variant; the operators that stayed in float. Raises Fault."""
    loaded = load(Path(model))
    if loaded.said.precision != "fp32":
        message = f"it is {loaded.said.precision} itself, and a variant is made out of fp32"
        raise Fault("making", message)
    try:
        source = onnx.load(model)
        if precision == "int8":
            calibration = read_calibration(Path(data), loaded.session)
            made = int8(_own_copy(source), calibration, method, per_channel)
        else:
            made = fp16(_own_copy(source))
        Path(target).write_bytes(_finished(made, source, precision))
    except (Fault, ImportError, MemoryError):
        raise
    except Exception as reason:  # whatever ONNX Runtime's tools, onnx and protobuf throw
        raise Fault("making", f"{type(reason).__name__}: {reason}") from reason
    left = [name for name in operators(made) if name not in (*QUANTISED, *ROUNDING)]
    return {"left": left if precision == "int8" else []}


def _own_copy(source: onnx.ModelProto) -> onnx.ModelProto:
    """The model for a tool to work on. Its weights are constants, which before IR 4 only an input could be."""
    model = onnx.ModelProto()
    model.CopyFrom(source)
    if model.ir_version < _IR_WITH_CONSTANTS:
        model.ir_version = _IR_WITH_CONSTANTS
        weights = {each.name for each in model.graph.initializer}
        inputs = [each for each in model.graph.input if each.name not in weights]
        del model.graph.input[:]
        model.graph.input.extend(inputs)
    return model


def _finished(made: onnx.ModelProto, source: onnx.ModelProto, precision: str) -> bytes:
    """The bytes of a variant: what is said of the source is kept, and no version of a tool is in it."""
    sort_nodes(made.graph)  # tools add theirs at the end
    made.producer_name, made.producer_version = _PRODUCER, ""
    del made.metadata_props[:]
    made.metadata_props.extend(source.metadata_props)
    for entry in made.metadata_props:
        if entry.key == "precision":
            entry.value = precision
    del made.graph.value_info[:]
    used = {node.domain for node in made.graph.node} | {function.domain for function in made.functions}
    wanted = [each for each in made.opset_import if each.domain in used or each.domain in ("", "ai.onnx")]
    del made.opset_import[:]
    made.opset_import.extend(sorted(wanted, key=lambda each: each.domain))
    content: bytes = made.SerializeToString(deterministic=True)
    if len(content) > LARGEST:
        raise Fault("making", f"it would have {len(content):,} bytes, and {LARGEST:,} can be a model")
    onnx.checker.check_model(content)
    return content
