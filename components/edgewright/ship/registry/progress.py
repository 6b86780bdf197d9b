"""How far a blob is: told once for each byte, however often it has to travel."""

from __future__ import annotations

from collections.abc import Callable


class Progress:
    """Tells `told` how many bytes more have travelled than ever before."""

    def __init__(self, told: Callable[[int], object]) -> None:
        self._told = told
        self.furthest = 0

    def begins_at(self, offset: int) -> None:
        """What was there before did not travel now."""
        self.furthest = max(self.furthest, offset)

    def reached(self, offset: int) -> None:
        """The first `offset` bytes are there."""
        if offset > self.furthest:
            more, self.furthest = offset - self.furthest, offset
            self._told(more)
