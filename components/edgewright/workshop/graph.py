"""An ONNX graph as a plan of its memory needs it: nodes with what they read and write, and sizes of weights.

Only the top graph is read; where a node holds graphs of its own, `nested` says so.
Source of field numbers: onnx.proto of ONNX 1.19.
"""

from __future__ import annotations

from dataclasses import dataclass

from edgewright.workshop.onnx_file import NotOnnx, Value, count, fields, number, text

_BITS = {
    **dict.fromkeys((2, 3, 9, 17, 18, 19, 20), 8),
    **dict.fromkeys((4, 5, 10, 16), 16),
    **dict.fromkeys((1, 6, 12), 32),
    **dict.fromkeys((7, 11, 13, 14), 64),
    **dict.fromkeys((21, 22, 23), 4),
    15: 128,
}
"""Bits of a number of each kind; a text (8) counts as its pointer and length would: see `_size`."""

_TEXT_BITS = 256
_EXTERNAL = 1  # TensorProto.DataLocation


@dataclass(frozen=True, slots=True)
class Node:
    """One step: its operator and the names of the tensors that it reads and writes ("" where left out)."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Weight:
    """A tensor that the file holds: its bytes in memory, its dimensions, and whether it lies in a file beside."""

    size: int
    shape: tuple[int, ...]
    external: bool


@dataclass(frozen=True, slots=True)
class Graph:
    """The top graph of a model, its nodes in the order of the file."""

    nodes: tuple[Node, ...]
    weights: dict[str, Weight]
    outputs: tuple[str, ...]
    nested: bool


def read_graph(content: memoryview) -> Graph:
    """The graph of a model's bytes; raises NotOnnx where they are none."""
    nodes: list[Node] = []
    weights: dict[str, Weight] = {}
    outputs: list[str] = []
    nested = False
    for graph in (value for field, value in fields(content) if field == 7 and isinstance(value, memoryview)):
        for field, value in fields(graph):
            if field not in (1, 5, 12, 15) or not isinstance(value, memoryview):
                continue
            if field == 1:
                node, holds = _node(value)
                nodes.append(node)
                nested |= holds
            elif field == 5:
                name, weight = _weight(value)
                weights[name] = weight
            elif field == 12:
                outputs.append(text(_all(value, 1)))
            else:
                nested = True  # a sparse tensor, whose size in memory is the runtime's affair
    return Graph(tuple(nodes), weights, tuple(outputs), nested)


def _all(message: memoryview, wanted: int) -> list[Value]:
    return [value for field, value in fields(message) if field == wanted]


def _node(message: memoryview) -> tuple[Node, bool]:
    """A node, and whether one of its attributes is a graph."""
    found: dict[int, list[Value]] = {}
    for field, value in fields(message):
        found.setdefault(field, []).append(value)
    attributes = [value for value in found.get(5, []) if isinstance(value, memoryview)]
    holds = any(field in (6, 11) for each in attributes for field, _ in fields(each))
    read, written = ([text([name]) for name in found.get(field, [])] for field in (1, 2))
    return Node(text(found.get(4)), tuple(read), tuple(written)), holds


def _weight(message: memoryview) -> tuple[str, Weight]:
    found: dict[int, list[Value]] = {}
    for field, value in fields(message):
        if field in (1, 2, 8, 14):
            found.setdefault(field, []).append(value)
    kind = number(found.get(2))
    shape = count(found.get(1, []))
    return text(found.get(8)), Weight(_size(kind, shape), shape, number(found.get(14)) == _EXTERNAL)


def _size(kind: int, shape: tuple[int, ...]) -> int:
    bits = _TEXT_BITS if kind == 8 else _BITS.get(kind)
    if bits is None:
        raise NotOnnx(f"a tensor is of kind {kind}, which nobody knows")
    total = bits
    for size in shape:
        total *= size
    return -(-total // 8)
