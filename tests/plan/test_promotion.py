"""A promotion: what forbids it, and what somebody may force."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.promoted import DAY, KIOSK, START, A, B, C, planned, rings, rules

from edgewright.artifact.rings import ClassRings, Release, entered, moved, returned
from edgewright.plan.promotion import Promotion, doubtful, doubtful_entry, forbidden, soak_left, span


def test_a_ring_never_skips_the_one_before() -> None:
    assert rules(forbidden(Promotion(KIOSK, ClassRings(), 1))) == ["ring-skipped"]
    assert rules(forbidden(Promotion(KIOSK, rings(A), 2))) == ["ring-skipped"]
    assert not list(forbidden(Promotion(KIOSK, rings(A), 1)))


def test_a_ring_never_goes_backwards() -> None:
    ahead = moved(rings(A, B), "early", Release(2, B), START + 2 * DAY)
    back = returned(ahead, "canary", START + 3 * DAY)
    assert rules(forbidden(Promotion(KIOSK, back, 1))) == ["ring-downgrade"]


def test_what_was_taken_from_an_earlier_ring_goes_no_further() -> None:
    ahead = moved(rings(A, B), "early", Release(2, B), START + 2 * DAY)
    assert not list(forbidden(Promotion(KIOSK, ahead, 2)))
    back = returned(ahead, "canary", START + 3 * DAY)
    assert rules(forbidden(Promotion(KIOSK, back, 2))) == ["ring-skipped"]
    onward = entered(ahead, "canary", C, START + 3 * DAY)  # the next one is on its way already
    assert not list(forbidden(Promotion(KIOSK, onward, 2)))


@pytest.mark.parametrize(("after", "found"), [(DAY - timedelta(seconds=1), ["soak-not-over"]), (DAY, [])])
def test_a_soak_is_over_to_the_second(after: timedelta, found: list[str]) -> None:
    assert rules(doubtful(Promotion(KIOSK, rings(A), 1), START + after)) == found


def test_the_soak_of_a_ring_without_devices_is_nothing_to_wait_for() -> None:
    _, lonely = planned(devices=1)
    assert [ring.devices for ring in lonely.rings] == [1, 0, 0]
    ahead = moved(rings(A), "early", Release(1, A), START + DAY)
    assert not list(doubtful(Promotion(lonely, ahead, 2), START + DAY))
    assert rules(doubtful(Promotion(lonely, rings(A), 1), START)) == ["soak-not-over"]


def test_what_a_ring_was_rolled_back_from_does_not_come_again_by_itself() -> None:
    ahead = moved(rings(A), "early", Release(1, A), START + DAY)
    ahead = moved(entered(ahead, "canary", B, START + DAY), "early", Release(2, B), START + 2 * DAY)
    back = returned(ahead, "early", START + 3 * DAY)
    assert rules(doubtful(Promotion(KIOSK, back, 1), START + 9 * DAY)) == ["ring-went-back"]


def test_a_rendering_of_before_does_not_enter_by_itself() -> None:
    promotion = Promotion(KIOSK, rings(A, B), 0)
    assert rules(doubtful_entry(promotion, A)) == ["ring-downgrade"]
    assert not list(doubtful_entry(promotion, C))
    back = Promotion(KIOSK, returned(rings(A, B), "canary", START + 3 * DAY), 0)
    assert rules(doubtful_entry(back, B)) == ["ring-went-back"]


def test_how_long_it_still_takes() -> None:
    held = rings(A).rings["canary"].runs
    assert soak_left(KIOSK.rings[0], held, START + DAY / 2) == DAY / 2
    assert soak_left(KIOSK.rings[2], held, START) == timedelta()
    assert [span(timedelta(seconds=each)) for each in (1, 59, 61, 86_400)] == ["1s", "59s", "2m", "1d"]
