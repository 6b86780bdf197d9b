"""The paths that a fleet names, out of its plain values: what is broken beside them does not matter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from edgewright.errors import FieldPath


def named_paths(values: Mapping[str, Any], fields: Sequence[FieldPath]) -> Iterator[tuple[str, FieldPath]]:
    """Each path that can be one, with its field; of those that cannot, that is told already.

    In `fields`, 0 stands for every index and `*` for every name.
    """
    from pydantic_core import PydanticCustomError

    from edgewright.fleet.part import local_path

    for field in fields:
        for path, value in _at(values, field):
            if isinstance(value, str):
                with suppress(PydanticCustomError):
                    yield local_path(value), path


def _at(value: Any, field: FieldPath, path: FieldPath = ()) -> Iterator[tuple[FieldPath, Any]]:
    """What stands at a field, wherever the values have the shape for it."""
    if not field:
        yield path, value
        return
    step, *rest = field
    inner: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, (list, tuple)) and step == 0:
        inner = enumerate(value)
    elif isinstance(value, dict) and isinstance(step, str):
        inner = value.items() if step == "*" else [(step, value[step])] if step in value else []
    for name, each in inner:
        yield from _at(each, tuple(rest), (*path, name))
