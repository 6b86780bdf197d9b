"""How much of what was sent lies in memory at once, from when it comes until it is answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from edgewright_runtime.protocol.fault import RequestFault


class Room:
    """Bytes of all requests together that are under way. Lives in one event loop."""

    def __init__(self, size: int) -> None:
        """`size` is how many bytes there may be."""
        self._left = size

    def take(self, size: int) -> None:
        """So many bytes more. Raises RequestFault (429) where there is no room for them."""
        if size > self._left:
            raise RequestFault("as much as fits into memory is being answered already", 429, 1)
        self._left -= size

    def give(self, size: int) -> None:
        """So many bytes less."""
        self._left += size

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """While so many bytes lie there. Raises RequestFault (429)."""
        self.take(size)
        try:
            yield
        finally:
            self.give(size)
