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
        lines = [
            f"HTTP/1.1 {self.status} {_PHRASES.get(self.status, '')}",
            f"date: {_date(int(monotonic()))}",
            f"content-type: {self.media}",
            f"content-length: {len(self.body)}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
            *(("connection: close",) if last else ()),
        ]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
        return head + self.body if whole else head


def refused(fault: RequestFault) -> Response:
    """What whoever asked is told of a fault."""
    headers = {"retry-after": str(fault.retry_after)} if fault.retry_after else {}
    return Response(json.dumps({"error": str(fault)}).encode(), fault.status, headers)


@lru_cache(maxsize=1)
def _date(_second: int) -> str:
    """Now; it is written once in a second."""
    return formatdate(usegmt=True)
