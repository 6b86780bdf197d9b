"""Bounds that a process sets itself."""

from __future__ import annotations

import resource
from contextlib import suppress


def bound(kind: int, most: int) -> None:
    """Let this process have no more than `most` of a resource (`resource.RLIMIT_…`), in that one's unit."""
    with suppress(OSError, ValueError):  # a tighter bound is set already, or the system has no such bound
        resource.setrlimit(kind, (most, most))
