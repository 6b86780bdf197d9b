"""The only way to say that something is wrong: a Finding, at a Place, with a remedy.

Every floor makes findings; none prints them. A floor that has no text at hand names the field by
its path, and the Document that the fleet was read from turns the path into a place later. A fleet
written in Python has paths and no places.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

FieldPath: TypeAlias = tuple[str | int, ...]
"""The way to a field from the top of a file: keys of mappings and 0-based indices of sequences."""

Level: TypeAlias = Literal["error", "warning", "info"]

LEVELS: tuple[Level, ...] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A stretch of text in a file.

    Lines and columns are 1-based and count code points, as editors and SARIF do; the end is
    exclusive: it is the column just behind the last character.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of text that follows a remedy to the letter: what stands at `place` becomes `text`."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A second place that a finding is about: the other end of a reference, the first of two keys."""

    message: str
    path: FieldPath = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or that a reviewer should know, and what to do about it.

    `rule` is the kebab-case id of a page in rules/; `path` is the field of the fleet that is
    at fault; `on_key` says that the field's name is meant and not its value. `replacement` is text
    that, written instead of what stands at the place, follows the remedy.
    """

    rule: str
    level: Level
    message: str
    remedy: str
    path: FieldPath = ()
    on_key: bool = False
    place: Place | None = None
    notes: tuple[Note, ...] = ()
    replacement: str | None = None
    waivable: bool = True
    """False where work stops at the finding: a comment cannot make an unreadable field readable."""


class FleetError(Exception):
    """Raised where work cannot go on; carries every finding that was made until then."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(findings)
        super().__init__("; ".join(finding.message for finding in self.findings))


def path_text(path: Sequence[str | int]) -> str:
    """The path as people write it: `workloads.inspect.tiers[0]`; odd keys are quoted."""
    out = ""
    for step in path:
        if isinstance(step, int):
            out += f"[{step}]"
        elif step and not set(step) & set(".[]\"' "):
            out += f".{step}" if out else step
        else:
            out += f'["{step}"]'
    return out
