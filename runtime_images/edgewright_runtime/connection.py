"""One connection of HTTP/1.1: bytes ⇒ requests, answers ⇒ bytes.

Heads are parsed by llhttp, which Node.js has too. The rest of a body whose length is told does not go through it:
it is received to where the model will read it. Whatever a client can send without end has a bound: one client
must not take a server from all.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final, cast

import httptools

from edgewright_runtime.body import Body
from edgewright_runtime.bounds import (
    BODY_SECONDS,
    HEAD_LIMIT,
    HEAD_SECONDS,
    IDLE_SECONDS,
    LINGER_SECONDS,
    PIPELINED,
)
from edgewright_runtime.message import Request, Response, number_in, path_in, refused
from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.room import Room

JSON_LENGTH: Final = "inference-header-content-length"
_NEVER: Final = float("inf")


class Connection(asyncio.BufferedProtocol):
    """What is asked over one socket, one after the other, of `answer`, which never raises.

    `most` are the bytes of a body, which lies in `room`. What does not stay is received into `scratch`, which all
    connections of an event loop share. `closing` says whether the answer that goes out now is the last one.
    `waits_since` is since when the client is waited for, by the monotonic clock; None while it waits itself.
    """

    waits_since: float | None

    def __init__(
        self,
        answer: Callable[[Request], Awaitable[Response]],
        most: int,
        room: Room,
        scratch: memoryview,
        open_ones: set[Connection],
        closing: Callable[[], bool],
    ) -> None:
        self._answer = answer
        self._most = most
        self._room = room
        self._scratch = scratch
        self._open_ones = open_ones
        self._closing = closing
        self._parser = httptools.HttpRequestParser(self)
        self._head = 0
        self._url = b""
        self._headers: dict[str, str] = {}
        self._coming: Request | None = None
        self._asked: deque[Request | Response] = deque()
        self._task: asyncio.Task[None] | None = None
        self._over = False  # nothing that comes now is answered any more
        self._ended = False  # nothing comes any more
        self._begun = False  # a head has begun to come
        self._full = False  # an answer is not taken yet
        self._wait(HEAD_SECONDS)

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is there."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(0)
        self._open_ones.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        """Nobody is there any more. What is being answered goes on: it may be one of a batch."""
        self._open_ones.discard(self)
        self._forget()
        self.eof_received()

    def eof_received(self) -> bool:
        """The client will say no more; whether it may still hear what it asked before."""
        self._over = self._ended = True
        if self._coming is not None:
            self._coming.body.fail(RequestFault("the client went away"))
            self._coming = None
        return self._task is not None or self._full

    def pause_writing(self) -> None:
        """The client does not take what it asked for."""
        self._full = True

    def resume_writing(self) -> None:
        """It has taken all of it."""
        self._full = False
        if not self._transport.is_closing():
            self._settle()

    def get_buffer(self, _hint: int) -> memoryview:
        """Where the next bytes go."""
        coming = self._coming
        return coming.body.room(self._scratch) if coming is not None and coming.body.left else self._scratch

    def buffer_updated(self, count: int) -> None:
        """So many have come."""
        coming = self._coming
        if coming is None or not coming.body.left:
            self._feed(self._scratch[:count])
            return
        coming.body.filled(count)
        if not coming.body.left:
            self.on_message_complete()

    # What the parser calls.

    def on_message_begin(self) -> None:
        """The first byte of a head."""
        self._begun = True
        if self.waits_since is not None:
            self._wait(HEAD_SECONDS)

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; those behind a body in chunks are nobody's."""
        if self._coming is None:
            self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """A head is whole: its request is answered from here on, or when it is its turn."""
        if self._over:
            return
        if len(self._asked) >= PIPELINED:
            self._refuse(f"{PIPELINED} requests wait on this connection already", 429)
            return
        parser, headers = self._parser, self._headers
        length = None if "transfer-encoding" in headers else int(headers.get("content-length", "0"))
        old = parser.get_http_version() != "1.1"  # who speaks it knows no interim answers (RFC 9110, 10.1.1)
        last = old or not parser.should_keep_alive()
        wanted = self._go_on if "expect" in headers and not old else lambda: None
        body = Body(length, self._most, self._room, wanted, number_in(headers.get(JSON_LENGTH, "")))
        self._coming = Request(parser.get_method().decode(), path_in(self._url), headers, body, last)
        self._over = length is None and parser.should_upgrade()  # llhttp leaves such a body to others
        self._head, self._url, self._headers, self._begun = 0, b"", {}, False
        self._wait(BODY_SECONDS)
        self._asked.append(self._coming)
        self._next()

    def on_body(self, part: bytes) -> None:
        """A part of a body that came with its head, or in chunks: those of a byte each do not pay for their framing."""
        self._head = max(self._head, 0) - 2 * len(part)
        if self._coming is not None:
            self._coming.body.add(part)

    def on_message_complete(self) -> None:
        """A body is whole, or there is none. Where an upgrade is asked for, it only begins."""
        coming = self._coming
        if coming is None or coming.body.left:
            return
        coming.body.end()
        self._coming = None
        if self._asked:
            self._transport.pause_reading()  # who asks more than is answered has to wait
        self._settle()

    # What is done with it.

    def _feed(self, data: memoryview) -> None:
        """Bytes through the parser."""
        if self._over and self._coming is None:
            return
        self._head += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:  # to something that is not spoken here
            self._go_past(data[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            self._refuse(f"this is not HTTP/1.1: {error}", 400)
        if self._coming is not None and self._coming.body.left:
            self._parser = httptools.HttpRequestParser(self)  # the next request begins behind this body
        elif self._head > HEAD_LIMIT:
            self._refuse(f"the head of a request may have {HEAD_LIMIT:,} bytes", 431)

    def _go_past(self, rest: memoryview) -> None:
        """What follows a head at which the parser ended."""
        self._parser = httptools.HttpRequestParser(self)
        coming = self._coming
        if coming is not None and rest:
            part, rest = rest[: coming.body.left], rest[coming.body.left :]
            coming.body.add(part)
            self.on_message_complete()
        if rest:
            self._feed(rest)

    def _refuse(self, text: str, status: int) -> None:
        """Say what is wrong with what came, and hear no more."""
        self._over = True
        fault = RequestFault(text, status)
        if self._coming is not None:
            self._coming.body.fail(fault)
            self._coming = None
        else:
            self._asked.append(refused(fault))
            self._next()

    def _go_on(self) -> None:
        """Who asked whether to send a body may."""
        self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _wait(self, seconds: float) -> None:
        """For the client, so long."""
        self.waits_since = now = monotonic()
        self._stays_until = now + seconds

    def _next(self) -> None:
        """Answer what was asked first, unless something is being answered."""
        if self._task is None and self._asked and not self._full:
            self._task = asyncio.get_running_loop().create_task(self._serve(self._asked.popleft()))

    async def _serve(self, asked: Request | Response) -> None:
        response = asked if isinstance(asked, Response) else await self._answer(asked)
        self._task = None
        if isinstance(asked, Request):
            asked.body.release()
        if self._transport.is_closing():
            return
        last = self._closing() or (self._over and not self._asked)
        if isinstance(asked, Request):
            # Who asks whether to send a body may send it or not after an answer: nobody could tell.
            last = last or asked.last or (asked is self._coming and "expect" in asked.headers)
        whole = isinstance(asked, Response) or asked.method != "HEAD"
        self._transport.write(response.written(last=last, whole=whole))
        if last:
            self._over = True
            self._forget()
        self._settle()

    def _forget(self) -> None:
        """Nothing of what was asked besides is answered."""
        while self._asked:
            asked = self._asked.popleft()
            if isinstance(asked, Request):
                asked.body.release()

    def _settle(self) -> None:
        """Go on with what was asked; where nothing was, the connection ends, or stays for a while."""
        if self._full:  # who does not listen is not heard
            self._wait(BODY_SECONDS)
            if self._coming is None:
                self._transport.pause_reading()
            return
        self._next()
        if self._coming is not None:
            pass  # its body is waited for
        elif self._task is not None:
            self.waits_since, self._stays_until = None, _NEVER
        elif self._ended:
            self._transport.close()
        elif self._over:
            self._transport.write_eof()
            self._stays_until = monotonic() + LINGER_SECONDS
        else:
            self._wait(HEAD_SECONDS if self._begun else IDLE_SECONDS)
        if not self._asked and not self._transport.is_closing():
            self._transport.resume_reading()

    # What the listener calls.

    def look(self, now: float) -> None:
        """End what took too long, by the monotonic clock."""
        if now < self._stays_until:
            return
        coming = self._coming
        if coming is None and self._begun and not self._over:
            self._refuse(f"the head of the request did not come within {HEAD_SECONDS:g} s", 408)
            return
        self._over = True
        if coming is None or coming.body.fault is not None:
            self._transport.abort()
            return
        coming.body.fail(RequestFault(f"the body did not come within {BODY_SECONDS:g} s", 408))
        self._stays_until = now + LINGER_SECONDS

    def shut(self) -> None:
        """Close it, if nothing is under way; else its answer is the last one."""
        if self._task is None:
            self._transport.close()

    def abort(self) -> None:
        """Close it, whatever is under way."""
        self._transport.abort()
