"""What grows while YAML is read: values, and beside them the tree of where each one stands."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Any

from edgewright.errors import FieldPath, Finding


@dataclass(slots=True)
class Reading:
    """Values, the tree of their spans, and what was refused on the way.

    `tree` has the shape of the values: a leaf is the number of its node, a mapping or sequence a
    pair of its number and its children. Node n has four offsets at spans[4n:4n+4]: its key's start
    and end (both -1 where it has none) and its value's; the value of a block mapping or sequence
    has no end of its own, so its start and end are equal.

    `lost` are the paths of values that could not be read, `partial` of those that lack members.
    `quoted` are the spans of texts with a `#` in them; `end` is where reading ended.
    """

    end: int
    value: Any = None
    tree: Any = None
    spans: array[int] = field(default_factory=lambda: array("i"))
    findings: list[Finding] = field(default_factory=list)
    lost: list[FieldPath] = field(default_factory=list)
    partial: list[FieldPath] = field(default_factory=list)
    quoted: list[tuple[int, int]] = field(default_factory=list)


class Level:
    """A mapping or sequence whose end has not come yet.

    `key` waits for its value; `step` leads to the child that came last. `merging` says that the key
    is a merge key, `merged` that the whole level is below one and belongs nowhere.
    """

    __slots__ = (
        "flow",
        "is_mapping",
        "key",
        "key_end",
        "key_start",
        "kids",
        "merged",
        "merging",
        "node",
        "step",
        "values",
    )

    def __init__(self, values: Any, kids: Any, node: int, flow: bool, merged: bool) -> None:
        self.values = values
        self.kids = kids
        self.node = node
        self.flow = flow
        self.merged = merged
        self.merging = False
        self.is_mapping = type(values) is dict
        self.step: Any = None
        self.key: Any = None
        self.key_start = -1
        self.key_end = -1

    @property
    def awaits_key(self) -> bool:
        """Whether the next thing here is a key."""
        return self.is_mapping and self.key is None

    @property
    def drops(self) -> bool:
        """Whether what comes next belongs nowhere."""
        return self.merged or self.merging


def path_of(levels: list[Level]) -> FieldPath:
    """The field that is being read, as far as it is known; the first level is the document itself."""
    if len(levels) == 1:
        return ()
    top = levels[-1]
    step = top.key if top.is_mapping else len(top.kids)
    return tuple(level.step for level in levels[1:-1]) + (() if step is None else (step,))


def torn(levels: list[Level]) -> tuple[list[FieldPath], list[FieldPath]]:
    """What is lost and what is partial where reading ends in the middle.

    The value that came last may have swallowed what was meant to follow it; below an open bracket
    that holds for everything.
    """
    steps = [level.step for level in levels[1:] if level.step is not None]
    opened = next((depth for depth, level in enumerate(levels[1:]) if level.flow), None)
    if opened is None:
        steps += _last_steps(levels[-1])
    partial: list[FieldPath] = [tuple(steps[:depth]) for depth in range(max(len(steps), 1))]
    if opened is not None:
        return [tuple(steps[:opened])], partial
    return [tuple(steps)] if steps else [], partial


def _last_steps(level: Level) -> list[str | int]:
    """The way from a level's last child to the value in it that came last."""
    steps: list[str | int] = []
    value: Any = None
    if level.is_mapping:
        value = level.values.get(level.step)
    elif level.values:
        value = level.values[-1]
    while isinstance(value, (dict, list)) and value:
        step: Any = next(reversed(value)) if isinstance(value, dict) else len(value) - 1
        steps.append(step)
        value = value[step]
    return steps
