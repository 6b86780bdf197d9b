"""What every printer agrees on: which findings are shown, in which order, and how many there are."""

from __future__ import annotations

from collections.abc import Iterable

from edgewright.commands.printers.visible import visible
from edgewright.errors import LEVELS, FieldPath, Finding, Level, Place, path_text

_NOWHERE = Place("", 0, 0, 0, 0)


def settled(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, each once: by file and place, then by level and rule; those without place last."""
    return sorted(dict.fromkeys(findings), key=_rank)


def _rank(finding: Finding) -> tuple[bool, Place, int, str, str, str, str]:
    place = finding.place or _NOWHERE
    level = LEVELS.index(finding.level)
    path = path_text(finding.path)
    return finding.place is None, place, level, finding.rule, path, finding.message, finding.remedy


def counts(findings: Iterable[Finding]) -> dict[Level, int]:
    """How many findings there are of each level."""
    levels = [finding.level for finding in findings]
    return {level: levels.count(level) for level in LEVELS}


def tally(findings: Iterable[Finding]) -> str:
    """The counts as people say them, `2 errors, 1 warning`; empty where there is nothing."""
    found = counts(findings).items()
    return ", ".join(f"{number} {level}{'s' if number > 1 else ''}" for level, number in found if number)


def files(findings: Iterable[Finding], sources: Iterable[str] = ()) -> list[str]:
    """The names of the files that were read or have findings, sorted."""
    return sorted({finding.place.file for finding in findings if finding.place} | set(sources))


def where(place: Place | None, path: FieldPath) -> str:
    """Visible text that terminals and editors follow, `fleet.yaml:14:16`; the path without a place."""
    return visible(f"{place.file}:{place.line}:{place.column}" if place else path_text(path))


def last_line(place: Place) -> int:
    """The last line with text of the range: one that ends before a line's first column has none there."""
    return max(place.line, place.end_line - (place.end_column <= 1))


def explained_by(rule: str) -> str:
    """The command that shows the rule's page, which is there wherever the finding was made."""
    return f"edgewright explain {visible(rule)}"
