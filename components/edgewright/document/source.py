"""A file's text and the way from an offset in it to a line and a column."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Final

from edgewright.errors import Finding, FleetError, Place

MOST_BYTES: Final = 32 * 1024 * 1024
"""A file above this is refused before it is read: 10,000 workloads take about 12 MiB."""

_MOST_FINDINGS: Final = 20
_LINE_BREAK: Final = re.compile(r"\r\n|\n|\r")
# What YAML 1.2 (production c-printable) keeps out of a file; and what makes a reviewer see another text than
# a reader of YAML: line separators, of which some readers know more than others, and marks of direction.
_REFUSED: Final = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]+"
)
_LINE_SEPARATORS: Final = "\x85\u2028\u2029"
_MARKS_OF_DIRECTION: Final = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_NOT_DECODED: Final = re.compile("[\udc80-\udcff]+")
_BYTE_ORDER_MARKS: Final = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_UTF8_MARK: Final = b"\xef\xbb\xbf"
# Where a text in another encoding has zeros in its first four bytes.
_ZEROS: Final[dict[tuple[bool, ...], str]] = {
    (True, False, True, False): "UTF-16",
    (False, True, False, True): "UTF-16",
    (True, True, True, False): "UTF-32",
    (False, True, True, True): "UTF-32",
}


@dataclass(frozen=True)
class Source:
    """The text of a file under the name that a person knows it by."""

    file: str
    text: str = field(repr=False)

    @cached_property
    def line_starts(self) -> array[int]:
        """The offset at which each line begins, in code points."""
        starts = array("I", [0])
        starts.extend(match.end() for match in _LINE_BREAK.finditer(self.text))
        return starts

    def position(self, offset: int) -> tuple[int, int]:
        """The 1-based line and column of an offset."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def place(self, start: int, end: int) -> Place:
        """The stretch from one offset to another; never empty unless the line ends there."""
        if end <= start:
            end = start + (start < len(self.text) and self.text[start] not in "\r\n")
        return Place(self.file, *self.position(start), *self.position(end))

    def end_of_line(self, offset: int) -> int:
        """The offset just behind the last character of the line, trailing blanks left out."""
        match = _LINE_BREAK.search(self.text, offset)
        end = match.start() if match else len(self.text)
        return offset + len(self.text[offset:end].rstrip())


def read_source(path: Path, name: str | None = None) -> Source:
    """The text of a file, which must be UTF-8 and at most MOST_BYTES long.

    Raises FleetError: `cannot-read`, `too-large`, `not-utf-8` or `control-character`.
    """
    file = name or str(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise FleetError([_too_large(file)])
        with path.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)  # a device or a pipe states no size
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        raise FleetError([cannot_read(file, error)]) from None
    if len(raw) > MOST_BYTES:
        raise FleetError([_too_large(file)])
    return decode(raw, file)


def decode(raw: bytes, file: str) -> Source:
    """The text of a file's bytes. Raises FleetError: `not-utf-8` or `control-character`."""
    if encoding := _other_encoding(raw):
        message = f"the file is {encoding}, not UTF-8"
        raise FleetError([_not_utf8(Place(file, 1, 1, 1, 2), message)])
    # Editors do not show the byte order mark and count no column for it.
    raw = raw.removeprefix(_UTF8_MARK)
    try:
        source = Source(file, raw.decode("utf-8"))
    except UnicodeDecodeError:
        escaped = Source(file, raw.decode("utf-8", "surrogateescape"))
        raise FleetError(islice(_wrong_bytes(escaped), _MOST_FINDINGS)) from None
    if findings := tuple(islice(wrong_characters(source), _MOST_FINDINGS)):
        raise FleetError(findings)
    return source


def _other_encoding(raw: bytes) -> str | None:
    marked = (encoding for mark, encoding in _BYTE_ORDER_MARKS if raw.startswith(mark))
    return next(marked, None) or _ZEROS.get(tuple(byte == 0 for byte in raw[:4]))


def _wrong_bytes(source: Source) -> Iterator[Finding]:
    """A finding for each stretch of bytes that are no UTF-8."""
    for match in _NOT_DECODED.finditer(source.text):
        byte = bytes([ord(match[0][0]) - 0xDC00])
        message = f"byte 0x{byte[0]:02x} is not UTF-8"
        letter = byte.decode("cp1252", "ignore")
        if len(match[0]) == 1 and letter.isprintable() and letter:
            message += f"; in Windows-1252 it is `{letter}`"
        yield _not_utf8(source.place(match.start(), match.end()), message)


def wrong_characters(source: Source) -> Iterator[Finding]:
    """A `control-character` finding for each stretch of characters that may not stand in a file."""
    for match in _REFUSED.finditer(source.text):
        yield _control_character(match[0], source.place(match.start(), match.end()))


def cannot_read(file: str, error: Exception) -> Finding:
    """The finding for a file that the system does not give us."""
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return Finding(
        rule="cannot-read",
        level="error",
        message=f"{file} cannot be read: {(reason or 'unknown reason').lower()}",
        remedy="check the path and its permissions",
        place=Place(file, 1, 1, 1, 1),
        waivable=False,
    )


def _too_large(file: str) -> Finding:
    return Finding(
        rule="too-large",
        level="error",
        message=f"{file} has more than {MOST_BYTES // 2**20} MiB, the most that is read",
        remedy="split the fleet, or check that this is the file you meant",
        place=Place(file, 1, 1, 1, 1),
        waivable=False,
    )


def _not_utf8(place: Place, message: str) -> Finding:
    return Finding(
        rule="not-utf-8",
        level="error",
        message=message,
        remedy="save the file as UTF-8",
        place=place,
        waivable=False,
    )


def _control_character(text: str, place: Place) -> Finding:
    import unicodedata  # late: only a mistake needs it

    first = text[0]
    escape = f"\\U{ord(first):08X}" if ord(first) > 0xFFFF else f"\\u{ord(first):04X}"
    name = unicodedata.name(first, "")
    shown = f"U+{ord(first):04X}" + (f" ({name})" if name else "")
    why = "cannot stand in YAML"
    if first in _LINE_SEPARATORS:
        why = "ends a line for some readers of YAML and not for others"
    elif first in _MARKS_OF_DIRECTION:
        why = "changes the order in which a reviewer sees the text"
    return Finding(
        rule="control-character",
        level="error",
        message=f"the character {shown} {why}",
        remedy=f"delete it, or write it as `{escape}` inside double quotes",
        place=place,
        # A file may use it for its line ends: then deleting it would join the lines.
        replacement=None if first in _LINE_SEPARATORS else "",
        waivable=False,
    )
