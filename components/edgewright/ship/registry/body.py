"""The bytes of an answer, as they come in, with a floor on how slowly."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

import urllib3

from edgewright.ship.registry.faults import Interrupted, failed, lies, unreachable

PIECE: Final = 2**18
"""Bytes that are read at once."""


def pieces(
    answer: urllib3.BaseHTTPResponse, host: str, *, slowest: float, over: float, going: Callable[[], None]
) -> Iterator[bytes]:
    """The body, piece by piece. Raises Interrupted where it breaks off or, over `over` seconds, comes in with
    fewer than `slowest` bytes a second. `going` is called with each piece, and may raise to end it."""
    begun, came = time.monotonic(), 0
    try:
        while piece := answer.read1(PIECE, decode_content=False):
            going()
            yield piece
            came += len(piece)
            passed = time.monotonic() - begun
            if passed >= over:
                if came < slowest * passed:
                    raise Interrupted(unreachable(host, f"it sends fewer than {slowest:.0f} bytes a second"))
                begun, came = time.monotonic(), 0
    except urllib3.exceptions.HTTPError as error:
        raise interrupted(error, host) from error


def whole(parts: Iterator[bytes], host: str, limit: int) -> bytes:
    """The body at once. Raises Interrupted where it has more than `limit` bytes."""
    content = bytearray()
    for piece in parts:
        content += piece
        if len(content) > limit:
            raise Interrupted(lies(host, f"its answer is longer than {limit:,} bytes"), lie=True)
    return bytes(content)


def interrupted(error: Exception, host: str) -> Interrupted:
    """What went wrong with a connection, in words, without anything that was sent over it."""
    if isinstance(error, urllib3.exceptions.NameResolutionError):
        why = "its name is not known"
    elif isinstance(error, urllib3.exceptions.NewConnectionError):
        why = "it takes no connection"
    elif isinstance(error, urllib3.exceptions.ConnectTimeoutError):
        why = "there is no connection in time"
    elif isinstance(error, urllib3.exceptions.TimeoutError):
        why = "it stopped answering"
    elif isinstance(error, urllib3.exceptions.ProxyError):
        why = "the proxy that the environment names does not let it through"
    elif isinstance(error, urllib3.exceptions.InvalidHeader):
        return Interrupted(failed(host, "its answer contradicts itself (two lengths)"))
    else:
        why = "the connection broke off"
    return Interrupted(unreachable(host, why))
