"""Nodes of an ONNX graph: what they read, and the order in which they can run. Only `onnx_process` imports this."""

from __future__ import annotations

from collections.abc import Iterator

import onnx

ROUNDING = ("QuantizeLinear", "DequantizeLinear")


def operators(model: onnx.ModelProto) -> list[str]:
    """The operators of a model's top graph, sorted."""
    return sorted({node.op_type for node in model.graph.node})


def maker(graph: onnx.GraphProto, name: str) -> onnx.NodeProto | None:
    """The node that writes a tensor; None for inputs and weights."""
    return next((node for node in graph.node if name in node.output), None)


def read_by(node: onnx.NodeProto) -> Iterator[str]:
    """Names that a node reads; its branches and bodies read those of the graph around them too."""
    yield from filter(None, node.input)
    for attribute in node.attribute:
        for graph in (attribute.g, *attribute.graphs):
            yield from (name for inner in graph.node for name in read_by(inner))
            yield from (output.name for output in graph.output)


def sort_nodes(graph: onnx.GraphProto) -> None:
    """Put each node behind those whose results it reads, and otherwise leave the order."""
    waiting = list(graph.node)
    to_come = {name for node in waiting for name in node.output}
    ordered: list[onnx.NodeProto] = []
    while waiting:
        left = []
        for node in waiting:
            if to_come.isdisjoint(read_by(node)):
                ordered.append(node)
                to_come.difference_update(node.output)
            else:
                left.append(node)
        if len(left) == len(waiting):
            raise ValueError("the graph goes round in a circle")
        waiting = left
    del graph.node[:]
    graph.node.extend(ordered)


def drop_unread(graph: onnx.GraphProto) -> None:
    """Remove roundings that nobody reads any more, and constants with them."""
    answers = {output.name for output in graph.output}
    while True:
        read = answers | {name for node in graph.node for name in read_by(node)}
        unread = [node for node in graph.node if node.op_type in ROUNDING and not read & {*node.output}]
        if not unread:
            break
        for node in unread:
            graph.node.remove(node)
    kept = [each for each in graph.initializer if each.name in read]
    del graph.initializer[:]
    graph.initializer.extend(kept)
