"""Plain values of fleet.lock ⇒ what they have to be, or the finding that they are not.

Each reader raises TypeError or ValueError for another value; `tried` makes None of that.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any, TypeVar

from edgewright.artifact.oci import is_digest
from edgewright.document.document import Document
from edgewright.errors import FieldPath, Finding

_T = TypeVar("_T")


def tried(read: Callable[[Any], _T], value: Any) -> _T | None:
    """What was read; None where the value has another shape."""
    try:
        return read(value)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def a_list(value: Any) -> list[Any]:
    """The list."""
    if not isinstance(value, list):
        raise TypeError("no list")
    return value


def a_text(value: Any) -> str:
    """The text."""
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def a_flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value


def a_path(value: Any) -> str:
    """A path below the fleet's folder."""
    path = PurePosixPath(a_text(value))
    if path.is_absolute() or ".." in path.parts or "\0" in value:
        raise ValueError("not below the folder")
    return str(value)


def a_whole(value: Any, least: int = 0) -> int:
    """A whole number of at least so many."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("no whole number")
    if value < least:
        raise ValueError("too small")
    return value


def a_digest(value: Any) -> str:
    """A digest, `sha256:…`."""
    if not is_digest(value):
        raise ValueError("no digest")
    return value


def unreadable(document: Document, path: FieldPath, message: str) -> Finding:
    """That what stands at a path of fleet.lock is not what has to."""
    return Finding(
        rule="lock-unreadable",
        level="error",
        message=message,
        remedy="run `edgewright lock` to write it anew",
        path=path,
        place=document.place(path),
        waivable=False,
    )
