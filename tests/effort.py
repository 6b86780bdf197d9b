"""How much work a call is, counted: seconds depend on the machine and on who else uses it, lines do not."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


class TooMuchWork(AssertionError):
    """A call ran more lines than it was given."""


def lines_run(call: Callable[[], object], most: int) -> int:
    """How many lines of Python the call runs on this thread, what it calls included; what C does is not seen.

    Raises TooMuchWork as soon as there are more than `most`, so that what would take an hour fails at once.
    """
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        if count > most:
            raise TooMuchWork(f"more than {most:,} lines were run")
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count
