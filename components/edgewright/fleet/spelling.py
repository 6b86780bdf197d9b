"""Values with misspelt fields ⇒ the values that were meant, so that what stands below is read as well.

A misspelt field is reported once, by the name that the text has. What is found below it has the path of
the field that was meant, and `Spelling.as_written` leads back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

from pydantic import ValidationError

from edgewright.errors import FieldPath, Finding, FleetError
from edgewright.fleet.answers import findings_of
from edgewright.fleet.fleet import Fleet
from edgewright.fleet.unknown_fields import Vocabulary, meant_by
from edgewright.fleet.words import sure

MOST_ERRORS: Final = 50_000
_MOST_ROUNDS: Final = 12  # as deep as fields lie in a fleet, and some
_VERSION: Final = "apiVersion"
_MOST_NAMES: Final = 1000  # a fleet has a dozen at its top


@dataclass(frozen=True, slots=True)
class Spelling:
    """The values that were meant: the fleet they make, or what pydantic still objects to.

    `findings` are told of names; `written` has the path of a field as it was meant ⇒ its name in the text;
    `gone` are fields that nobody could have meant.
    """

    value: dict[str, Any]
    fleet: Fleet | None
    errors: list[Any]
    findings: tuple[Finding, ...]
    written: dict[FieldPath, str]
    gone: list[Finding]

    def as_written(self, finding: Finding) -> Finding:
        """The finding with paths that the text has."""
        if not self.written:
            return finding
        notes = tuple(replace(note, path=self._path(note.path)) for note in finding.notes)
        return replace(finding, path=self._path(finding.path), notes=notes)

    def as_meant(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """The findings with names that were meant; not those of names alone, behind which all was read."""
        meant = {(*path[:-1], name): path[-1] for path, name in self.written.items()}
        for finding in findings:
            path: FieldPath = ()
            for step in finding.path:
                path = (*path, meant.get((*path, step), step))
            if finding.rule != "unknown-field" or path not in self.written:
                yield replace(finding, path=path)

    def _path(self, path: FieldPath) -> FieldPath:
        return tuple(self.written.get(path[: depth + 1], step) for depth, step in enumerate(path))


def spell_version(value: dict[str, Any]) -> tuple[dict[str, Any], dict[FieldPath, str]]:
    """The values with `apiVersion` under this name, and under which other one the text has it, if so."""
    near = (each for each in islice(value, _MOST_NAMES) if sure(each, _VERSION))
    name = None if _VERSION in value else next(near, None)
    if name is None:
        return value, {}
    renamed = {_VERSION if each == name else each: content for each, content in value.items()}
    return renamed, {(_VERSION,): name}


def spell(value: dict[str, Any], written: dict[FieldPath, str]) -> Spelling:
    """The values with every misspelt field under the name that was meant, or gone where none is near.

    `written` are the names that were put right before. Raises FleetError (`too-large`) for what has
    more mistakes than anybody would read.
    """
    vocabulary = Vocabulary()
    told = [finding for name in written.values() for finding in findings_of([_unknown(name)], {})]
    spelling = Spelling(value, *_validated(value), tuple(told), dict(written), [])
    for _ in range(_MOST_ROUNDS):
        unknown = [error for error in spelling.errors if error["type"] == "extra_forbidden"]
        if not unknown:
            break
        if spelling.value is value:
            spelling = replace(spelling, value=_tree(value))
        found = findings_of(unknown, spelling.value, vocabulary)
        findings = (*spelling.findings, *map(spelling.as_written, found))
        for finding in found:
            _put_right(spelling, finding, vocabulary)
        fleet, errors = _validated(spelling.value)
        spelling = replace(spelling, fleet=fleet, errors=errors, findings=findings)
    return spelling


def _unknown(name: str) -> dict[str, Any]:
    """What pydantic says of a field at the top that it does not know."""
    return {"type": "extra_forbidden", "loc": (name,), "input": None}


def _validated(value: dict[str, Any]) -> tuple[Fleet | None, list[Any]]:
    try:
        return Fleet.model_validate(value, by_alias=True, by_name=False), []
    except ValidationError as error:
        if error.error_count() > MOST_ERRORS:
            raise FleetError([_hardly_a_fleet()]) from None
        return None, list(error.errors(include_url=False))


def _hardly_a_fleet() -> Finding:
    return Finding(
        rule="too-large",
        level="error",
        message=f"more than {MOST_ERRORS:,} mistakes in one file",
        remedy="check that this is the file you meant",
        waivable=False,
    )


def _tree(value: Any) -> Any:
    """A copy in which nothing stands at two places, as it does in `copy.deepcopy` of values that share a part."""
    if isinstance(value, dict):
        return {name: _tree(each) for name, each in value.items()}
    return [_tree(each) for each in value] if isinstance(value, list) else value


def _put_right(spelling: Spelling, finding: Finding, vocabulary: Vocabulary) -> None:
    *way, name = finding.path
    part: Any = spelling.value
    for step in way:
        part = part[step]
    meant = meant_by(finding.path, spelling.value, vocabulary)
    content = part.pop(name)
    if meant is None:
        spelling.gone.append(finding)
    else:
        part[meant] = content
        spelling.written[(*way, meant)] = str(name)
