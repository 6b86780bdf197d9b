"""Findings as workflow commands of GitHub Actions, which become annotations of a pull request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edgewright.commands.printers.order import last_line, settled, where
from edgewright.commands.printers.visible import visible, visible_lines
from edgewright.errors import Finding, Level, Note, Place, path_text

_COMMANDS: Mapping[Level, str] = {"error": "error", "warning": "warning", "info": "notice"}


def print_github(findings: Sequence[Finding], sources: Mapping[str, str]) -> str:
    """A line `::error file=…,line=…,…,title=rule::message%0Aremedy` for each finding.

    Here the end column is the last that belongs to the range, as a missing one means the first; columns
    are left out of a range of several lines, for which GitHub takes none.
    """
    return "".join(_command(finding) + "\n" for finding in settled(findings))


def _command(finding: Finding) -> str:
    fields: dict[str, str | int] = _place(finding.place) if finding.place else {}
    fields["title"] = finding.rule
    named = ",".join(f"{name}={_field(str(value))}" for name, value in fields.items())
    path = f"{path_text(finding.path)}: " if finding.path and not finding.place else ""
    parts = [path + finding.message, finding.remedy, *map(_note, finding.notes)]
    text = "\n".join(part for part in parts if part)
    return f"::{_COMMANDS[finding.level]} {named}::{_escaped(text)}"


def _place(place: Place) -> dict[str, str | int]:
    end = last_line(place)
    if place.end_line > place.line:
        return {"file": place.file, "line": place.line, "endLine": end}
    last = max(place.column, place.end_column - 1)
    return {
        "file": place.file,
        "line": place.line,
        "endLine": end,
        "col": place.column,
        "endColumn": last,
    }


def _note(note: Note) -> str:
    return ": ".join(part for part in (where(note.place, note.path), note.message) if part)


def _escaped(text: str) -> str:
    # visible() leaves no carriage return; the log shows colours, so escape sequences must go too.
    return "%0A".join(line.replace("%", "%25") for line in visible_lines(text))


def _field(text: str) -> str:
    return visible(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
