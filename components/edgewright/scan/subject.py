"""What a rule looks at, and what it says.

Rules are given whatever was rendered, whether its shape is right or not: the schemas say that a mapping
stands where a list belongs, and every other rule then sees an empty list. That is what `mapping`,
`mapping_at`, `entries` and `text` are for.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from edgewright.errors import FieldPath, Finding, Note, path_text

_LONGEST = 60
_BIGGEST = 2**63
_NAMED = 6


@dataclass(frozen=True, slots=True)
class Subject:
    """A rendered object and the field of the fleet that it comes from."""

    api_version: str
    kind: str
    namespace: str
    name: str
    body: dict[str, Any]
    metadata: dict[str, Any]
    spec: dict[str, Any]
    origin: FieldPath
    minor: int
    """Of the cluster's Kubernetes: 36 for 1.36."""

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule found at a path inside an object; `message` completes the sentence that the path begins."""

    rule: str
    at: FieldPath
    message: str
    remedy: str
    notes: tuple[Note, ...] = ()


def finding(subject: Subject, problem: Problem) -> Finding:
    """The problem as a Finding: an error at the object's origin."""
    where = f"{subject}, {path_text(problem.at)}" if problem.at else str(subject)
    message = f"{where}: {problem.message}"
    return Finding(problem.rule, "error", message, problem.remedy, subject.origin, notes=problem.notes)


def mapping(value: object) -> dict[str, Any]:
    """The mapping itself; an empty one where something else stands."""
    return value if isinstance(value, dict) else {}


def mapping_at(value: object, *path: str) -> dict[str, Any]:
    """The mapping at `path` below `value`; an empty one where something else stands, or nothing."""
    for step in path:
        if not isinstance(value, dict):
            return {}
        value = value.get(step)
    return value if isinstance(value, dict) else {}


def entries(value: object) -> Sequence[tuple[int, dict[str, Any]]]:
    """Index and entry of each mapping in a list; nothing where something else stands."""
    if not isinstance(value, list):
        return ()
    return [(index, entry) for index, entry in enumerate(value) if isinstance(entry, dict)]


def texts(value: object) -> Sequence[tuple[int, str]]:
    """Index and entry of each string in a list; nothing where something else stands."""
    if not isinstance(value, list):
        return ()
    return [(index, entry) for index, entry in enumerate(value) if isinstance(entry, str)]


def pairs(value: object) -> Sequence[tuple[str, Any]]:
    """Key and value of a mapping, where the key is a string; nothing where something else stands."""
    if not isinstance(value, dict):
        return ()
    return [(key, entry) for key, entry in value.items() if isinstance(key, str)]


def text(value: object) -> str:
    """The string itself; an empty one where something else stands."""
    return value if isinstance(value, str) else ""


def number(value: object) -> int | None:
    """The integer itself; nothing where something else stands, true and false among it.

    Beyond 64 bits it is cut: Python refuses to print integers of thousands of digits.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return max(-_BIGGEST, min(value, _BIGGEST))
    return None


def shown(value: object) -> str:
    """A value as a message quotes it: as JSON, on one line, cut where it is long."""
    try:
        written = json.dumps(value, ensure_ascii=False, default=repr)
    except (TypeError, ValueError, RecursionError):
        written = type(value).__name__
    return written if len(written) <= _LONGEST else written[: _LONGEST - 1] + "…"


def some(names: Sequence[str], like: str) -> str:
    """What to choose from: the name most like the one asked for, or the first few of all."""
    from difflib import get_close_matches

    near = get_close_matches(like[:_LONGEST], names[:1000], n=1)
    if near:
        return near[0]
    more = len(names) - _NAMED
    return listed([*names[:_NAMED], *([f"{more} more"] if more > 0 else [])])


def listed(values: list[str], last: str = "or") -> str:
    """`a, b or c`."""
    return f"{', '.join(values[:-1])} {last} {values[-1]}" if len(values) > 1 else "".join(values)
