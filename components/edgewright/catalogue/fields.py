"""Readers: each turns one value of a catalogue file into a typed one, or notes what is wrong with it.

A reader takes the value, the path to it and the list of findings that it may add to; it gives back
the typed value, or WRONG after it added a finding. Readers never raise.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from edgewright.errors import FieldPath, Finding, path_text


class Wrong:
    """The type of WRONG, what a reader gives back after it noted a finding."""


WRONG: Final = Wrong()
Reader: TypeAlias = Callable[[object, FieldPath, list[Finding]], Any]
EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})

_GREATEST_INTEGER = 2**53  # past it, JSON numbers of other programs are no longer exact


def whole(value: object, path: FieldPath, findings: list[Finding]) -> int | Wrong:
    """The value as a whole number of at least 1."""
    if type(value) is int and 0 < value <= _GREATEST_INTEGER:
        return value
    return wrong_value(value, "a whole number above 0, without a unit", path, findings)


def text(value: object, path: FieldPath, findings: list[Finding]) -> str | Wrong:
    """The value as a text that is not empty."""
    if isinstance(value, str) and value.strip():
        return value
    return wrong_value(value, "a text that is not empty", path, findings)


def flag(value: object, path: FieldPath, findings: list[Finding]) -> bool | Wrong:
    """The value as true or false."""
    if isinstance(value, bool):
        return value
    return wrong_value(value, "true or false", path, findings)


def version(value: object, path: FieldPath, findings: list[Finding]) -> str | Wrong:
    """The value as numbers with dots between them, such as 580.65.06; a text, never a number."""
    if isinstance(value, str) and all(_digits(part) for part in value.split(".")):
        return value
    return wrong_value(
        value, 'a version in quotes: numbers with dots between them, such as "6.2"', path, findings
    )


def one_of(*words: str) -> Reader:
    """A reader of one of these words."""
    expected = "one of " + ", ".join(words)

    def read(value: object, path: FieldPath, findings: list[Finding]) -> str | Wrong:
        if isinstance(value, str) and value in words:
            return value
        return wrong_value(value, expected, path, findings)

    return read


def optional(reader: Reader) -> Reader:
    """A reader that also takes null, as None."""

    def read(value: object, path: FieldPath, findings: list[Finding]) -> Any:
        return None if value is None else reader(value, path, findings)

    return read


def list_of(reader: Reader) -> Reader:
    """A reader of a list with at least one element, none of them twice, as a tuple."""

    def read(value: object, path: FieldPath, findings: list[Finding]) -> tuple[Any, ...] | Wrong:
        if not isinstance(value, list) or not value:
            return wrong_value(value, "a list with at least one element", path, findings)
        read_values = [reader(element, (*path, index), findings) for index, element in enumerate(value)]
        if any(element is WRONG for element in read_values):
            return WRONG
        if len(set(read_values)) < len(read_values):
            return wrong_value(value, "a list that names nothing twice", path, findings)
        return tuple(read_values)

    return read


def mapping_of(reader: Reader) -> Reader:
    """A reader of a mapping from names to what `reader` reads; what is wrong in it is left out."""

    def read(value: object, path: FieldPath, findings: list[Finding]) -> Mapping[str, Any] | Wrong:
        if not isinstance(value, dict) or not all(isinstance(name, str) and name for name in value):
            return wrong_value(value, "a mapping with texts as its keys", path, findings)
        pairs = ((name, reader(element, (*path, name), findings)) for name, element in value.items())
        return MappingProxyType({name: element for name, element in pairs if element is not WRONG})

    return read


def sources(value: object, path: FieldPath, findings: list[Finding]) -> Mapping[str, tuple[str, ...]] | Wrong:
    """The value as sources: a list for the whole entry, or a mapping from field to list."""
    if isinstance(value, list):
        every = _texts(value, path, findings)
        return every if isinstance(every, Wrong) else MappingProxyType({"*": every})
    if isinstance(value, dict) and value:
        by_field: Mapping[str, tuple[str, ...]] | Wrong = mapping_of(_texts)(value, path, findings)
        return by_field
    return wrong_value(value, "a list of sources, or a mapping from a field to its sources", path, findings)


def wrong_value(value: object, expected: str, path: FieldPath, findings: list[Finding]) -> Wrong:
    """WRONG, after noting that the value is not what was expected."""
    named = f"`{path_text(path)}`" if path else "the catalogue"
    findings.append(
        Finding(
            rule="catalogue-wrong-value",
            level="error",
            message=f"{named} is {shown(value)}; expected {expected}",
            remedy=f"write {expected}",
            path=path,
        )
    )
    return WRONG


def shown(value: object) -> str:
    """A value the way a message shows it: short, and by its kind where it is a collection."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, str):
        return json.dumps(value if len(value) <= 40 else f"{value[:39]}…", ensure_ascii=False)
    written = repr(value) if not isinstance(value, int) or abs(value) < 10**20 else "a huge number"
    return written if len(written) <= 40 else f"{written[:39]}…"


def _digits(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) <= 9


_texts = list_of(text)
