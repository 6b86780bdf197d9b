"""Findings as JSON: the form that programs read, and that stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edgewright.commands.printers.json_text import json_text
from edgewright.commands.printers.order import counts, settled
from edgewright.errors import Finding, Note, Place, path_text


def print_json(findings: Sequence[Finding], sources: Mapping[str, str]) -> str:
    """`{"findings": […], "summary": {"errors", "warnings", "infos"}}`, by file and place.

    `line` to `endColumn` are 1-based code points with an exclusive end; they and `file` are null where
    the place is not known. `notes` and `replacement` are there only where the finding has them.
    """
    return json_text(findings_value(findings))


def findings_value(findings: Sequence[Finding]) -> dict[str, object]:
    """What `print_json` writes, as plain values."""
    shown = settled(findings)
    summary = {f"{level}s": number for level, number in counts(shown).items()}
    return {"findings": [_finding(finding) for finding in shown], "summary": summary}


def _finding(finding: Finding) -> dict[str, object]:
    out: dict[str, object] = {"rule": finding.rule, "level": finding.level}
    out |= _place(finding.place)
    out |= {"path": path_text(finding.path), "message": finding.message, "remedy": finding.remedy}
    if finding.notes:
        out["notes"] = [_note(note) for note in finding.notes]
    if finding.replacement is not None:
        out["replacement"] = finding.replacement
    return out


def _note(note: Note) -> dict[str, object]:
    return {"message": note.message, **_place(note.place), "path": path_text(note.path)}


def _place(place: Place | None) -> dict[str, str | int | None]:
    if place is None:
        return dict.fromkeys(("file", "line", "column", "endLine", "endColumn"))
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
