"""How far bytes have got, as a bar in the one line of the terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

_CELLS: Final = 24
_PAUSE: Final = 0.1  # seconds between two drawings: nobody reads faster
_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB")


def bytes_text(count: float) -> str:
    """A number of bytes as people read it: `812 B`, `1.5 MiB`."""
    for unit in _UNITS:
        if count < 1024 or unit == _UNITS[-1]:
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    raise AssertionError


@dataclass
class Travelling:
    """Counts bytes that several threads report, and tells now and then how many of `total` there are.

    `clock` gives seconds, of which only differences count.
    """

    told: Callable[[str], None]
    total: int
    clock: Callable[[], float] = time.monotonic
    travelled: int = 0
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._began = self._drawn = self.clock()

    def __call__(self, count: int) -> None:
        """Some more bytes have travelled."""
        with self._lock:
            self.travelled += count
            now = self.clock()
            if now - self._drawn >= _PAUSE:
                self._drawn = now
                self.told(self.line(now - self._began))

    def line(self, seconds: float) -> str:
        """The bar, the bytes and the rate over all of the time."""
        share = min(self.travelled / self.total, 1) if self.total else 1
        full = int(share * _CELLS)
        bar = "#" * full + "." * (_CELLS - full)
        rate = bytes_text(self.travelled / seconds) if seconds > 0 else "-"
        return f"[{bar}] {bytes_text(self.travelled)} of {bytes_text(self.total)}, {rate}/s"
