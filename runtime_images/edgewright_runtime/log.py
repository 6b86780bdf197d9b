"""What the server says of itself: one line of JSON on standard output for each event, never what was sent to it."""

from __future__ import annotations

import json
import logging
import os
from threading import Lock
from time import gmtime, monotonic, strftime, time_ns
from typing import Any, Final

from edgewright_runtime.record import Record

_AT_MOST: Final = 50
"""Lines a second: an error is always told, but a flood of them must not wear out a device's disk."""

_MILLION: Final = 1_000_000


class Log:
    """Lines to a file descriptor. `sample` of a million requests that went well are told, evenly spread."""

    def __init__(self, sample: int = 0, out: int = 1) -> None:
        self._sample = sample
        self._out = out
        self._due = 0
        self._lock = Lock()
        self._second = 0
        self._lines = 0

    def event(self, event: str, level: str = "info", **values: Any) -> None:
        """Something that is told whenever it happens."""
        left_out = self._allowed()
        if left_out is None:
            return
        if left_out:
            self._write("lines-left-out", "warning", {"lines": left_out})
        self._write(event, level, values)

    def request(self, record: Record) -> None:
        """A request that is over: always where it went wrong, and otherwise as often as the sample says."""
        if record.status < 400:
            self._due += self._sample
            if self._due < _MILLION:
                return
            self._due -= _MILLION
            self._write("request", "info", record.values)
        else:
            self.event("request", "error" if record.status >= 500 else "warning", **record.values)

    def _allowed(self) -> int | None:
        """How many lines the last second left out; None where this one has had enough of them."""
        with self._lock:
            second, left_out = int(monotonic()), 0
            if second != self._second:
                left_out = max(0, self._lines - _AT_MOST)
                self._second, self._lines = second, 0
            self._lines += 1
            return left_out if self._lines <= _AT_MOST else None

    def _write(self, event: str, level: str, values: dict[str, Any]) -> None:
        now = time_ns() // _MILLION
        stamp = f"{strftime('%Y-%m-%dT%H:%M:%S', gmtime(now // 1000))}.{now % 1000:03}Z"
        line = json.dumps({"time": stamp, "level": level, "event": event, **values}, separators=(",", ":"))
        try:
            os.write(self._out, f"{line}\n".encode())  # one call: lines of several threads stay whole
        except OSError:  # nobody listens any more: no reason to stop answering
            return


class Lines(logging.Handler):
    """What libraries log, as lines of the same form."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """One line; a traceback is told by its last line."""
        message = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            message = f"{message.splitlines()[0] if message else ''} {record.exc_info[1]!r}"
        self._log.event(
            "library", record.levelname.lower(), logger=record.name, message=" ".join(message.split())[:500]
        )
