"""Connections whose answers begin in time, however slowly their first bytes drip in.

The timeout of a socket begins anew with each byte. Here, a clock beside it cuts the connection when the head
of an answer is not there after as long: then, reading it fails as with any broken connection.
"""

from __future__ import annotations

import http.client
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import HTTPResponse


class Whole(http.client.HTTPResponse):
    """An answer whose head is one: not broken off in a line, and with one length."""

    def begin(self) -> None:
        super().begin()
        if self.msg.defects or len(set(self.msg.get_all("Content-Length", ()))) > 1:
            raise http.client.HTTPException("a head that breaks off or has two lengths")
        if "Content-Length" in self.msg and "Transfer-Encoding" in self.msg:
            raise http.client.HTTPException("a head with two ways to know the length")


class Watched(HTTPConnection):
    """A plain connection under watch."""

    response_class = Whole

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 itself does
        with _cut_after(self.sock, self.timeout):
            return super().getresponse()


class WatchedTLS(HTTPSConnection):
    """A connection over TLS under watch."""

    response_class = Whole

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 itself does
        with _cut_after(self.sock, self.timeout):
            return super().getresponse()


@contextmanager
def _cut_after(connection: socket.socket | None, seconds: object) -> Iterator[None]:
    """Cut the connection if the body takes longer. Raises TimeoutError where that happened."""
    if connection is None or not isinstance(seconds, int | float):
        yield
        return
    cut = False

    def shut() -> None:
        nonlocal cut
        cut = True
        with suppress(OSError):
            # Not the method of TLS's socket, which takes its state from under whoever is reading.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)

    timer = Timer(seconds, shut)
    timer.daemon = True
    timer.start()
    try:
        yield
        if cut:
            raise TimeoutError("the answer did not begin in time")
    except BaseException as error:
        # An answer that came half-way to us would keep the socket open after its connection is closed.
        with suppress(OSError):
            os.close(connection.detach())
        if cut and isinstance(error, Exception):
            raise TimeoutError("the answer did not begin in time") from error
        raise
    finally:
        timer.cancel()
