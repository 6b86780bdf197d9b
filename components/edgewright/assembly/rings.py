"""stacks/rings.yaml of a fleet: where it lies, what it says of this fleet's classes and rings, what is wrong in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from edgewright.artifact.rings import ClassRings, Rings
from edgewright.artifact.rings_file import read_rings, rings_values
from edgewright.artifact.strict import time_text
from edgewright.assembly.assemble import Assembled
from edgewright.assembly.files import base_of, is_there
from edgewright.catalogue.nearest import did_you_mean
from edgewright.document.document import Document, read_document
from edgewright.document.emit import emit
from edgewright.errors import FieldPath, Finding, FleetError
from edgewright.plan import Plan
from edgewright.plan.promotion import ring_path
from edgewright.plan.proving import CLOCKS

RINGS_FILE: Final = "rings.yaml"
STACKS: Final = "stacks"

_HEAD: Final = (
    "# Which artifact the devices of each ring run. `edgewright promote` and `edgewright rollback` write it, pull\n"
    "# requests change it, `edgewright publish` makes the registry's tags follow it: docs/rings.md tells how.\n"
)


@dataclass(frozen=True, slots=True)
class ReadRings:
    """What the file says, its findings with their places, and the document where there is a file."""

    rings: Rings
    findings: tuple[Finding, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    document: Document | None = None


def rings_beside(file: Path) -> Path:
    """Where the rings of the fleet in a file are written: in `stacks/` beside it, or beside it without one."""
    folder = base_of(file).parent
    return folder / STACKS / RINGS_FILE if (folder / STACKS).is_dir() else folder / RINGS_FILE


def read_rings_of(plan: Plan, path: Path, now: datetime) -> ReadRings:
    """The rings of a plan's fleet; none where there is no file yet."""
    try:
        if not is_there(path):
            return ReadRings(Rings(plan.fleet.fleet))
        document = read_document(path, str(path))
    except FleetError as error:
        return ReadRings(Rings(plan.fleet.fleet), error.findings)
    rings, findings = read_rings(document)
    sources = {document.file: document.source.text}
    if not findings:
        strange = [*_other_fleet(plan, rings), *_strangers(plan, rings), *_from_the_future(rings, now)]
        findings = tuple(document.locate(each) for each in strange)
    return ReadRings(rings, findings, sources, document)


def rings_text(plan: Plan, rings: Rings) -> str:
    """The text of the file: classes and rings in the order that the fleet has them in."""
    classes: dict[str, ClassRings] = {}
    for planned in plan.classes:
        of_class = rings.classes.get(planned.name)
        if of_class is not None and of_class.rings:
            order = {ring.name: of_class.rings.get(ring.name) for ring in planned.rings}
            there = {name: ring for name, ring in order.items() if ring is not None}
            classes[planned.name] = replace(of_class, rings=there)
    return _HEAD + emit(rings_values(replace(rings, classes=classes)))


def class_digests(assembled: Assembled) -> dict[str, str]:
    """Class ⇒ digest of the artifact that its manifests are today; without those that nothing runs on.

    Raises FleetError where something cannot be packed.
    """
    from edgewright.assembly.publication.classes import class_publications

    assert assembled.plan is not None
    made = class_publications(assembled.plan, assembled.manifests)
    return {each.classes[0]: each.digest for each in made if each.kind == "manifests"}


def placed(findings: Iterable[Finding], of: Document | None, fleet: Document | None) -> Iterator[Finding]:
    """The findings with places: paths are fields of one document, those of notes fields of the fleet."""
    for each in findings:
        notes = tuple(
            replace(note, place=fleet.place(note.path))
            for note in each.notes
            if fleet is not None and fleet.has(note.path)
        )
        found = replace(each, notes=notes)
        yield of.locate(found) if of is not None else found


def _other_fleet(plan: Plan, rings: Rings) -> Iterator[Finding]:
    if rings.fleet != plan.fleet.fleet:
        yield Finding(
            "rings-unreadable",
            "error",
            f"these are the rings of the fleet `{rings.fleet[:80]}`, and this is `{plan.fleet.fleet}`",
            "name the file of this fleet with --rings FILE, or put each fleet into a folder of its own",
            ("fleet",),
            waivable=False,
        )


def _strangers(plan: Plan, rings: Rings) -> Iterator[Finding]:
    """Classes and rings that the fleet does not have."""
    known = {planned.name: [ring.name for ring in planned.rings] for planned in plan.classes}
    for name, of_class in rings.classes.items():
        if name not in known:
            yield _stranger(name, "class", known, ("classes", name))
            continue
        for ring in of_class.rings:
            if ring not in known[name]:
                yield _stranger(ring, "ring", known[name], ring_path(name, ring))


def _stranger(name: str, kind: str, known: Iterable[str], path: FieldPath) -> Finding:
    meant = did_you_mean(name, known)
    hint = f"; did you mean `{meant}`?" if meant else ""
    return Finding(
        "unknown-reference",
        "error",
        f"this fleet has no {kind} `{name[:80]}`{hint}",
        "correct the name; where fleet.yaml has renamed or removed it, do the same here",
        path,
        on_key=True,
        waivable=False,
    )


def _from_the_future(rings: Rings, now: datetime) -> Iterator[Finding]:
    for name, of_class in rings.classes.items():
        for ring, state in of_class.rings.items():
            if state.runs.since > now + CLOCKS:
                yield Finding(
                    "ring-from-the-future",
                    "error",
                    f"`{ring}` of `{name}` would run this since {time_text(state.runs.since)}, "
                    f"and it is {time_text(now)}",
                    "write the time at which the change was made, in UTC; check the clock of this machine",
                    (*ring_path(name, ring), "since"),
                    waivable=False,
                )
