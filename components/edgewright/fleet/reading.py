"""Plain values ⇒ a Fleet, with everything that is wrong in them at once.

Where something is broken, a fleet of the rest is made all the same, so that what is wrong with that
is told in the same breath.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field, ValidationError

from edgewright.document.garbage import no_collection
from edgewright.errors import FieldPath, Finding, FleetError
from edgewright.fleet.answers import example_of, findings_of
from edgewright.fleet.device_class import DeviceClass
from edgewright.fleet.fields import field_at, is_entry
from edgewright.fleet.fleet import Fleet
from edgewright.fleet.migrations import CURRENT, migrate
from edgewright.fleet.model import Model
from edgewright.fleet.part import Entries, Name
from edgewright.fleet.references import check_references
from edgewright.fleet.scope import Scope
from edgewright.fleet.spelling import Spelling, spell, spell_version
from edgewright.fleet.workload import Workload

if TYPE_CHECKING:
    from edgewright.catalogue import Catalogue

_NAMED: Final = {
    "deviceClasses": "device_classes", "models": "models", "runtimes": "runtimes", "workloads": "workloads",
    "rollouts": "rollouts",
}  # fmt: skip


_OF_NO_WEIGHT: Final = {
    "deviceClasses": ("devices",),
    "models": ("evaluation",),
    "workloads": (
        "batching", "expose", "latency", "load", "rollout", "shutdown", "startup", "whenUnsure",
    ),
}  # fmt: skip
"""Fields of an entry that may be left out of it, and what it takes and runs on stays the same."""


class _Partial(Fleet):
    """A fleet that may lack what a fleet must have: what remains when what is broken is left out."""

    fleet: Name = "unnamed"
    registry: str = "registry.invalid"
    device_classes: dict[Name, DeviceClass] = Field({})
    models: dict[Name, Model] = Field({})
    workloads: dict[Name, Workload] = Field({})


@dataclass(frozen=True, slots=True)
class FleetReading:
    """A fleet and what is wrong with it.

    With errors among the findings the fleet is what remains without the broken entries: good for
    finding more, never for rendering. None where nothing could be made of the values. `readable` has
    those entries too, as far as they can be read: with less in them than a plan may count on.
    """

    fleet: Fleet | None
    findings: tuple[Finding, ...]
    readable: Fleet | None = None
    _spelling: Spelling | None = dataclass_field(default=None, repr=False)

    @property
    def values(self) -> Mapping[str, Any]:
        """The plain values with fields as they were meant, what is broken among them included."""
        return self._spelling.value if self._spelling else {}

    def as_meant(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings of this floor with the names that were meant, less those that only tell of names."""
        return list(self._spelling.as_meant(findings)) if self._spelling else [*findings]

    def as_written(self, findings: Iterable[Finding]) -> list[Finding]:
        """What other floors found in the fleet, with the names that fields have in the text."""
        return [self._spelling.as_written(finding) if self._spelling else finding for finding in findings]


def read_fleet(value: Any, catalogue: Catalogue, unread: Iterable[FieldPath] = ()) -> FleetReading:
    """The fleet that plain values (of a Document) describe.

    `unread` are the paths of what the Document has lost: an entry that lacks something is no whole one.
    """
    with no_collection():
        return _read(value, catalogue, unread)


def _read(value: Any, catalogue: Catalogue, unread: Iterable[FieldPath]) -> FleetReading:
    if not isinstance(value, dict):
        return FleetReading(None, (_not_a_fleet(value),))
    named, written = spell_version(value)
    values, version_findings = migrate(named)
    if values is None:
        return FleetReading(None, version_findings)
    try:
        spelling = spell(values, written)
    except FleetError as error:
        return FleetReading(None, (*version_findings, *error.findings))
    # An empty version was read as the current one; it is told as what it is.
    version = {("apiVersion",): None} if named.get("apiVersion", "") is None else {}
    empty = {path: _empty(path) for path in (*version, *_nulls(spelling.value))}
    made = findings_of(spelling.errors, spelling.value)
    findings = [*version_findings, *empty.values(), *(each for each in made if each.path not in empty)]
    fleet = rest = spelling.fleet
    if made:
        rest = _what_remains(spelling.value, made)
    broken = [*(each.path for each in (*made, *empty.values(), *spelling.gone)), *unread]
    if rest is not None and broken:
        fleet = _whole_entries(rest, broken)
    if rest is not None:
        findings += check_references(Scope(rest, catalogue, spelling.value))
    told = (*spelling.findings, *map(spelling.as_written, findings))
    return FleetReading(fleet, told, rest, spelling)


def check_fleet(fleet: Fleet, catalogue: Catalogue) -> tuple[Finding, ...]:
    """What is wrong with a fleet that was written in Python."""
    return tuple(check_references(Scope(fleet, catalogue)))


def _what_remains(value: dict[str, Any], findings: list[Finding]) -> Fleet | None:
    """A fleet without the broken fields; without the broken entries where that is not enough."""
    small = {_smallest(finding.path) for finding in findings}
    large = {finding.path[: 2 if finding.path[0] in _NAMED else 1] for finding in findings if finding.path}
    for paths in (small, large, {path[:1] for path in large}):
        try:
            return _Partial.model_validate(_without(value, paths), by_alias=True, by_name=False)
        except ValidationError:
            continue
    return None


def _smallest(path: FieldPath) -> FieldPath:
    """The least that has to be left out with a broken field: up to what may be missing."""
    for depth in range(len(path), 1, -1):
        part = path[:depth]
        if isinstance(part[-1], int):
            continue  # without an item the others would have other numbers
        field = field_at(_Partial, part)
        if field is None or not field.is_required() or is_entry(_Partial, part):
            return part
    return path[:1]


def _without(value: dict[str, Any], paths: set[FieldPath]) -> dict[str, Any]:
    """The values without what stands at the paths; the original is left alone."""
    rest = dict(value)
    fresh: dict[FieldPath, Any] = {(): rest}
    for path in paths:
        outer: Any = rest
        for depth in range(1, len(path)):
            outer = _own(outer, path[:depth], fresh)
        if isinstance(outer, dict):
            outer.pop(path[-1], None)
    return rest


def _own(outer: Any, path: FieldPath, fresh: dict[FieldPath, Any]) -> Any:
    """A copy of what stands at the path, put there once; None where the path leaves the values."""
    if path in fresh:
        return fresh[path]
    step = path[-1]
    inner = outer.get(step) if isinstance(outer, dict) else None
    if isinstance(outer, list) and isinstance(step, int) and step < len(outer):
        inner = outer[step]
    if not isinstance(inner, (dict, list)):
        return None
    fresh[path] = outer[step] = inner.copy()
    return fresh[path]


def _whole_entries(fleet: Fleet, paths: Iterable[FieldPath]) -> Fleet:
    """The fleet without the entries that have something broken in them that a plan needs."""
    heavy = [path for path in paths if path and not _of_no_weight(path)]
    broken = {path[:2] for path in heavy if path[0] in _NAMED}
    kept: dict[str, Any] = {}
    for section, name in _NAMED.items():
        entries = getattr(fleet, name)
        kept[name] = Entries({key: each for key, each in entries.items() if (section, key) not in broken})
    return fleet.model_copy(update=kept)


def _of_no_weight(path: FieldPath) -> bool:
    """Whether a plan is the same without the field, as far as it says what is wrong."""
    at = 4 if path[0] == "workloads" and path[2:3] == ("on",) else 2
    return len(path) > at and path[at] in _OF_NO_WEIGHT.get(str(path[0]), ())


def _nulls(value: Any) -> Iterator[FieldPath]:
    """The paths of what is empty, in the order of the text."""
    open_values: list[tuple[FieldPath, Any]] = [((), value)]
    while open_values:
        path, each = open_values.pop()
        if each is None:
            yield path
            continue
        kids = each.items() if isinstance(each, dict) else enumerate(each)
        inner = [
            ((*path, step), kid)
            for step, kid in kids
            if kid is None or type(kid) is dict or type(kid) is list
        ]
        open_values.extend(reversed(inner))


def _empty(path: FieldPath) -> Finding:
    name = f"`{path[-1]}`" if isinstance(path[-1], str) else f"item {path[-1] + 1} of this list"
    field = None if is_entry(Fleet, path) else field_at(Fleet, path)
    remedy = "give it one, or remove it"
    if field is not None and field.is_required():
        example = example_of(path)
        remedy = f"give it one, such as `{example}`" if example else "give it one"
    elif path == ("apiVersion",):
        remedy = f"write `{CURRENT}`"
    elif field is not None and isinstance(path[-1], str):
        remedy += " to take the default"
    return Finding(
        rule="empty-field",
        level="error",
        message=f"{name} has no value",
        remedy=remedy,
        path=path,
        waivable=False,
    )


def _not_a_fleet(value: Any) -> Finding:
    empty = value is None
    return Finding(
        rule="wrong-type",
        level="error",
        message="the file is empty, or holds nothing but comments"
        if empty
        else "a fleet is a mapping with fields such as `fleet:` and `models:`",
        remedy="`edgewright init` writes a fleet.yaml to start from",
        waivable=False,
    )
