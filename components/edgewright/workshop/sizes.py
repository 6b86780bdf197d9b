"""How large each tensor of a model is at a batch size: the graph is run with every tensor as an output.

Shapes that hang on one another through a graph are what the runtime finds; no second implementation of
some two hundred operators' shapes can agree with it better. Only `onnx_process` imports this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgewright.workshop.fault import Fault
from edgewright.workshop.graph import Graph
from edgewright.workshop.loading import plain_session
from edgewright.workshop.scoring import TYPES

BATCHES = (1, 2, 3)

_TEXT = 32  # bytes of a string object in the runtime


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of each tensor at each of BATCHES; `inputs` are the model's, `channels` those of images;
    `shapes` have the type in them, and are for comparing."""

    bytes_at: Mapping[str, tuple[int, ...]]
    inputs: tuple[str, ...]
    channels: Mapping[str, int]
    shapes: Mapping[str, object]


def sizes_of(content: bytes, graph: Graph) -> Sizes | None:
    """How large each tensor is that is no weight.

    None where an input has an open dimension beside its first, or the model does not run on ones.
    """
    known = {*graph.outputs, *graph.weights}
    names = [name for node in graph.nodes for name in node.outputs if name and name not in known]
    session = plain_session(content + b"".join(_as_output(name) for name in dict.fromkeys(names)))
    inputs = session.get_inputs()
    if any(not isinstance(size, int) for each in inputs for size in each.shape[1:]):
        return None
    try:
        runs = [_run(session, inputs, batch) for batch in BATCHES]
    except Fault:
        return None
    return Sizes(
        {name: tuple(_size(run[name]) for run in runs) for name in runs[0]},
        tuple(each.name for each in inputs),
        {name: value.shape[1] for name, value in runs[0].items() if getattr(value, "ndim", 0) == 4},
        {name: (str(value.dtype), value.shape) for name, value in runs[0].items() if hasattr(value, "shape")},
    )


def _run(session: Any, inputs: Any, batch: int) -> dict[str, Any]:
    given = {}
    for each in inputs:
        dtype = TYPES.get(each.type)
        if dtype is None:
            raise Fault("model", f"nothing stands for {each.type}")
        given[each.name] = np.ones([size if isinstance(size, int) else batch for size in each.shape], dtype)
    try:
        found = session.run(None, given)
    except Exception as reason:  # whatever the runtime's C++ throws
        raise Fault("model", str(reason)) from reason
    named = zip((each.name for each in session.get_outputs()), found, strict=True)
    return {**given, **dict(named)}


def _size(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return int(value.nbytes if value.dtype.kind != "O" else value.size * _TEXT)
    return sum(map(_size, value)) if isinstance(value, list) else 0


def _as_output(name: str) -> bytes:
    """Bytes that, behind a model, make a tensor one of its outputs.

    Protobuf joins a message that comes twice: ModelProto.graph (7) of GraphProto.output (12) of a name (1).
    """
    return _field(7, _field(12, _field(1, name.encode())))


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2, *_varint(len(content))]) + content


def _varint(value: int) -> Iterator[int]:
    while value > 0x7F:
        yield value & 0x7F | 0x80
        value >>= 7
    yield value
