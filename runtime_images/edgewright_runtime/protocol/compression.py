"""Bodies that come and go compressed, as gzip and deflate.

A body that says it is small can become a large one: no more of it is unpacked than may be taken.
"""

from __future__ import annotations

import zlib
from typing import Final

from edgewright_runtime.protocol.fault import RequestFault

CODINGS: Final = ("gzip", "deflate")
_EITHER: Final = 32 + zlib.MAX_WBITS  # the header says which of both it is
_LEVEL: Final = 1  # a device has less time than a network has room


def coding_of(header: str | None) -> str:
    """What a header Content-Encoding names; nothing where the body is as it is. Raises RequestFault."""
    name = (header or "identity").strip().lower().removeprefix("x-")
    if name == "identity":
        return ""
    if name not in CODINGS:
        raise RequestFault(f"a body may come as {' or '.join(CODINGS)}, not as {name[:40]}", 415)
    return name


def unpacked(body: bytes | memoryview, limit: int) -> bytes:
    """A body that came compressed, of at most `limit` bytes. Raises RequestFault."""
    stream = zlib.decompressobj(_EITHER)
    try:
        found = stream.decompress(body, limit + 1)
    except zlib.error:
        raise RequestFault("the body is not compressed as its header says") from None
    if len(found) > limit:
        raise RequestFault(f"the body is larger than {limit:,} bytes, the most that is taken here", 413)
    if not stream.eof or stream.unused_data:
        raise RequestFault("the compressed body ends too early or goes on behind its end")
    return found


def wanted_coding(header: str | None) -> str:
    """How an answer has to be compressed; nothing where it may go as it is.

    Who names one coding alone means it, as Triton's clients do. A list is what an HTTP library can read: to such
    a one an answer goes as it is, which is sooner there.
    """
    name = (header or "").strip().lower()
    return name if name in CODINGS else ""


def packed(body: bytes, coding: str) -> bytes:
    """A body compressed; `deflate` is zlib's format, as HTTP has it."""
    stream = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS + (16 if coding == "gzip" else 0))
    return stream.compress(body) + stream.flush()
