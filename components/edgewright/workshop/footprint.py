"""What a model takes in memory, computed from its graph: see docs/memory.md for the formula and its proof.

Only `onnx_process` imports this.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from edgewright.workshop.graph import Graph, read_graph
from edgewright.workshop.packing import Layout, Step, ordered, packed, shared
from edgewright.workshop.sizes import BATCHES, Sizes, sizes_of

SAMPLES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Batch sizes at which a run is packed: buffers of different growth pack differently."""

RETURNED = 32 << 20
"""Bytes of an allocation that goes back to the system when it is freed. Source: mallopt(3), the most that
M_MMAP_THRESHOLD grows to by itself on 64-bit systems; what is smaller may stay with the process."""

_BY_DATA = ("NonZero", "NonMaxSuppression", "Unique", "Compress", "StringSplit")
_CONVOLUTIONS = ("Conv", "ConvInteger", "ConvTranspose")
_SHAPES = ("Shape", "Size")


def footprint_of(content: memoryview) -> dict[str, int]:
    """The fields of a LockedMemory; `fixed` and `per_item` where shapes hang on the batch alone."""
    graph = read_graph(content)
    sizes = None if graph.nested else sizes_of(bytes(content), graph)
    steady, computed = _constants(graph)
    kept = {name for node in graph.nodes if not steady.issuperset(node.outputs) for name in node.inputs}
    folded = {name: sizes.bytes_at[name][0] for name in computed & kept if sizes and name in sizes.bytes_at}
    weights = sum(each.size for each in graph.weights.values()) + sum(folded.values())
    loading, held = _loading(graph, folded)
    found = {"weights": weights, "loading": loading, "held": held}
    line = _line(graph, sizes, steady) if sizes else None
    return found if line is None else found | {"fixed": line[0], "per_item": line[1]}


def _constants(graph: Graph) -> tuple[set[str], set[str]]:
    """Tensors that no input has a part in, weights among them; and those of them that the runtime computes
    while it loads, as if they were weights."""
    known = set(graph.weights) | {""}
    found: set[str] = set()
    for node in graph.nodes:
        if known.issuperset(node.inputs) and node.operator not in _BY_DATA:
            known.update(node.outputs)
            if node.operator != "DequantizeLinear":  # stays as it is, for kernels that read the small form
                found.update(node.outputs)
    return known, found - {""}


def _loading(graph: Graph, folded: Mapping[str, int]) -> tuple[int, int]:
    """Bytes at most while a session is made, and those of them that runs find taken.

    A convolution's weights are held as read, as made, and twice in the layout of its kernel, of which half
    is free again afterwards; others as read and packed, where large ones go back one after another.
    """
    of_convolutions = {
        name for node in graph.nodes if node.operator.endswith(_CONVOLUTIONS) for name in node.inputs[1:]
    }
    read = {name: (weight.size, weight.external) for name, weight in graph.weights.items()}
    loading = held = largest = 0
    for name, (size, made) in (read | {name: (size, True) for name, size in folded.items()}).items():
        alone = size >= RETURNED or (made and name not in folded)
        if name in of_convolutions:
            loading, held = loading + (4 - made) * size, held + 2 * size
        elif alone:
            loading, held, largest = loading + size, held + size, max(largest, size)
        else:
            loading, held = loading + 2 * size, held + 2 * size
    return loading + largest, held


def _line(graph: Graph, sizes: Sizes, steady: set[str]) -> tuple[int, int] | None:
    """(fixed, per item): a line that is nowhere below the memory of a run at SAMPLES. None where a tensor's
    size is no matter of the batch alone."""
    if _hangs_on_data(graph, steady):
        return None
    growth = {}
    for name, found in sizes.bytes_at.items():
        each = found[1] - found[0]
        if any(size != found[0] + each * (batch - 1) for size, batch in zip(found, BATCHES, strict=True)):
            return None
        growth[name] = (found[0] - each, each)
    heights = []
    for batch in SAMPLES:
        at = {name: max(fixed + each * batch, 0) for name, (fixed, each) in growth.items()}
        heights.append(_run(graph, sizes, steady, at))
    per_item = max(0, math.ceil((heights[-1] - heights[0]) / (SAMPLES[-1] - SAMPLES[0])))
    return max(
        0, *(height - per_item * batch for height, batch in zip(heights, SAMPLES, strict=True))
    ), per_item


def _hangs_on_data(graph: Graph, steady: set[str]) -> bool:
    """Whether a shape may be another one with other inputs of the same shapes."""
    by_shape = set(steady)
    for node in graph.nodes:
        if node.operator in _SHAPES or by_shape.issuperset(node.inputs):
            by_shape.update(node.outputs)
        elif node.operator in _BY_DATA:
            return True
    return False


def _run(graph: Graph, sizes: Sizes, steady: set[str], at: dict[str, int]) -> int:
    """Bytes of a run's inputs and of its buffers."""
    varying = {name: size for name, size in at.items() if name not in steady}
    steps: list[Step] = []
    wanted: frozenset[str] = frozenset()
    for _ in range(2):
        layout = Layout(dict(varying), dict(sizes.shapes), sizes.channels, wanted)
        for node in ordered(graph.nodes):
            layout.add(node, [name for name in node.inputs if name not in steady])
        steps, wanted = layout.finish(graph.outputs), frozenset(layout.plain)
    buffers = shared(steps, layout.shapes, sizes.inputs)
    return sum(at[name] for name in sizes.inputs) + packed(buffers, layout.sizes)
