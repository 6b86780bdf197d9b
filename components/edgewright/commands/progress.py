"""What is being done, in one line of the terminal that is gone afterwards; nothing where no terminal is."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_CLEAR = "\r\x1b[2K"


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A function that shows a line on standard error in place of the one before; at the end it is gone."""
    stream = sys.stderr
    if stream is None or not stream.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda _what: None
        return

    def show(line: str) -> None:
        with suppress(OSError, ValueError):  # a terminal that has gone is no reason to stop
            stream.write(line)
            stream.flush()

    def told(what: str) -> None:
        from edgewright.commands.printers.visible import visible

        room = shutil.get_terminal_size((100, 24)).columns - 3
        show(f"{_CLEAR}{visible(what)[: max(room, 10)]} …")

    try:
        yield told
    finally:
        show(_CLEAR)
