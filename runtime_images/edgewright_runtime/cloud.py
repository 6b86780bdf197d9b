"""Another server, in the cloud, that is asked over the network.

By the standard library's client: it follows no redirects, tries nothing again, and is there. Where the address is
https, the certificate has to be right.
"""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

JSON_LENGTH: Final = "Inference-Header-Content-Length"
_KEPT: Final = 20.0
"""Seconds after which a connection that nobody used is not trusted any more: what lies between forgets it."""


class CloudFault(Exception):
    """No answer; the text says why."""


class Cloud:
    """An endpoint and the connections to it that are open. Shared by threads."""

    def __init__(self, url: str) -> None:
        """`url` is that of a model, as `https://hub.example/v2/models/digits`."""
        parts = urlsplit(url)
        # Once: to read the system's authorities takes longer than to shake hands.
        self._context = ssl.create_default_context() if parts.scheme == "https" else None
        self._address = (parts.hostname or "", parts.port)
        self._path = parts.path.rstrip("/") + "/infer" + (f"?{parts.query}" if parts.query else "")
        self._idle: list[tuple[HTTPConnection, float]] = []
        self._lock = threading.Lock()
        self._closed = False

    def call(self, body: bytes, json_length: int, limit: float, largest: int) -> Call:
        """A question, to be asked by `run`: at most `limit` seconds for each step, `largest` bytes of answer."""
        return Call(self, body, json_length, limit, largest)

    def close(self) -> None:
        """Close what is open and not in use."""
        with self._lock:
            idle, self._idle, self._closed = self._idle, [], True
        for connection, _ in idle:
            connection.close()

    def taken(self) -> HTTPConnection | None:
        """A connection that is open already."""
        with self._lock:
            while self._idle:
                connection, since = self._idle.pop()
                if monotonic() - since < _KEPT:
                    return connection
                connection.close()
        return None

    def kept(self, connection: HTTPConnection) -> None:
        """Use it again next time."""
        with self._lock:
            if not self._closed:
                self._idle.append((connection, monotonic()))
                return
        connection.close()

    def opened(self, limit: float) -> HTTPConnection:
        """A new connection, within a time. Raises OSError."""
        host, port = self._address
        connection: HTTPConnection
        if self._context is None:
            connection = HTTPConnection(host, port, timeout=limit)
        else:
            connection = HTTPSConnection(host, port, timeout=limit, context=self._context)
        connection.connect()
        return connection

    @property
    def path(self) -> str:
        """Where questions go."""
        return self._path


class Call:
    """One question to the cloud. `took` is how many seconds it took once the connection stood."""

    def __init__(self, cloud: Cloud, body: bytes, json_length: int, limit: float, largest: int) -> None:
        self.took = 0.0
        self._cloud = cloud
        self._body = body
        self._headers = {JSON_LENGTH: str(json_length), "Content-Type": "application/octet-stream"}
        self._limit = limit
        self._largest = largest
        self._line: socket.socket | None = None
        self._given_up = False

    def run(self) -> tuple[bytes, int | None]:
        """The body of the answer, and how much of it is JSON. Raises CloudFault."""
        try:
            connection = self._cloud.taken()
            if connection is not None:
                with suppress(OSError, HTTPException):  # closed by the other side meanwhile, as a rule
                    return self._asked(connection)
                connection.close()
                self._check_wanted()
            return self._asked(self._cloud.opened(self._limit))
        except (OSError, HTTPException, ValueError) as error:
            raise CloudFault(" ".join(f"{type(error).__name__}: {error}".split())[:200]) from None

    def give_up(self) -> None:
        """End `run`, from another thread."""
        self._given_up = True
        if self._line is not None:
            with suppress(OSError):
                # Past SSLSocket's own, which takes away what the other thread is reading by.
                socket.socket.shutdown(self._line, socket.SHUT_RDWR)

    def _asked(self, connection: HTTPConnection) -> tuple[bytes, int | None]:
        self._line = (
            connection.sock
        )  # which the connection forgets where the answer is its last, and still reads
        started = monotonic()
        try:
            self._check_wanted()
            connection.sock.settimeout(self._limit)
            connection.request("POST", self._cloud.path, self._body, self._headers)
            response = connection.getresponse()
            found = self._read(response)
        except BaseException:
            connection.close()
            raise
        self.took = monotonic() - started
        if response.will_close or self._given_up:
            connection.close()
        else:
            self._cloud.kept(connection)
        return found

    def _check_wanted(self) -> None:
        if self._given_up:
            raise CloudFault("nobody waits for it any more")

    def _read(self, response: HTTPResponse) -> tuple[bytes, int | None]:
        if response.status != 200:
            raise CloudFault(f"it answers {response.status}")
        body = response.read(self._largest + 1)
        if len(body) > self._largest:
            raise CloudFault(f"its answer is larger than {self._largest:,} bytes")
        if response.length:  # `read` says nothing of what is missing
            raise CloudFault(f"its answer breaks off {response.length:,} bytes before its end")
        length = response.getheader(JSON_LENGTH)
        if length is not None and not (length.isascii() and length.isdigit() and len(length) < 12):
            raise CloudFault(f"its {JSON_LENGTH} is no number")
        return body, None if length is None else int(length)
