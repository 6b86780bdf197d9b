"""`--what-if PATH=VALUE`: the fleet as it would be, planned beside the one that is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import click

from edgewright.commands.printers.visible import visible
from edgewright.errors import FieldPath, Finding, FleetError, Note, Place, path_text

if TYPE_CHECKING:
    from edgewright.assembly import Assembled
    from edgewright.commands.planning.arguments import Asked
    from edgewright.fleet import Fleet

OPTION: Final = "--what-if"
_ASSIGNMENT: Final = re.compile(r"""((?:\["[^"]*"\]|[^="])+)=(.*)""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Override:
    """One `PATH=VALUE`: its text, the paths that it names, and where its value begins in the text."""

    text: str
    paths: tuple[FieldPath, ...]
    value: Any
    start: int


def _overrides(asked: Asked, fleet: Fleet) -> list[Override]:
    found = []
    for text in asked.what_if:
        match = _ASSIGNMENT.fullmatch(text)
        if match is None:
            raise click.UsageError(f"{OPTION} {visible(text[:80])}: write PATH=VALUE, such as memory=8Gi")
        value = _value(text, match[2].strip())
        found.append(Override(text, _paths(match[1].strip(), fleet, asked), value, match.start(2)))
    return found


def _paths(text: str, fleet: Fleet, asked: Asked) -> tuple[FieldPath, ...]:
    from edgewright.fleet.what_if import RESOURCES, path_of, resource_paths

    if text not in RESOURCES:
        path = path_of(text)
        if path is None:
            raise click.UsageError(f"{OPTION}: `{visible(text[:80])}` is no path; write it as findings do")
        return (path,)
    paths = resource_paths(fleet, text, asked.classes, asked.workloads)
    names = list(dict.fromkeys(str(path[1]) for path in paths))
    if len(names) > 1 and not asked.workloads:
        listed = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
        raise click.UsageError(
            f"{OPTION} {text}: of which workload? Add --workload NAME ({listed}), or write the whole path"
        )
    if not paths:
        raise click.UsageError(f"{OPTION} {text}: no such workload runs on such a class")
    return tuple(paths)


def _value(text: str, value: str) -> Any:
    """The value as YAML would read it. Raises UsageError where it is none."""
    from edgewright.document.document import parse_document
    from edgewright.document.source import Source

    document = parse_document(Source(OPTION, value))
    errors = [each for each in document.findings if each.level == "error"]
    if errors or not value:
        said = errors[0].message if errors else "there is no value behind `=`"
        raise click.UsageError(f"{OPTION} {visible(text[:80])}: {visible(said)}")
    return document.value


def as_if(written: Assembled, asked: Asked) -> Assembled:
    """The fleet as it would be with the overrides; the very same one where there are none, or it is not whole.

    Raises FleetError, with places in `--what-if`, for a path that leads nowhere; UsageError for what is no
    override at all.
    """
    if not asked.what_if or written.fleet is None or written.document is None or not written.whole:
        return written
    from edgewright.assembly import assemble_document
    from edgewright.assembly.day import today

    overrides = _overrides(asked, written.fleet)
    document = replace(written.document, value=_overridden(written.document.value, overrides))
    after = assemble_document(document, asked.file, today=today(), unlocked=True)
    findings = tuple(_relocated(finding, overrides) for finding in after.findings)
    return replace(after, findings=findings, sources={**after.sources, **source_of(asked.what_if)})


def _overridden(values: Any, overrides: Sequence[Override]) -> Any:
    from edgewright.fleet.what_if import override

    for number, each in enumerate(overrides):
        for path in each.paths:
            try:
                values = override(values, path, each.value)
            except FleetError as error:
                raise FleetError(_at_path(each, number, finding) for finding in error.findings) from None
    return values


def source_of(texts: Sequence[str]) -> dict[str, str]:
    """The overrides as a file that findings point into, a line each."""
    return {OPTION: "\n".join(text.replace("\n", " ").replace("\r", " ") for text in texts)}


def _at_path(each: Override, number: int, finding: Finding) -> Finding:
    """The finding at the step of the text that leads nowhere."""
    upto = path_text(finding.path)
    step = str(finding.path[-1])
    start = max(each.text.find(upto), 0) + len(upto) - len(step) if upto in each.text else 0
    end = start + len(step) if upto in each.text else max(each.start - 1, 1)
    return replace(finding, place=Place(OPTION, number + 1, start + 1, number + 1, end + 1))


def _relocated(finding: Finding, overrides: Sequence[Override]) -> Finding:
    """The finding, pointing at the override where that is what it is about."""
    place = _place(finding.path, overrides)
    notes = tuple(_relocated_note(note, overrides) for note in finding.notes)
    return replace(finding, place=place or finding.place, notes=notes)


def _relocated_note(note: Note, overrides: Sequence[Override]) -> Note:
    return replace(note, place=_place(note.path, overrides) or note.place)


def _place(path: FieldPath, overrides: Sequence[Override]) -> Place | None:
    """The value of the last override that gave what stands at a path."""
    for number in range(len(overrides) - 1, -1, -1):
        each = overrides[number]
        if any(path[: len(mine)] == mine for mine in each.paths):
            return Place(OPTION, number + 1, each.start + 1, number + 1, len(each.text) + 1)
    return None
