"""Where requests over HTTP come in: a socket that listens, and the connections that it led to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from resource import RLIMIT_NOFILE, getrlimit
from time import monotonic
from typing import Final

from edgewright_runtime.connection import Connection
from edgewright_runtime.message import Request, Response
from edgewright_runtime.room import Room

_FILES: Final = getrlimit(RLIMIT_NOFILE)[0]
MOST: Final = min(1024, _FILES // 4)
"""Connections that are open at once."""
_BACKLOG: Final = min(512, _FILES // 4)
"""Connections that are taken at once, before any of them counts as open. Where the process runs out of files
meanwhile, the event loop takes none for many seconds."""
_SCRATCH: Final = 32 << 10
_LOOK: Final = 1.0
"""Seconds between looks at whether a connection takes too long."""


class Listener:
    """Answers by `answer` what comes, of at most `most` bytes each, which lie in `room` together.

    `draining` makes each answer the last one. Where as many connections are open as may be, a new one takes the
    place of the one whose client is waited for longest.
    """

    def __init__(self, answer: Callable[[Request], Awaitable[Response]], most: int, room: Room) -> None:
        self.draining = False
        self._answer = answer
        self._most = most
        self._room = room
        self._scratch = memoryview(bytearray(_SCRATCH))
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._looks: asyncio.TimerHandle | None = None

    async def listen(self, host: str, port: int) -> None:
        """Begin. Raises OSError where that cannot be."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, host, port, backlog=_BACKLOG)
        self._look()

    async def close(self, seconds: float) -> None:
        """Take no more, give the answers that are under way so long, and end."""
        self.draining = True
        if self._server is not None:
            self._server.close()
        if self._looks is not None:
            self._looks.cancel()
        for connection in tuple(self._connections):
            connection.shut()
        end = monotonic() + seconds
        while self._connections and monotonic() < end:
            await asyncio.sleep(0.01)
        for connection in tuple(self._connections):
            connection.abort()

    def _connection(self) -> Connection:
        if len(self._connections) >= MOST:
            waiting = [each for each in self._connections if each.waits_since is not None]
            for each in sorted(waiting, key=lambda each: each.waits_since or 0.0)[:1]:
                each.abort()
        return Connection(
            self._answer, self._most, self._room, self._scratch, self._connections, lambda: self.draining
        )

    def _look(self) -> None:
        now = monotonic()
        for connection in tuple(self._connections):
            connection.look(now)
        self._looks = asyncio.get_running_loop().call_later(_LOOK, self._look)
