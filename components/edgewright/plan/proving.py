"""Proving: whether evidence is about what a ring runs, was long enough, and shows that it is good."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from edgewright.artifact.evidence import ClassEvidence, Compared, Evidence
from edgewright.artifact.rings import Ring
from edgewright.artifact.strict import time_text
from edgewright.errors import FieldPath, Finding, Note
from edgewright.fleet import Baseline, Fleet
from edgewright.plan.chance import WHOLE
from edgewright.plan.gate import Gate, floor_of, gates_of
from edgewright.plan.judgement import Judged, Yardstick, findings_of, judge
from edgewright.plan.plan import ClassPlan, PlannedRing
from edgewright.plan.promotion import Promotion, ring_path, span

CLOCKS: Final = timedelta(minutes=5)
"""How far the clocks of two machines may be apart."""


def gates_before(promotion: Promotion, fleet: Fleet) -> tuple[Gate, ...]:
    """What the ring before is judged by; nothing where it has no devices, or nothing was there to compare."""
    planned, proven = promotion.planned, promotion.proven
    if proven is None or not promotion.before.devices:
        return ()
    gates = gates_of(promotion.before, planned, floor_of(fleet, planned))
    if proven.previous is not None:
        return gates
    return tuple(gate for gate in gates if _compares_with_nothing(gate, planned) is False)


def not_compared(promotion: Promotion, fleet: Fleet) -> tuple[str, ...]:
    """Limits that the first release of a ring cannot be held against: nothing ran before it."""
    planned = promotion.planned
    judged = {gate.figure for gate in gates_before(promotion, fleet)}
    if not promotion.before.devices:
        return ()
    gates = gates_of(promotion.before, planned, floor_of(fleet, planned))
    return tuple(gate.figure for gate in gates if gate.figure not in judged)


def _compares_with_nothing(gate: Gate, planned: ClassPlan) -> bool:
    against = planned.rollout.against if planned.rollout else "previous"
    return gate.figure != "errorRate" and not isinstance(against, Baseline)


def check_subject(evidence: Evidence, promotion: Promotion, fleet: Fleet) -> Iterator[Finding]:
    """Evidence of another fleet, rollout or ring than the one that has to be proven."""
    wanted = {
        "fleet": (evidence.fleet, fleet.fleet),
        "rollout": (evidence.rollout, promotion.planned.rollout_name or ""),
        "ring": (evidence.ring, promotion.before.name),
    }
    for name, (written, right) in wanted.items():
        if written != right:
            message = f"this is evidence of the {name} `{written[:80]}`, and `{right}` is to be proven"
            yield _stale(message, (name,))


def prove_ring(
    evidence: Evidence, promotion: Promotion, fleet: Fleet, now: datetime
) -> tuple[list[Judged], list[Finding]]:
    """What the evidence says of one class; paths are those of the evidence, of notes those of the fleet."""
    gates, proven = gates_before(promotion, fleet), promotion.proven
    path: FieldPath = ("classes", promotion.planned.name)
    of_class = evidence.classes.get(promotion.planned.name)
    if not gates or proven is None:
        return [], []
    if of_class is None:
        return [], [_missing(promotion, ("classes",))]
    findings = [
        *_window(of_class, promotion.before, proven, now, path),
        *_devices(of_class, promotion, path),
        *_workloads(of_class, promotion, path),
    ]
    judged: list[Judged] = []
    for name in watched(promotion.planned):
        compared = of_class.workloads.get(name)
        if compared is not None:
            found = _prove_workload(name, compared, promotion, fleet, (*path, "workloads", name))
            judged += found[0]
            findings += found[1]
    return judged, findings


def _prove_workload(
    name: str, compared: Compared, promotion: Promotion, fleet: Fleet, path: FieldPath
) -> tuple[list[Judged], list[Finding]]:
    gates, proven = gates_before(promotion, fleet), promotion.proven
    assert proven is not None
    against = promotion.planned.rollout.against if promotion.planned.rollout else "previous"
    yardstick = Yardstick(
        floor_of(fleet, promotion.planned), against if isinstance(against, Baseline) else None
    )
    findings = list(_digests(compared, proven, yardstick, path))
    judged, lacking = judge(name, compared, gates, yardstick, path)
    findings += lacking
    limits = (*promotion.before.path, "abortWhen")
    for each in judged:
        findings += findings_of(each, (*path, "ring"), (*limits, each.figure))
    return judged, findings


def watched(planned: ClassPlan) -> list[str]:
    """The workloads of a class that a ring is judged by."""
    return [each.name for each in planned.workloads if each.rollout is not None]


def _workloads(of_class: ClassEvidence, promotion: Promotion, path: FieldPath) -> Iterator[Finding]:
    """Workloads that the evidence leaves out, and those that it makes up."""
    names = watched(promotion.planned)
    for name in names:
        if name not in of_class.workloads:
            message = f"the evidence says nothing of `{name}`, which this ring runs too"
            yield Finding(
                "evidence-missing",
                "error",
                message,
                "add its figures",
                (*path, "workloads"),
                waivable=False,
            )
    for name in of_class.workloads:
        if name not in names:
            message = f"`{promotion.planned.name}` has no workload `{name[:80]}` in this rollout"
            yield Finding(
                "unknown-reference",
                "error",
                message,
                "remove it from the evidence, or correct the name",
                (*path, "workloads", name),
                on_key=True,
                waivable=False,
            )


def _window(
    of_class: ClassEvidence, ring: PlannedRing, proven: Ring, now: datetime, path: FieldPath
) -> Iterator[Finding]:
    """Figures from before the ring ran it, from the future, or of less than its soak."""
    since, soak = proven.runs.since, timedelta(seconds=ring.soak.seconds if ring.soak else 0)
    if of_class.start < since:
        message = f"`{ring.name}` runs release {proven.runs.release.number} only since {time_text(since)}"
        yield _stale(message, (*path, "from"))
    if of_class.end > now + CLOCKS:
        yield _stale(f"it is only {time_text(now)}", (*path, "until"))
    if of_class.end - of_class.start < soak:
        message = f"this is {span(of_class.end - of_class.start)}, and the soak is {span(soak)}"
        yield _stale(message, (*path, "until"), Note("the soak", path=(*ring.path, "soak")))


def _devices(of_class: ClassEvidence, promotion: Promotion, path: FieldPath) -> Iterator[Finding]:
    """More devices without a figure than the rollout tolerates switched off."""
    ring, rollout = promotion.before, promotion.planned.rollout
    tolerated = ring.devices * int(rollout.unreachable.tolerate if rollout else 0) // WHOLE
    least = max(1, ring.devices - tolerated)
    if of_class.devices < least:
        yield Finding(
            "evidence-too-small",
            "error",
            f"{of_class.devices:,} of {ring.devices:,} devices in `{ring.name}` have sent figures, "
            f"and {least:,} have to",
            "find out what became of the others, or tolerate more: `unreachable: {tolerate: …}`",
            (*path, "devices"),
            waivable=False,
            notes=(Note("the rollout", path=ring.path[:2]),) if rollout else (),
        )


def _digests(compared: Compared, proven: Ring, yardstick: Yardstick, path: FieldPath) -> Iterator[Finding]:
    """Figures of another artifact than the one that the ring runs, or ran before."""
    release = proven.runs.release
    if compared.ring.digest != release.digest:
        message = f"these are figures of {compared.ring.digest[:19]}, and the ring runs {release.digest[:19]}"
        yield _stale(message, (*path, "ring", "digest"))
    before = proven.previous
    if compared.against is None or before is None or yardstick.fixed is not None:
        return
    if compared.against.digest != before.release.digest:
        message = (
            f"this is compared with {compared.against.digest[:19]}, and before the ring ran "
            f"{before.release.digest[:19]}"
        )
        yield _stale(message, (*path, "against", "digest"))


def no_evidence(promotion: Promotion, fleet: Fleet) -> Iterator[Finding]:
    """That there has to be some, where the ring before is watched."""
    if gates_before(promotion, fleet):
        yield _missing(promotion, ring_path(promotion.planned.name, promotion.before.name))


def _missing(promotion: Promotion, path: FieldPath) -> Finding:
    return Finding(
        "evidence-missing",
        "error",
        f"`{promotion.before.name}` of `{promotion.planned.name}` is watched, and nothing says what was seen",
        "give the figures of the ring with --evidence FILE, or force it: --force REASON",
        path,
        waivable=False,
        notes=(Note("what it is watched for", path=(*promotion.before.path, "abortWhen")),),
    )


def _stale(message: str, path: FieldPath, *notes: Note) -> Finding:
    remedy = "collect the figures of the devices in this ring since it runs this release"
    return Finding("evidence-stale", "error", message, remedy, path, waivable=False, notes=notes)
