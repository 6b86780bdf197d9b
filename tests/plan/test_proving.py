"""Proving: what evidence has to be about, and what it has to show."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.promoted import DAY, KIOSK, PLAN, START, A, B, C, planned, rings, rules

from edgewright.artifact.evidence import ClassEvidence, Compared, Evidence, Figures
from edgewright.artifact.rings import returned
from edgewright.plan.promotion import Promotion
from edgewright.plan.proving import check_subject, gates_before, no_evidence, not_compared, prove_ring


def figures(
    digest: str, accuracy: int = 92, errors: int = 0, p99: int = 30_000, many: int = 100_000
) -> Figures:
    return Figures(digest, many, errors, many, many * accuracy // 100, p99)


def evidence(ring: Figures, against: Figures | None, **other: Any) -> Evidence:
    fields = {"start": START + DAY, "end": START + 2 * DAY, "devices": 10, **other}
    fields.setdefault("workloads", {"read": Compared(ring, against)})
    return Evidence("tiny", "careful", "canary", {"kiosk": ClassEvidence(**fields)})


GOOD = evidence(figures(B), figures(A))
PROMOTION = Promotion(KIOSK, rings(A, B), 1)
NOW = START + 3 * DAY


def test_good_evidence_has_no_findings_and_says_what_was_seen() -> None:
    judged, findings = prove_ring(GOOD, PROMOTION, PLAN.fleet, NOW)
    assert findings == []
    assert [each.figure for each in judged] == ["accuracyDrop", "latencyIncrease", "errorRate"]
    assert not list(check_subject(GOOD, PROMOTION, PLAN.fleet))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (evidence(figures(C), figures(A)), "evidence-stale"),
        (evidence(figures(B), figures(C)), "evidence-stale"),
        (evidence(figures(B), None), "evidence-too-small"),
        (evidence(figures(B), figures(A), start=START), "evidence-stale"),
        (evidence(figures(B), figures(A), end=NOW + DAY), "evidence-stale"),
        (evidence(figures(B), figures(A), start=START + 1.5 * DAY), "evidence-stale"),
        (evidence(figures(B), figures(A), devices=9), "evidence-too-small"),
        (evidence(figures(B), figures(A), workloads={}), "evidence-missing"),
        (evidence(figures(B, accuracy=85), figures(A)), "evidence-beyond-limit"),
        (evidence(figures(B, errors=6000), figures(A)), "evidence-beyond-limit"),
        (evidence(figures(B, p99=46_000), figures(A)), "evidence-beyond-limit"),
        (evidence(figures(B, many=1000), figures(A)), "evidence-too-small"),
        (replace(GOOD, classes={}), "evidence-missing"),
    ],
)
def test_evidence_that_does_not_do(given: Evidence, found: str) -> None:
    _, findings = prove_ring(given, PROMOTION, PLAN.fleet, NOW)
    assert set(rules(findings)) == {found}


def test_a_workload_that_is_not_there_is_found() -> None:
    more = {name: Compared(figures(B), figures(A)) for name in ("read", "reed")}
    _, findings = prove_ring(evidence(figures(B), None, workloads=more), PROMOTION, PLAN.fleet, NOW)
    assert rules(findings) == ["unknown-reference"]


@pytest.mark.parametrize("field", ["fleet", "rollout", "ring"])
def test_evidence_of_something_else(field: str) -> None:
    other: dict[str, Any] = {field: "other"}
    (finding,) = check_subject(replace(GOOD, **other), PROMOTION, PLAN.fleet)
    assert finding.rule == "evidence-stale"
    assert finding.path == (field,)


def test_devices_that_may_be_switched_off_need_not_send_anything() -> None:
    plan, tolerant = planned(unreachable={"tolerate": "10%"})
    few = evidence(figures(B), figures(A), devices=9)
    assert prove_ring(few, Promotion(tolerant, rings(A, B), 1), plan.fleet, NOW)[1] == []


def test_the_first_release_is_held_against_nothing_but_its_errors() -> None:
    first = Promotion(KIOSK, rings(A), 1)
    assert [gate.figure for gate in gates_before(first, PLAN.fleet)] == ["errorRate"]
    assert not_compared(first, PLAN.fleet) == ("accuracyDrop", "latencyIncrease")
    plan, fixed = planned(against={"accuracy": "91%", "p99": "30ms"})
    assert len(gates_before(Promotion(fixed, rings(A), 1), plan.fleet)) == 3
    assert not_compared(Promotion(fixed, rings(A), 1), plan.fleet) == ()


def test_what_a_ring_has_returned_to_is_held_against_nothing_but_its_errors() -> None:
    """What ran in between was bad, and what ran before that is not remembered."""
    back = returned(rings(A, B), "canary", START + 3 * DAY)
    assert [gate.figure for gate in gates_before(Promotion(KIOSK, back, 1), PLAN.fleet)] == ["errorRate"]
    plan, fixed = planned(against={"accuracy": "91%", "p99": "30ms"})
    assert len(gates_before(Promotion(fixed, back, 1), plan.fleet)) == 3


def test_evidence_is_asked_for_where_something_is_watched() -> None:
    assert rules(no_evidence(PROMOTION, PLAN.fleet)) == ["evidence-missing"]
    plan, unwatched = planned(limits=None)
    assert not list(no_evidence(Promotion(unwatched, rings(A, B), 1), plan.fleet))
