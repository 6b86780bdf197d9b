"""What goes over a connection of HTTP: a request, whose body comes in while it is looked at, and an answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from time import monotonic
from typing import Final

from edgewright_runtime.body import Body
from edgewright_runtime.protocol.fault import RequestFault

_PHRASES: Final = {each.value: each.phrase for each in HTTPStatus}
_CLOSE: Final = "connection: close\r\n"


@dataclass(slots=True, eq=False)
class Request:
    """What was asked: `path` as it was sent, without a query; `headers` by their names in small letters.

    `last` says that no other one comes over its connection.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: Body
    last: bool


@dataclass(frozen=True, slots=True)
class Response:
    """What goes out; `media` is the type of the body."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media: str = "application/json"

    def written(self, *, last: bool, whole: bool) -> bytes:
        """As it goes over the wire: as the last one of its connection, and with its body or without."""
        more = "".join([f"{name}: {value}\r\n" for name, value in self.headers.items()])
        head = (
            f"HTTP/1.1 {self.status} {_PHRASES.get(self.status, '')}\r\n"
            f"date: {_date(int(monotonic()))}\r\n"
            f"content-type: {self.media}\r\n"
            f"content-length: {len(self.body)}\r\n"
            f"{more}{_CLOSE if last else ''}\r\n"
        ).encode("latin-1", "replace")
        return head + self.body if whole else head


def refused(fault: RequestFault) -> Response:
    """What whoever asked is told of a fault."""
    headers = {"retry-after": str(fault.retry_after)} if fault.retry_after else {}
    return Response(json.dumps({"error": str(fault)}).encode(), fault.status, headers)


def number_in(text: str) -> int:
    """A header's number; 0 where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


def path_in(url: bytes) -> str:
    """Of an address, which may have a scheme and a host before it (RFC 9112, 3.2.2) and a query behind it."""
    path = url.partition(b"?")[0].decode("latin-1")
    return path if path.startswith("/") else "/" + path.partition("://")[2].partition("/")[2]


@lru_cache(maxsize=1)
def _date(_second: int) -> str:
    """Now; it is written once in a second."""
    return formatdate(usegmt=True)
