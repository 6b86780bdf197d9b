"""A field that nobody knows ⇒ which one was meant, or where it belongs."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from pydantic import BaseModel

from edgewright.errors import FieldPath, Finding
from edgewright.fleet.fields import fields_of, is_mapping, part_at, part_of, walk
from edgewright.fleet.fleet import Fleet
from edgewright.fleet.wording import strange, subject
from edgewright.fleet.words import Words, sure


class Vocabulary(dict[type[BaseModel], Words]):
    """Part of a fleet ⇒ the names of its fields. One for each reading: Words guesses a bounded number of times."""

    def __missing__(self, part: type[BaseModel]) -> Words:
        self[part] = words = Words(fields_of(part))
        return words


def has(value: Any, path: FieldPath) -> bool:
    """Whether something is written at the path."""
    for step in path:
        if isinstance(value, list) and isinstance(step, int):
            found = 0 <= step < len(value)
        else:
            found = isinstance(value, dict) and step in value
        if not found:
            return False
        value = value[step]
    return True


def unknown_field(path: FieldPath, meant: str | None) -> Finding:
    """The finding for a field that nobody knows."""
    part, word = part_at(Fleet, path[:-1]), str(path[-1])
    message = f"{subject(path[:-1])} has no field `{word[:60]}`{strange(word)}"
    remedy, replacement = _where(word, part), None
    if meant:
        message += f"; did you mean `{meant}`?"
        remedy, replacement = f"write `{meant}`", meant if sure(word, meant) else None
    return Finding(
        "unknown-field", "error", message, remedy, path, on_key=True, replacement=replacement, waivable=False
    )


@cache
def _places() -> dict[str, list[str]]:
    """Every field's name ⇒ where in a fleet it stands."""
    places: dict[str, list[str]] = {}
    for path, _ in walk(Fleet):
        text = ".".join(step for step in path if isinstance(step, str))
        places.setdefault(str(path[-1]), []).append(text)
    return places


def meant_by(path: FieldPath, value: Any, vocabulary: Vocabulary) -> str | None:
    """The field that was meant by one that nobody knows; None where none is near, or it is there already.

    Of several that are equally near, one that must not be missing is meant.
    """
    part = part_at(Fleet, path[:-1])
    if part is None:
        return None
    fields = fields_of(part)
    free = [name for name in vocabulary[part].near(str(path[-1])) if not has(value, (*path[:-1], name))]
    return min(free, key=lambda name: not fields[name].is_required(), default=None)


@lru_cache(1000)
def _where(word: str, part: type[BaseModel] | None) -> str:
    """What to do about a field that is not known here."""
    fields = fields_of(part) if part else {}
    for name, field in fields.items():
        kid = part_of(field.annotation)
        if kid and not is_mapping(field.annotation) and word in fields_of(kid):
            return f"write it below `{name}`"
    elsewhere = {place.rpartition(".")[0] or "the fleet" for place in _places().get(word, ())}
    more = f" (`{word}` is a field of {' and '.join(sorted(elsewhere))})" if 0 < len(elsewhere) <= 2 else ""
    return f"remove it; the fields here are {', '.join(sorted(fields))}{more}"
