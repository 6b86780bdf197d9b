"""Headers of a tar archive that depend on path and size alone: owner 0, time 0, fixed modes.

Written by hand because a digest must outlive the Python it was made with, and the standard library's
writer has changed its bytes before. Source: POSIX.1-2017, pax, "ustar Interchange Format".
"""

from __future__ import annotations

BLOCK = 512

END = bytes(2 * BLOCK)
"""What closes an archive."""

_LARGEST = 8**11
_NAME = 100


def file_header(path: str, size: int) -> bytes:
    """The header of a file (0644) of `size` bytes; its content follows, filled up by `padding`."""
    return _pax(path, size) + _block(path, b"0", 0o644, size)


def folder_header(path: str) -> bytes:
    """The header of a folder (0755); `path` ends without a slash."""
    return _pax(f"{path}/", 0) + _block(f"{path}/", b"5", 0o755, 0)


def padding(size: int) -> bytes:
    """What fills content of `size` bytes up to whole blocks."""
    return bytes(-size % BLOCK)


def _block(path: str, kind: bytes, mode: int, size: int) -> bytes:
    """One header block. What does not fit in it stands in the pax records in front."""
    head = path.encode("ascii", "replace")[:_NAME].ljust(_NAME, b"\0")
    numbers = b"%07o\0%07o\0%07o\0%011o\0%011o\0" % (mode, 0, 0, size if size < _LARGEST else 0, 0)
    tail = kind + bytes(100) + b"ustar\x0000" + bytes(64) + b"0000000\0" * 2 + bytes(155 + 12)
    checksum = sum(head) + sum(numbers) + 8 * ord(" ") + sum(tail)
    return head + numbers + b"%06o\0 " % checksum + tail


def _pax(path: str, size: int) -> bytes:
    """The records for a path or a size that a plain header cannot hold; nothing for most files."""
    fits = path.isascii() and len(path) <= _NAME
    records = b"" if fits else _record(b"path", path.encode())
    records += _record(b"size", b"%d" % size) if size >= _LARGEST else b""
    if not records:
        return b""
    return _block("pax", b"x", 0o644, len(records)) + records + padding(len(records))


def _record(key: bytes, value: bytes) -> bytes:
    """`<length> key=value\\n`, whose length counts its own digits."""
    rest = b" " + key + b"=" + value + b"\n"
    length = len(rest) + len(b"%d" % len(rest))
    length = len(rest) + len(b"%d" % length)
    return b"%d" % length + rest
