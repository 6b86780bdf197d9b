"""How those who work side by side end together: where one cannot go on, the others stop at their next piece."""

from __future__ import annotations

import threading
import time
from contextvars import ContextVar
from typing import Final

SIGNS: Final[ContextVar[tuple[threading.Event, ...]]] = ContextVar("signs", default=())
"""What somebody who works looks at: the sign of those beside him, and of those whom they all work for."""

_NAP: Final = 0.2


class Stopped(Exception):
    """Somebody else of the same work cannot go on, so nobody does."""


def check() -> None:
    """Raise Stopped where the work is to end."""
    if any(sign.is_set() for sign in SIGNS.get()):
        raise Stopped


def pause(seconds: float) -> None:
    """Wait, but not where the work is to end: that raises Stopped."""
    end = time.monotonic() + seconds
    check()
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, _NAP))
        check()
