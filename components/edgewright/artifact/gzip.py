"""gzip whose bytes depend on the content alone: nothing is compressed, so no compressor has a say.

Two builds of zlib, or two levels of one, compress the same bytes in different ways, and a digest that is
locked must be the same on every machine for years. What must be `tar+gzip` because its reader knows nothing
else is small; registries and links may compress it on the way.
Sources: RFC 1952 (gzip), RFC 1951 section 3.2.4 (stored blocks).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

BLOCK: Final = 0xFFFF
"""Bytes that a stored block can hold."""

# Magic, deflate, no flags, no time, no hint of a level, an unknown system: RFC 1952 section 2.3.
_HEADER: Final = b"\x1f\x8b\x08\x00" + bytes(4) + b"\x00\xff"


def stored(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks as a gzip file; how the content was cut into them changes no byte of it."""
    checksum = size = 0
    yield _HEADER
    left = b""
    for chunk in chunks:
        checksum = zlib.crc32(chunk, checksum)
        size += len(chunk)
        left += chunk
        whole = len(left) - len(left) % BLOCK
        yield from (_block(left[start : start + BLOCK], last=False) for start in range(0, whole, BLOCK))
        left = left[whole:]
    yield _block(left, last=True)
    yield checksum.to_bytes(4, "little") + (size % 2**32).to_bytes(4, "little")


def _block(content: bytes, *, last: bool) -> bytes:
    """A stored block: whether it is the last, its length, the length's complement, the bytes."""
    length = len(content)
    return bytes([last]) + length.to_bytes(2, "little") + (length ^ BLOCK).to_bytes(2, "little") + content
