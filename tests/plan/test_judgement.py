"""Judgement: a figure is good where chance could not have made it so, and what is missing has a number."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.artifact.evidence import Compared, Figures
from edgewright.fleet import Baseline, Duration, Share
from edgewright.plan.chance import (
    ODDS,
    WHOLE,
    answers_for_drop,
    answers_for_errors,
    answers_to_reach,
    reach,
    variance_of_drop,
    variance_of_errors,
)
from edgewright.plan.gate import Gate
from edgewright.plan.judgement import Judged, Yardstick, findings_of, judge

A, B = (f"sha256:{letter * 64}" for letter in "ab")
PREVIOUS = Yardstick(900_000, None)
FIXED = Yardstick(900_000, Baseline(accuracy=Share("91%"), p99=Duration("30ms")))
DROP = Gate("accuracyDrop", 30_000, answers_for_drop(30_000, 900_000))
ERRORS = Gate("errorRate", 50_000, answers_for_errors(50_000))
P99 = Gate("latencyIncrease", 500_000, 4039)


def one(gate: Gate, ring: Figures, against: Figures | None = None, yardstick: Yardstick = PREVIOUS) -> Judged:
    judged, findings = judge("inspect", Compared(ring, against), (gate,), yardstick, ())
    assert not findings
    return judged[0]


def rules(judged: Judged) -> list[str]:
    return [each.rule for each in findings_of(judged, (), ("rollouts", "careful"))]


def labelled(digest: str, right: int, of: int) -> Figures:
    return Figures(digest, of, 0, of, right)


def test_what_is_as_good_as_before_is_shown_by_what_a_soak_is_planned_for() -> None:
    many = 4 * DROP.answers
    judged = one(DROP, labelled(B, many * 92 // 100, many), labelled(A, many * 92 // 100, many))
    assert judged.is_shown
    assert rules(judged) == []


@pytest.mark.parametrize("floor", [0, 500_000, 900_000, 950_000])
@pytest.mark.parametrize("limit", [2_000, 10_000, 30_000, 200_000])
def test_a_third_of_the_limit_is_shown_by_what_a_soak_is_planned_for(floor: int, limit: int) -> None:
    needed = answers_to_reach(variance_of_drop(limit, floor), limit - limit // 3)
    assert needed is not None
    assert needed <= 4 * answers_for_drop(limit, floor)
    errors = answers_to_reach(variance_of_errors(limit), limit - limit // 2)
    assert errors is not None
    assert errors <= 4 * answers_for_errors(limit)


def test_too_few_answers_are_refused_with_how_many_are_needed() -> None:
    judged = one(DROP, labelled(B, 92, 100), labelled(A, 92, 100))
    (finding,) = findings_of(judged, (), ("rollouts", "careful"))
    assert finding.rule == "evidence-too-small"
    assert judged.needed is not None
    assert f"{judged.needed:,} labelled answers on each side" in finding.remedy
    enough = -(-judged.needed // 100) * 100
    assert one(
        DROP, labelled(B, enough * 92 // 100, enough), labelled(A, enough * 92 // 100, enough)
    ).is_shown


def test_the_side_that_has_fewer_counts() -> None:
    assert one(DROP, labelled(B, 92_000, 100_000), labelled(A, 92, 100)).answers == 100
    assert one(DROP, labelled(B, 92, 100), labelled(A, 92_000, 100_000)).answers == 100


def test_beyond_the_limit_is_beyond_however_few_have_answered() -> None:
    judged = one(DROP, labelled(B, 88, 100), labelled(A, 92, 100))
    assert judged.measured == 40_000
    assert rules(judged) == ["evidence-beyond-limit"]
    assert "accuracy drop of inspect: 4pp" in judged.text
    assert "3pp allowed" in judged.text


def test_exactly_the_limit_is_within_it_and_can_never_be_shown() -> None:
    judged = one(DROP, labelled(B, 890_000, 1_000_000), labelled(A, 920_000, 1_000_000))
    assert judged.is_within
    assert judged.needed is None
    assert rules(judged) == ["evidence-too-small"]


def test_against_fixed_figures_nothing_else_is_asked_for() -> None:
    judged = one(DROP, labelled(B, 91_000, 100_000), None, FIXED)
    assert judged.measured == 0
    assert judged.is_shown
    assert one(P99, Figures(B, 5000, 0, p99=45_000), None, FIXED).measured == 500_000
    assert rules(one(P99, Figures(B, 5000, 0, p99=45_001), None, FIXED)) == ["evidence-beyond-limit"]


def test_errors() -> None:
    assert one(ERRORS, Figures(B, 10_000, 100)).is_shown
    assert rules(one(ERRORS, Figures(B, 100, 1))) == ["evidence-too-small"]
    assert rules(one(ERRORS, Figures(B, 100, 6))) == ["evidence-beyond-limit"]


def test_where_no_error_is_allowed_one_is_too_many_and_few_requests_show_nothing() -> None:
    none = Gate("errorRate", 0, answers_for_errors(0))
    assert one(none, Figures(B, 1000, 0)).is_shown
    assert rules(one(none, Figures(B, 1000, 1))) == ["evidence-beyond-limit"]
    assert rules(one(none, Figures(B, 29, 0))) == ["evidence-too-small"]


def test_a_p99_is_none_before_enough_requests() -> None:
    slow, before = Figures(B, 5000, 0, p99=31_000), Figures(A, 5000, 0, p99=30_000)
    assert one(P99, slow, before).is_shown
    assert rules(one(P99, slow, Figures(A, 4000, 0, p99=30_000))) == ["evidence-too-small"]


@pytest.mark.parametrize(
    ("gate", "ring", "against", "at"),
    [
        (DROP, labelled(B, 0, 0), labelled(A, 9, 10), "ring"),
        (DROP, labelled(B, 9, 10), labelled(A, 0, 0), "against"),
        (DROP, labelled(B, 9, 10), None, "against"),
        (P99, Figures(B, 9, 0), Figures(A, 9, 0, p99=1), "p99Microseconds"),
        (P99, Figures(B, 9, 0, p99=1), Figures(A, 9, 0), "p99Microseconds"),
        (ERRORS, Figures(B, 0, 0), None, "ring"),
    ],
)
def test_what_nobody_has_counted_is_asked_for(
    gate: Gate, ring: Figures, against: Figures | None, at: str
) -> None:
    judged, findings = judge("inspect", Compared(ring, against), (gate,), PREVIOUS, ("here",))
    assert judged == []
    assert [each.rule for each in findings] == ["evidence-too-small"]
    assert findings[0].path[-1] == at


counts = st.integers(1, 10**6)
limits = st.integers(1, WHOLE)


@given(counts, st.integers(0, WHOLE * WHOLE // 2))
def test_reach_is_the_least_distance_that_so_many_answers_allow(answers: int, variance: int) -> None:
    distance = reach(answers, variance)
    if distance <= WHOLE:
        needed = answers_to_reach(variance, distance)
        assert needed is not None
        assert needed <= answers
    if distance > 1:
        nearer = answers_to_reach(variance, distance - 1)
        assert nearer is not None
        assert nearer > answers


@given(limits, st.integers(1, 400), st.data())
def test_shown_and_at_most_say_the_same(limit: int, requests: int, data: st.DataObject) -> None:
    errors = data.draw(st.integers(0, requests))
    gate = Gate("errorRate", limit, 1)
    judged = one(gate, Figures(B, requests, errors))
    assert judged.is_shown == (judged.is_within and judged.at_most <= limit)


def test_a_version_that_fails_as_often_as_is_just_too_often_hardly_ever_passes() -> None:
    """Counted out, not drawn: every number of errors with its binomial chance."""
    gate = Gate("errorRate", 50_000, ERRORS.answers)
    for requests in (ERRORS.answers, 1000, 2 * ERRORS.answers):
        passing = sum(
            comb(requests, errors) * 0.05**errors * 0.95 ** (requests - errors)
            for errors in range(requests // 20 + 1)
            if one(gate, Figures(B, requests, errors)).is_shown
        )
        assert passing <= 1 / ODDS


def test_a_version_that_has_lost_the_limit_hardly_ever_passes_and_a_good_one_mostly_does() -> None:
    draw = np.random.default_rng(7)
    many, rounds = 4 * DROP.answers, 4000
    before = draw.binomial(many, 0.92, rounds)
    for accuracy, most, least in ((0.89, 4 * rounds / ODDS, 0), (0.92, rounds, 0.99 * rounds)):
        after = draw.binomial(many, accuracy, rounds)
        passed = sum(
            one(DROP, labelled(B, int(new), many), labelled(A, int(old), many)).is_shown
            for old, new in zip(before, after, strict=True)
        )
        assert least <= passed <= most
