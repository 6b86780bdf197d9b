"""One step of a rollout for one class: what stacks/rings.yaml will say, or what is in the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from edgewright.artifact.evidence import Evidence
from edgewright.artifact.evidence_file import read_evidence
from edgewright.artifact.rings import ClassRings, Release, entered, moved
from edgewright.assembly.rings import placed
from edgewright.document.document import Document, read_document
from edgewright.errors import Finding, FleetError
from edgewright.fleet import Fleet
from edgewright.plan.judgement import Judged
from edgewright.plan.promotion import Promotion, doubtful, doubtful_entry, forbidden
from edgewright.plan.proving import check_subject, no_evidence, not_compared, prove_ring


@dataclass(frozen=True, slots=True)
class Given:
    """A file of evidence that could be read, and where everything in it stands."""

    evidence: Evidence
    document: Document


@dataclass(frozen=True, slots=True)
class Asked:
    """When a step is asked for, on what evidence, and the reason where somebody forces it.

    `documents` are stacks/rings.yaml and fleet.yaml, for the places of findings.
    """

    fleet: Fleet
    now: datetime
    given: Given | None = None
    forced: str | None = None
    documents: tuple[Document | None, Document | None] = (None, None)


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one class.

    `after` is what its ring runs then, `rings` all that the file says of it. Nothing moves where it `is_done`.
    `overridden` is what was found and a reason was given against; `not_compared` are limits that were not asked
    for, because nothing is known to have run before.
    """

    promotion: Promotion
    after: Release
    rings: ClassRings
    judged: tuple[Judged, ...] = ()
    overridden: tuple[Finding, ...] = field(default=())
    not_compared: tuple[str, ...] = ()
    is_done: bool = False


def read_given(path: Path) -> Given:
    """The evidence in a file. Raises FleetError: `cannot-read`, `evidence-unreadable`, whatever YAML refuses."""
    document = read_document(path, str(path))
    evidence, findings = read_evidence(document)
    if evidence is None:
        raise FleetError(findings)
    return Given(evidence, document)


def enter_first(promotion: Promotion, digest: str, asked: Asked) -> tuple[Step | None, list[Finding]]:
    """What is rendered today enters the first ring of a class."""
    there, rings = promotion.there, promotion.rings
    if there is not None and there.runs.release.digest == digest:
        return Step(promotion, there.runs.release, rings, is_done=True), []
    doubts = list(placed(doubtful_entry(promotion, digest), *asked.documents))
    if doubts and asked.forced is None:
        return None, doubts
    reason = asked.forced if doubts else None
    after = entered(rings, promotion.ring.name, digest, asked.now, reason)
    return Step(promotion, after.releases[-1], after, overridden=tuple(doubts)), []


def advance(promotion: Promotion, asked: Asked) -> tuple[Step | None, list[Finding]]:
    """What the ring before has proven goes to the next one."""
    release, rings = promotion.release, promotion.rings
    if release is not None and promotion.is_done:
        return Step(promotion, release, rings, is_done=True), []
    findings = list(placed(forbidden(promotion), *asked.documents))
    judged, doubts = _proven(promotion, asked)
    if release is None or findings or (doubts and asked.forced is None):
        return None, [*findings, *doubts]
    after = moved(rings, promotion.ring.name, release, asked.now, asked.forced if doubts else None)
    exempt = not_compared(promotion, asked.fleet)
    return Step(promotion, release, after, tuple(judged), tuple(doubts), exempt), []


def _proven(promotion: Promotion, asked: Asked) -> tuple[list[Judged], list[Finding]]:
    doubts = list(placed(doubtful(promotion, asked.now), *asked.documents))
    if asked.given is None:
        return [], [*doubts, *placed(no_evidence(promotion, asked.fleet), *asked.documents)]
    judged, findings = prove_ring(asked.given.evidence, promotion, asked.fleet, asked.now)
    return judged, [*doubts, *placed(findings, asked.given.document, asked.documents[1])]


def strange_evidence(promotion: Promotion, asked: Asked) -> Iterator[Finding]:
    """Evidence that is not about the ring at all, for any class: not even a reason helps."""
    if asked.given is not None:
        findings = check_subject(asked.given.evidence, promotion, asked.fleet)
        yield from placed(findings, asked.given.document, asked.documents[1])
