"""A stretch of source text as terminal rows: the line, cut to a width, and where the marks go below it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias

from edgewright.commands.printers.visible import cells, visible
from edgewright.errors import Place

_TAB = 4
_CUT = "…"
_LINE_END = re.compile("\r\n|\n|\r")

Glyph: TypeAlias = tuple[str, int]
"""What a code point looks like, and how many cells that takes."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line as it is shown, and the marked range in cells from its start; `marks` is at least 1."""

    text: str
    indent: int
    marks: int


def split_lines(text: str) -> list[str]:
    """The lines as places count them: ended by LF, CR LF or CR, and by nothing else."""
    return _LINE_END.split(text)


def marked(lines: Sequence[str], place: Place, room: int) -> Row | None:
    """The first line of the place in `room` cells; None where the file has no such line.

    A range of several lines is marked up to the end of the first.
    """
    if not 1 <= place.line <= len(lines):
        return None
    line = lines[place.line - 1]
    start = min(max(place.column - 1, 0), len(line))
    stop = place.end_column - 1 if place.end_line == place.line else len(line.rstrip())
    return cut(line, start, stop, room)


def cut(line: str, start: int, stop: int, room: int) -> Row:
    """The line, or what fits into `room` cells of it around `start` (code points, 0-based)."""
    first, last = max(0, start - room), min(len(line), start + room)
    glyphs = _glyphs(line[first:last])
    before, after = glyphs[: start - first], glyphs[start - first :]
    left: Sequence[Glyph] = before
    right: Sequence[Glyph] = after
    if last - first < len(line) or _cells(glyphs) > room:
        inner = room - 2 * len(_CUT)
        right = _fitting(after, inner - min(_cells(before), inner // 3))
        left = _fitting(before[::-1], inner - _cells(right))[::-1]
    head = _CUT if first or len(left) < len(before) else ""
    tail = _CUT if last < len(line) or len(right) < len(after) else ""
    text = head + "".join(shown for shown, _ in (*left, *right)) + tail
    marks = _cells(right[: max(stop - start, 0)]) + (len(tail) if stop - start > len(right) else 0)
    indent = len(head) + _cells(left)
    # A combining mark alone stands above the cell before it.
    back = 1 if not marks and stop > start and indent and right else 0
    return Row(text, indent - back, max(marks, 1))


def _glyphs(text: str) -> list[Glyph]:
    out: list[Glyph] = []
    at = 0
    for char in text:
        shown = " " * (_TAB - at % _TAB) if char == "\t" else visible(char)
        out.append((shown, cells(shown)))
        at += out[-1][1]
    return out


def _cells(glyphs: Iterable[Glyph]) -> int:
    return sum(width for _, width in glyphs)


def _fitting(glyphs: Sequence[Glyph], room: int) -> Sequence[Glyph]:
    ends = accumulate(width for _, width in glyphs)
    return glyphs[: sum(end <= room for end in ends)]
