"""The difference between two renderings, in lines for a reader: `for line in explain(change): …`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from edgewright.errors import path_text
from edgewright.scan.difference import ABSENT, Change, FieldChange, Named, Step, Through

_WIDTH = 60  # characters of a value that are shown


def explain(change: Change) -> list[str]:
    """A change as lines of plain text: what it is, then one line for each field. Values are cut short."""
    secret = change.identity.kind == "Secret"
    return [_headline(change), *(f"  {_field_line(field, secret)}" for field in change.fields)]


def _headline(change: Change) -> str:
    who, old, new = change.identity, change.old_path, change.new_path
    if old and new and old != new:
        where = f"{', moved' * (change.kind != 'moved')} from {old} to {new}"
    elif not who.kind:
        where = ""
    else:
        where = f" from {old}" if change.kind == "removed" else f" in {new}"
    foreign_group = f".{who.group}" if "." in who.group and not who.group.endswith(".k8s.io") else ""
    named = f"{who.kind}{foreign_group} {'/'.join(filter(None, (who.namespace, who.name)))}".strip()
    return _printable(f"{change.kind} {named}{where}")


def _field_line(field: FieldChange, secret: bool) -> str:
    path = _printable(step_text(field.path))
    if secret and field.path[0] in ("data", "stringData"):
        return f"{path}: changed (not shown)"
    if field.old is ABSENT:
        return f"{path}: {_shown(field.new)} added"
    if field.new is ABSENT:
        return f"{path}: {_shown(field.old)} removed"
    if isinstance(field.old, str) and isinstance(field.new, str):
        return f"{path}: {_texts(field.old, field.new)}"
    return f"{path}: {_shown(field.old)} → {_shown(field.new)}"


def step_text(path: Iterable[Step]) -> str:
    """A field's path in one line: `data["server.json"]:tiers[0]`, `containers[name=server].image`."""
    out = ""
    for step in path:
        if isinstance(step, Through):
            out += ":" if step is Through.JSON else " in order"
            continue
        piece = f"[name={step.name}]" if isinstance(step, Named) else path_text((step,))
        out += f".{piece}" if out and out[-1] != ":" and piece[0] != "[" else piece
    return out


def _texts(old: str, new: str) -> str:
    """Two texts around where they begin to differ, and in which line that is if there are several."""
    both = min(len(old), len(new))
    at = next((at for at in range(both) if old[at] != new[at]), both)
    line = old.count("\n", 0, at) + 1
    where = f"line {line}: " if "\n" in old or "\n" in new else ""
    start = max(at - _WIDTH // 3, 0) if max(len(old), len(new)) > _WIDTH else 0
    return f"{where}{_shown(old[start:], start)} → {_shown(new[start:], start)}"


def _shown(value: Any, start: int = 0) -> str:
    """A value as JSON, cut short; `start` says how much of a text was left out before it."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)
    cut = text[:_WIDTH]
    if isinstance(value, str):
        cut = json.dumps(cut, ensure_ascii=False)
    return _printable("…" * bool(start) + cut + "…" * (len(text) > _WIDTH))


def _printable(text: str) -> str:
    """The text without what would steer a terminal."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
