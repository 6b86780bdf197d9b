"""The body of a request, which comes in while its head is looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import numpy as np

from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.room import Room

_ALIGNED: Final = 16
"""Bytes by which the first tensor is aligned, as everything is that malloc gives: more than any datatype asks for."""
_NOTHING: Final = memoryview(b"")


class Body:
    """A body of at most `most` bytes; `length` is None where it is not told before.

    It lies in `room` until it is released. Of what is larger, finds no room or is not wanted any more, nothing is
    kept. `wanted` is called when somebody waits for it. The first tensor begins behind `json_length` bytes.
    """

    def __init__(
        self, length: int | None, most: int, room: Room, wanted: Callable[[], None], json_length: int = 0
    ) -> None:
        self.fault: RequestFault | None = None
        self._length = length
        self._most = most
        self._room = room
        self._wanted = wanted
        self._taken = 0
        self._kept = _NOTHING
        self._pieces = bytearray()  # of what comes in chunks
        self._have = 0
        self._whole = False
        self._reader: asyncio.Future[None] | None = None
        if length is not None and self._take(length):
            self._kept = _aligned(length, json_length)

    @property
    def left(self) -> int:
        """How many bytes are still to come; 0 where nobody knows."""
        return 0 if self._length is None else self._length - self._have

    async def read(self, limit: int) -> memoryview:
        """All of it, of at most `limit` bytes. Raises RequestFault."""
        self._check(limit)
        if not self._whole:
            self._wanted()
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
            self._check(limit)
        return self._kept.toreadonly()

    def grew(self, size: int) -> None:
        """What was made of it takes so many bytes more. Raises RequestFault where there is no room for them."""
        self._room.take(size)
        self._taken += size

    def release(self) -> None:
        """It is not needed any more; what still comes of it is passed over."""
        if not self._whole and self.fault is None:
            self.fault = RequestFault("it was answered without its body")
        self._room.give(self._taken)
        self._taken, self._kept, self._pieces = 0, _NOTHING, bytearray()

    def room(self, scratch: memoryview) -> memoryview:
        """Where the next of the bytes that are left go: to where they stay."""
        return self._kept[self._have :] if self.fault is None else scratch[: self.left]

    def filled(self, count: int) -> None:
        """So many bytes have come to where there was room."""
        self._have += count

    def add(self, part: bytes | memoryview) -> None:
        """Bytes that came together with others."""
        if self.fault is None and self._length is not None:
            self._kept[self._have : self._have + len(part)] = part
        elif self.fault is None and self._take(len(part)):
            self._pieces += part
        self._have += len(part)

    def end(self) -> None:
        """It is whole."""
        self._whole = True
        if self._length is None:
            self._kept = memoryview(self._pieces)
        self._wake()

    def fail(self, fault: RequestFault) -> None:
        """It will not come, or nobody wants it: whoever reads it is told why."""
        self.fault = fault
        self.release()
        self._wake()

    def _take(self, size: int) -> bool:
        """Whether so many bytes more may be kept; where they may not, that is what is wrong with it."""
        try:
            if self._taken + size > self._most:
                raise _too_large(self._most)
            self.grew(size)
        except RequestFault as fault:
            self.fail(fault)
        return self.fault is None

    def _check(self, limit: int) -> None:
        if self.fault is None and max(self._length or 0, self._have) > limit:
            self.fail(_too_large(limit))
        if self.fault is not None:
            raise self.fault

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)


def _aligned(length: int, offset: int) -> memoryview:
    """Room for so many bytes, of which the one at `offset` is aligned."""
    begin = -offset % _ALIGNED
    return np.empty(begin + length, np.uint8).data[begin:]


def _too_large(limit: int) -> RequestFault:
    return RequestFault(f"the body is larger than {limit:,} bytes, the most that is taken here", 413)
