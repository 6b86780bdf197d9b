"""How ONNX Runtime's CPU provider lays the tensors of a run out in memory, and how much that takes.

Three things of the runtime's are done as it does them: the order of the steps, the copies where a blocked
layout of images begins and ends, and the greedy packing of buffers by their lives.
Sources, all of ONNX Runtime: ReverseDFSFrom in core/graph/graph.cc, core/optimizer/nchwc_transformer.cc,
core/framework/mem_pattern_planner.h.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from edgewright.workshop.graph import Node

BLOCK = 16
"""Channels that the blocked layout keeps together on processors with AVX-512; 8 on others."""

_VIEWS = ("Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity", "Dropout")
_FUSED = ("BatchNormalization", "Relu", "Clip", "Sigmoid", "Tanh", "LeakyRelu", "HardSigmoid")
_POOLS = ("MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool")
_IN_PLACE = (
    *(
        "Abs",
        "Add",
        "Cast",
        "Ceil",
        "Clip",
        "Cos",
        "Div",
        "Elu",
        "Erf",
        "Exp",
        "Floor",
        "Gelu",
        "HardSigmoid",
    ),
    *(
        "HardSwish",
        "LeakyRelu",
        "Log",
        "LogSoftmax",
        "Mul",
        "Neg",
        "Not",
        "Pow",
        "Reciprocal",
        "Relu",
        "Round",
    ),
    *("Selu", "Sigmoid", "Sin", "Softmax", "Softplus", "Softsign", "Sqrt", "Sub", "Tanh"),
)
_JOINED = ("Add", "Sum", "Mul", "Concat")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a run: the tensors that it reads and writes, views of others already taken for those."""

    reads: tuple[str, ...]
    writes: tuple[str, ...]
    in_place: bool = False


def ordered(nodes: Sequence[Node]) -> list[Node]:
    """The nodes in the order in which the runtime takes them: depth first, from the last to their inputs."""
    maker = {name: index for index, node in enumerate(nodes) for name in node.outputs if name}
    before = [sorted({maker[name] for name in node.inputs if name in maker}) for node in nodes]
    used = {index for inputs in before for index in inputs}
    stack = [(index, False) for index in range(len(nodes)) if index not in used]
    order, visited = [], set()
    while stack:
        index, leaving = stack.pop()
        if leaving:
            order.append(nodes[index])
        elif index not in visited:
            visited.add(index)
            stack.append((index, True))
            stack.extend((each, False) for each in before[index] if each not in visited)
    return order


@dataclass(slots=True)
class Layout:
    """Steps with the copies between the plain and the blocked layout put in, and the sizes of the copies.

    `channels` has how many channels an image's tensor has; only tensors of images are in it. `wanted` are
    those whose plain form somebody will ask for, as a pass before has found out: it is made at once.
    """

    sizes: dict[str, int]
    shapes: dict[str, object]
    channels: Mapping[str, int]
    wanted: frozenset[str] = frozenset()
    source: dict[str, str] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)
    plain: set[str] = field(default_factory=set)
    steps: list[Step] = field(default_factory=list)

    def root(self, name: str) -> str:
        """The tensor whose memory a name stands for."""
        while name in self.source:
            name = self.source[name]
        return name

    def add(self, node: Node, read: Sequence[str]) -> None:
        """One node; `read` are those of its inputs that are no constants."""
        written = tuple(name for name in node.outputs if name in self.sizes)
        if not written:
            return
        first = self.blocked.get(self.root(read[0])) if read else None
        if read and (node.operator == "Conv" or (node.operator in _POOLS and self._wide(read[0]))):
            self._blocked([self._entered(read[0])], written[0])
        elif first and node.operator in _FUSED:
            self.source[written[0]] = self.root(read[0])
        elif first and node.operator in _JOINED and self._all_blocked(node, read):
            self._blocked([self.blocked[self.root(name)] for name in read], written[0])
        elif node.operator in _VIEWS and read:
            self.source[written[0]] = self._plain(read[0])
        else:
            names = tuple(self._plain(name) for name in read)
            self.steps.append(Step(names, written, node.operator in _IN_PLACE))

    def _all_blocked(self, node: Node, read: Sequence[str]) -> bool:
        names = [self.root(name) for name in read]
        aligned = all(self.channels.get(name, 1) % BLOCK == 0 for name in names)
        return all(name in self.blocked for name in names) and (node.operator != "Concat" or aligned)

    def _blocked(self, read: Sequence[str], written: str) -> None:
        """A step whose result is blocked; its plain form is made when somebody asks for it."""
        channels = self.channels.get(written, BLOCK)
        name = f"{written}/blocked"
        self.sizes[name] = self.sizes[written] * -(-channels // BLOCK) * BLOCK // max(channels, 1)
        self.shapes[name] = ("blocked", self.shapes.get(written))
        self.blocked[written] = name
        self.steps.append(Step(tuple(read), (name,)))
        if written in self.wanted:
            self._plain(written)

    def _wide(self, name: str) -> bool:
        """Whether an image has enough channels for the blocked layout, or is in it."""
        root = self.root(name)
        return root in self.blocked or self.channels.get(root, 0) >= BLOCK

    def _entered(self, name: str) -> str:
        """What a convolution reads: a blocked tensor, a copy of a plain one, or one of few channels itself."""
        root = self.root(name)
        if root not in self.blocked and self._wide(name):
            self.blocked[root] = f"{root}/blocked"
            self.sizes[self.blocked[root]] = self.sizes[root]
            self.shapes[self.blocked[root]] = ("blocked", self.shapes.get(root))
            self.plain.add(root)
            self.steps.append(Step((root,), (self.blocked[root],)))
        return self.blocked.get(root, root)

    def _plain(self, name: str) -> str:
        root = self.root(name)
        if root in self.blocked and root not in self.plain:
            self.plain.add(root)
            self.steps.append(Step((self.blocked[root],), (root,)))
        return root

    def finish(self, outputs: Iterable[str]) -> list[Step]:
        """All steps, the results of the model in the plain layout at the end."""
        ends = tuple(self._plain(name) for name in outputs if self.root(name) in self.sizes)
        return [*self.steps, Step(ends, ())]


def shared(steps: Sequence[Step], shapes: Mapping[str, object], given: Collection[str]) -> list[Step]:
    """The same steps with buffers in place of tensors: a dead buffer is taken by the next tensor of its
    shape, however much later that comes, and is kept until then. Inputs (`given`) and results have their own.
    """
    ends = set(steps[-1].reads) if steps else set()
    last = {name: index for index, step in enumerate(steps) for name in (*step.writes, *step.reads)}
    buffer: dict[str, str] = {}
    free: list[str] = []
    out = []
    for index, step in enumerate(steps):
        dying = {name for name in step.reads if last[name] == index} - set(given)
        for name in step.writes:
            buffer[name] = name if name in ends else _buffer_for(name, step, dying, shapes, buffer, free)
        reads, writes = ([buffer.get(name, name) for name in names] for names in (step.reads, step.writes))
        out.append(Step(tuple(reads), tuple(writes)))
        ended = dying | {name for name in step.writes if last[name] == index}
        kept = {buffer[name] for name in step.writes if name not in ended}
        free[:0] = sorted({buffer.get(name, name) for name in ended - ends} - kept)
    return out


def _buffer_for(
    name: str,
    step: Step,
    dying: set[str],
    shapes: Mapping[str, object],
    buffer: dict[str, str],
    free: list[str],
) -> str:
    """What a result is written into: a buffer that dies with this step, one that is free, or one of its own."""
    shape = shapes.get(name)
    if step.in_place:
        for read in step.reads:
            if read in dying and shapes.get(read) == shape:
                return buffer.get(read, read)
    found = next((each for each in free if shapes.get(each) == shape), None)
    if found is None:
        return name
    free.remove(found)
    return found


def packed(steps: Sequence[Step], sizes: Mapping[str, int]) -> int:
    """Bytes that the buffers of a run take, each put where the least is wasted at the time."""
    last = {name: index for index, step in enumerate(steps) for name in (*step.writes, *step.reads)}
    blocks: dict[str, tuple[int, int]] = {}
    height = 0
    for index, step in enumerate(steps):
        for name in step.writes:
            if name not in blocks:
                size = -(-sizes[name] // 256) * 256
                start = _best_gap(sorted(blocks.values()), size)
                blocks[name] = (start, size)
                height = max(height, start + size)
        for name in {*step.reads, *step.writes}:
            if last[name] == index:
                blocks.pop(name, None)
    return height


def _best_gap(taken: Sequence[tuple[int, int]], size: int) -> int:
    """Where a buffer goes: into the tightest gap between others, else behind them all."""
    wasted = at = None
    end = 0
    for start, length in taken:
        if start - end >= size and (wasted is None or start - end - size < wasted):
            wasted, at = start - end - size, end
        end = max(end, start + length)
    return end if at is None else at
