"""Findings ⇒ the text with their replacements in it; comments and formatting stay as they are."""

from __future__ import annotations

from collections.abc import Iterable

from edgewright.document.source import Source
from edgewright.errors import Edit, Finding, Place


def apply_replacements(source: Source, findings: Iterable[Finding]) -> str:
    """The text in which every finding's replacement stands at its place."""
    return apply_edits(source, edits_of(source, findings))


def edits_of(source: Source, findings: Iterable[Finding]) -> tuple[Edit, ...]:
    """The edits that findings ask for in this file, in the order of the text, none upon another.

    Where two places overlap, the one that begins first wins, and of those the longer one.
    """
    asked = {
        Edit(finding.place, finding.replacement)
        for finding in findings
        if finding.place is not None and finding.replacement is not None and finding.place.file == source.file
    }
    chosen: list[Edit] = []
    for edit in sorted(asked, key=_rank):
        if not chosen or _start(edit.place) >= _end(chosen[-1].place):
            chosen.append(edit)
    return tuple(chosen)


def apply_edits(source: Source, edits: Iterable[Edit]) -> str:
    """The text after edits that do not overlap.

    What is taken away takes one blank with it, so that no gap is left between its neighbours.
    """
    text = source.text
    for edit in sorted(edits, key=_rank, reverse=True):
        start, end = (_offset(source, position) for position in (_start(edit.place), _end(edit.place)))
        if not edit.text and _is_blank(text[start - 1 : start]):
            if _is_blank(text[end : end + 1]):
                end += 1
            elif text[end : end + 1] in ("", "\r", "\n"):
                start -= 1
        text = text[:start] + edit.text + text[end:]
    return text


def _rank(edit: Edit) -> tuple[int, int, int, int, str]:
    place = edit.place
    return place.line, place.column, -place.end_line, -place.end_column, edit.text


def _start(place: Place) -> tuple[int, int]:
    return place.line, place.column


def _end(place: Place) -> tuple[int, int]:
    return place.end_line, place.end_column


def _offset(source: Source, position: tuple[int, int]) -> int:
    line, column = position
    return source.line_starts[line - 1] + column - 1


def _is_blank(character: str) -> bool:
    return character in (" ", "\t")
