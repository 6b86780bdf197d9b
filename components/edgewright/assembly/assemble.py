"""From a fleet.yaml, or a fleet in Python, to its objects.

Every floor that can still say something true is asked, whatever the one before it found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from edgewright.artifact.lock import Lock
from edgewright.assembly.catalogues import read_catalogue
from edgewright.assembly.echoes import without_echoes
from edgewright.assembly.files import base_of, read_fleet_file, read_lock_beside, shown_text
from edgewright.assembly.models import compare_files
from edgewright.assembly.policies import read_policies
from edgewright.assembly.texts import read_texts
from edgewright.catalogue import Catalogue, load
from edgewright.document.document import Document
from edgewright.document.secrets import plain_secrets, without_secrets
from edgewright.document.waivers import apply_waivers
from edgewright.errors import Finding, FleetError

if TYPE_CHECKING:  # pydantic is slow to import, and a file that is no YAML needs none
    from edgewright.fleet import Fleet
    from edgewright.plan import ClassPlan, Plan
    from edgewright.plan.plan import Object
    from edgewright.render import Manifest

Told: TypeAlias = Callable[[str], None]
"""Hears what is being done, for whoever waits."""

Holds: TypeAlias = Callable[[Sequence[Finding]], Sequence[Finding]]
"""Findings ⇒ those that stand, because nothing waives them."""

_ABOUT_LOCK = ("lock-stale", "not-locked")


def _silent(_what: str) -> None:
    """For those who do not wait."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """What the floors made of a fleet. `sources` has the text of each file that a finding can point into.

    `whole` says that nothing of the fleet was left out because it could not be read.
    """

    findings: tuple[Finding, ...]
    sources: Mapping[str, str] = field(default_factory=dict)
    fleet: Fleet | None = None
    plan: Plan | None = None
    manifests: tuple[Manifest, ...] = ()
    lock: Lock = field(default_factory=Lock)
    document: Document | None = None
    whole: bool = False
    catalogue: Catalogue = field(default_factory=load)

    @property
    def has_errors(self) -> bool:
        """Whether something must be mended before anything is rendered."""
        return _has_error(self.findings)


def assemble(path: Path, *, today: date, unlocked: bool = False, told: Told = _silent) -> Assembled:
    """Everything that follows from a fleet.yaml; `unlocked` lets stand-ins replace missing digests.

    Never raises for what a file says; a file that cannot be read is a finding too.
    """
    told(f"reading {path}")
    try:
        document = read_fleet_file(path)
    except FleetError as error:
        return Assembled(error.findings, shown_text(path))
    return assemble_document(document, path, today=today, unlocked=unlocked, told=told)


def assemble_document(
    document: Document, path: Path, *, today: date, unlocked: bool = False, told: Told = _silent
) -> Assembled:
    """Everything that follows from what was read of a fleet.yaml; its values may be others by now."""

    def holds(findings: Sequence[Finding]) -> tuple[Finding, ...]:
        located = map(document.locate, findings)
        return apply_waivers(located, document.waivers, today, complete=False)

    assembled = _from_document(document, base_of(path), unlocked, holds, told)
    located = map(document.locate, assembled.findings)
    # Where nothing was rendered, some rules were not tried, and nobody knows which waivers are of use.
    findings = apply_waivers(located, document.waivers, today, complete=bool(assembled.manifests))
    sources = {document.file: document.source.text, **assembled.sources}
    return replace(assembled, findings=findings, sources=sources, document=document)


def _from_document(document: Document, base: Path, unlocked: bool, holds: Holds, told: Told) -> Assembled:
    from edgewright.fleet import read_fleet

    own = read_catalogue(document.value, base.parent)
    reading = read_fleet(document.value, own.catalogue, document.lost | document.partial)
    of_fleet = own.without_echoes(document.without_echoes(reading.findings))
    secrets = list(plain_secrets(document.value))
    first = [*document.findings, *own.findings, *of_fleet, *secrets]
    if secrets:
        first = without_secrets(first)
    if reading.fleet is None:
        return Assembled(tuple(first), own.sources, catalogue=own.catalogue)
    # An error so far is about what cannot be read, and no waiver helps with that.
    whole = not _has_error(first)
    assembled, lock_findings = with_what_lies_beside(
        reading.fleet,
        own.catalogue,
        base,
        values=reading.values,
        readable=reading.readable,
        unlocked=unlocked,
        may_render=whole,
        holds=holds,
        told=told,
    )
    later = without_echoes(assembled.findings, reading.as_meant(first), torn=() in document.partial)
    findings = (*first, *lock_findings, *document.without_echoes(reading.as_written(later)))
    sources = {**own.sources, **assembled.sources}
    return replace(assembled, findings=findings, sources=sources, whole=whole, catalogue=own.catalogue)


def with_what_lies_beside(
    fleet: Fleet,
    catalogue: Catalogue,
    base: Path,
    *,
    values: Mapping[str, Any],
    readable: Fleet | None = None,
    unlocked: bool,
    may_render: bool,
    holds: Holds = tuple,
    told: Told = _silent,
) -> tuple[Assembled, Sequence[Finding]]:
    """What follows from a fleet and the files that it names, and what is wrong with its lock.

    `base` is the fleet.yaml, or where it would lie; `values` are the plain values of the fleet, and
    `readable` has more of it than can be planned, where something in it is broken.
    """
    from edgewright.assembly.devices import count_devices

    folder = base.parent
    locked = read_lock_beside(base)
    texts, text_findings = read_texts(values, folder)
    policies = read_policies(values, folder)
    text_findings += policies.findings
    counted = count_devices(fleet, folder, told=told)
    told("planning")
    assembled = plan_and_render(
        fleet,
        catalogue,
        locked.lock,
        texts,
        counted.counts,
        policies=policies.by_folder,
        unlocked=unlocked,
        may_render=may_render and not _has_error((*locked.findings, *text_findings)),
        before=[*text_findings, *counted.findings, *compare_files(readable or fleet, locked, folder)],
        holds=holds,
        told=told,
    )
    found: Sequence[Finding] = assembled.findings
    if locked.findings:  # what an unreadable lock lacks is no news
        found = [finding for finding in found if finding.rule not in _ABOUT_LOCK]
    sources = {**locked.sources, **counted.sources, **policies.sources}
    return replace(assembled, findings=tuple(found), sources=sources, lock=locked.lock), locked.findings


def _has_error(findings: Sequence[Finding]) -> bool:
    return any(finding.level == "error" for finding in findings)


def plan_and_render(
    fleet: Fleet,
    catalogue: Catalogue,
    lock: Lock,
    texts: Mapping[str, str],
    counts: Mapping[str, tuple[int, ...]],
    *,
    policies: Mapping[str, tuple[Object, ...]] | None = None,
    unlocked: bool,
    may_render: bool = True,
    before: Sequence[Finding] = (),
    holds: Holds = tuple,
    told: Told = _silent,
) -> Assembled:
    """The floors from plan on, for a fleet of YAML or of Python.

    Nothing is rendered where an error holds among the findings of the plan and those from `before`.
    """
    from edgewright.plan import build_plan
    from edgewright.render import not_rendered_yet, render

    plan = build_plan(fleet, catalogue, lock, texts=texts, counts=counts, policies=policies)
    findings = [*before, *(_harder(finding, unlocked) for finding in plan.findings), *not_rendered_yet(plan)]
    if not may_render or _has_error(holds(findings)):
        return Assembled(tuple(findings), fleet=fleet, plan=plan)
    told("rendering")
    manifests = render(plan)
    told(f"checking {len(manifests):,} objects")
    findings += scan_manifests(plan.classes, manifests)
    return Assembled(tuple(findings), fleet=fleet, plan=plan, manifests=tuple(manifests))


def _harder(finding: Finding, unlocked: bool) -> Finding:
    """What is not locked is an error where the result is meant to run."""
    if finding.rule in _ABOUT_LOCK and not unlocked:
        return replace(finding, level="error", waivable=False)
    return finding


def scan_manifests(classes: Sequence[ClassPlan], manifests: Sequence[Manifest]) -> list[Finding]:
    """What is wrong with rendered objects, each group of them that one device gets taken together."""
    from edgewright.scan import check_objects

    versions = {planned.name: planned for planned in classes}
    found: list[Finding] = []
    for class_name, group in _groups(manifests):
        planned = versions[class_name]
        objects = [(each.body, each.origin) for each in group]
        # What is said of no object is said of the class's Kubernetes.
        of_class = (*planned.path, "software", "k3s")
        found += [
            finding if finding.path else replace(finding, path=of_class)
            for finding in check_objects(objects, planned.kubernetes)
        ]
    return list(dict.fromkeys(found))


def _groups(manifests: Sequence[Manifest]) -> Iterator[tuple[str, list[Manifest]]]:
    """The objects of each class, and beside them those by which a ring gets them."""
    groups: dict[tuple[str, str], list[Manifest]] = {}
    for manifest in manifests:
        class_name, _, rest = manifest.path.partition("/")
        ring = rest if rest.startswith("delivery/") else ""
        groups.setdefault((class_name, ring), []).append(manifest)
    for (class_name, _), group in groups.items():
        yield class_name, group
