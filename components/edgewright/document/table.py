"""Tables of plain text (CSV), a line at a time: where a field stands, and what is no text at all."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, TextIO

from edgewright.errors import Finding, Place

_LONGEST_LINE: Final = 100_000


def lines(stream: TextIO) -> Iterator[str]:
    """The lines of a file; one beyond all measure is cut, so that memory stays bounded."""
    while line := stream.readline(_LONGEST_LINE):
        yield line
        while line and not line.endswith(("\n", "\r")):  # what was cut off is no line of its own
            line = stream.readline(_LONGEST_LINE)


def line_text(path: Path, line: int) -> str:
    """One line once more: only a finding needs its text."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        return next(islice(lines(stream), line - 1, None), "")


def field_place(file: str, line: int, text: str, column: int) -> Place:
    """Where a field stands in a line; the whole line where quotes leave that open."""
    plain = text.rstrip("\r\n")
    fields = plain.split(",")
    if '"' in plain or column >= len(fields):
        return Place(file, line, 1, line, len(plain) + 1)
    start = sum(len(each) + 1 for each in fields[:column]) + 1
    return Place(file, line, start, line, start + max(len(fields[column]), 1))


def not_utf8(path: Path, file: str) -> Finding:
    """The finding at the first line that is not UTF-8."""
    number, column = 0, 1
    with path.open("rb") as stream:
        for raw in iter(partial(stream.readline, _LONGEST_LINE), b""):
            number += 1
            try:
                raw.decode("utf-8")
            except UnicodeDecodeError as error:
                column = len(raw[: error.start].decode("utf-8")) + 1
                break
    return Finding(
        "not-utf-8",
        "error",
        "the file is not UTF-8",
        "save it as UTF-8",
        place=Place(file, number, column, number, column + 1),
        waivable=False,
    )
