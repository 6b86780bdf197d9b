"""What differs between two renderings, object by object and field by field.

    for change in difference([("a.yaml", {…}), …], [("a.yaml", {…}), …]):
        print(*explain(change), sep="\\n")          # explanation.py

Formatting, comments and the order of keys never count. Where all items of a list have a `name` of their
own (containers, env, volumes, ports), they are compared by it; JSON in a ConfigMap by what it says; and
an object that is in another file now has moved and is not another object.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import zip_longest
from typing import Any, Literal, TypeAlias

Located: TypeAlias = tuple[str, dict[str, Any]]
"""An object and the path of the file that it is in."""


class Absent(Enum):
    """The value of a field that is not there, which is not the same as null."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent.ABSENT


class Through(Enum):
    """A step of a path that is neither a key nor an index."""

    JSON = "json"
    """Into the JSON that a text holds."""

    ORDER = "order"
    """To the names of a list's items, in their order."""


@dataclass(frozen=True, slots=True)
class Named:
    """The step to the one item of a list that has this `name`."""

    name: str


Step: TypeAlias = str | int | Named | Through


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field and its two values; one is ABSENT where the field was added or removed.

    Items of a list without names are counted from 0: in the old list where there was one before, in the
    new list where one was added.
    """

    path: tuple[Step, ...]
    old: Any
    new: Any


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """What makes two objects one and the same to a cluster. A new version of an API is no new object."""

    group: str
    kind: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one object: the files it was and is in, and, where it changed, its fields.

    An object that changed and moved is `changed`; its two paths say the rest.
    """

    kind: Literal["added", "removed", "changed", "moved"]
    identity: Identity
    old_path: str | None
    new_path: str | None
    fields: tuple[FieldChange, ...] = ()


def difference(old: Sequence[Located], new: Sequence[Located]) -> list[Change]:
    """The changes that make `old` into `new`, in the order of files, then of objects; empty if none.

    An object may be in several files (a namespace of each device class): then those in the same file
    are compared, after them those that are equal, and the rest as they come.
    """
    both: defaultdict[Identity, tuple[list[Located], list[Located]]] = defaultdict(lambda: ([], []))
    for side, objects in enumerate((old, new)):
        for path, body in objects:
            both[_identity(path, body)][side].append((path, body))
    changes = [
        change
        for identity, (before, after) in both.items()
        for was, now in _pairs(before, after)
        if (change := _change(identity, was, now))
    ]
    return sorted(changes, key=lambda change: (change.new_path or change.old_path or "", change.identity))


def _identity(path: str, body: dict[str, Any]) -> Identity:
    """Who an object is; what is no Kubernetes object is known by its file."""
    metadata = body.get("metadata")
    names = metadata if isinstance(metadata, dict) else {}
    version, kind, name = body.get("apiVersion"), body.get("kind"), names.get("name")
    if not (isinstance(version, str) and isinstance(kind, str) and isinstance(name, str)):
        return Identity("", "", "", path)
    namespace = names.get("namespace")
    group = version.rpartition("/")[0]
    return Identity(group, kind, namespace if isinstance(namespace, str) else "", name)


def _pairs(old: list[Located], new: list[Located]) -> Iterator[tuple[Located | None, Located | None]]:
    """Each old object with the new one that it became; None where there is none."""
    for key in (_file, _content):
        pairs, old, new = _matched(key, old, new)
        yield from pairs
    yield from zip_longest(sorted(old, key=_file), sorted(new, key=_file))


def _matched(
    key: Callable[[Located], str], old: list[Located], new: list[Located]
) -> tuple[list[tuple[Located, Located]], list[Located], list[Located]]:
    """Pairs with the same key, and what of old and new is left."""
    if not (old and new):
        return [], old, new
    waiting: defaultdict[str, deque[Located]] = defaultdict(deque)
    for located in new:
        waiting[key(located)].append(located)
    pairs, left = [], []
    for located in old:
        candidates = waiting[key(located)]
        if candidates:
            pairs.append((located, candidates.popleft()))
        else:
            left.append(located)
    return pairs, left, [located for candidates in waiting.values() for located in candidates]


def _file(located: Located) -> str:
    return located[0]


def _content(located: Located) -> str:
    try:
        return json.dumps(located[1], sort_keys=True, default=repr)
    except (TypeError, ValueError, RecursionError):
        return ""  # no JSON: paired by its file or by its turn


def _change(identity: Identity, was: Located | None, now: Located | None) -> Change | None:
    if was is None or now is None:
        located = was or now
        kind: Literal["added", "removed"] = "removed" if was else "added"
        return Change(kind, identity, was and was[0], now and now[0]) if located else None
    fields = tuple(_fields(was[1], now[1], identity.kind == "ConfigMap"))
    if fields:
        return Change("changed", identity, was[0], now[0], fields)
    return Change("moved", identity, was[0], now[0]) if was[0] != now[0] else None


def _fields(old: Any, new: Any, with_text: bool) -> Iterator[FieldChange]:
    """The fields that differ, in the order of keys; `with_text` looks into the JSON that `data` holds."""
    waiting: list[tuple[tuple[Step, ...], Any, Any]] = [((), old, new)]
    while waiting:
        path, was, now = waiting.pop()
        if was is now or (type(was) is str and was == now):
            continue
        parts = _parts(was, now, with_text and len(path) == 2 and path[0] == "data")
        if parts is not None:
            waiting.extend(((*path, step), *values) for step, *values in reversed(parts))
        elif not _same(was, now):
            yield FieldChange(path, was, now)


Part: TypeAlias = tuple[Step, Any, Any]


def _parts(old: Any, new: Any, is_text: bool) -> list[Part] | None:
    """What two values are compared by; None if only as a whole."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [(key, old.get(key, ABSENT), new.get(key, ABSENT)) for key in sorted({**old, **new}, key=str)]
    if isinstance(old, list) and isinstance(new, list):
        before, after = _names(old), _names(new)
        return _positions(old, new) if before is None or after is None else _named(before, after)
    if is_text:
        was, now = _embedded(old), _embedded(new)
        return None if was is None or now is None else [(Through.JSON, was, now)]
    return None


def _names(items: list[Any]) -> dict[str, Any] | None:
    """The items by their names; None if not each has one of its own."""
    named = {}
    for item in items:
        name = item.get("name") if isinstance(item, dict) else None
        if not isinstance(name, str) or name in named:
            return None
        named[name] = item
    return named


def _named(old: dict[str, Any], new: dict[str, Any]) -> list[Part]:
    parts: list[Part] = [
        (Named(name), old.get(name, ABSENT), new.get(name, ABSENT)) for name in {**old, **new}
    ]
    kept = [name for name in old if name in new]
    if kept + [name for name in new if name not in old] != list(new):
        parts.append((Through.ORDER, tuple(old), tuple(new)))
    return parts


def _positions(old: list[Any], new: list[Any]) -> list[Part]:
    """Items without names by their place, from both ends; what is over in the middle came or went."""
    shorter = min(len(old), len(new))
    start = next((at for at in range(shorter) if not _alike(old[at], new[at])), shorter)
    ends = range(shorter - start)
    end = next((at for at in ends if not _alike(old[-1 - at], new[-1 - at])), shorter - start)
    both = shorter - end
    parts: list[Part] = [(at, old[at], new[at]) for at in range(both)]
    parts += [(at, old[at], ABSENT) for at in range(both, len(old) - end)]
    parts += [(at, ABSENT, new[at]) for at in range(both, len(new) - end)]
    parts += [(len(old) - at, old[-at], new[-at]) for at in range(end, 0, -1)]
    return parts


def _alike(one: Any, other: Any) -> bool:
    """A quick guess that only decides which items are compared with one another."""
    try:
        return bool(one == other)
    except RecursionError:
        return False


def _embedded(text: Any) -> Any:
    """The mapping or list that a text holds as JSON; None for any other."""
    if not isinstance(text, str) or text.lstrip()[:1] not in {"{", "["}:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _same(one: Any, other: Any) -> bool:
    """Whether two values that have no parts in common are equal: 1 is 1.0 but not true; NaN is NaN."""
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    return bool(one == other or (one != one and other != other))
