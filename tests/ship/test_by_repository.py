"""Repositories side by side, and one thing after the other in each."""

from __future__ import annotations

from threading import Event, Lock, get_ident

import pytest

from edgewright.assembly.publication import Publication
from edgewright.errors import Finding, FleetError
from edgewright.ship.by_repository import Stopped, by_repository


def publication(repository: str, title: str) -> Publication:
    return Publication("model", title, repository, f"sha256:{title}", (), ())


EACH = [publication(f"r{number % 3}", str(number)) for number in range(12)]


def test_answers_come_in_order() -> None:
    assert by_repository(EACH, lambda each: each.title, Event()) == [each.title for each in EACH]
    assert by_repository([], lambda each: each.title, Event()) == []


def test_in_a_repository_nothing_is_done_at_once() -> None:
    busy: set[str] = set()
    threads: set[int] = set()
    lock = Lock()

    def work(each: Publication) -> None:
        with lock:
            assert each.repository not in busy
            busy.add(each.repository)
            threads.add(get_ident())
        Event().wait(0.001)
        with lock:
            busy.remove(each.repository)

    by_repository(EACH, work, Event())
    assert 1 <= len(threads) <= 4


def test_all_that_failed_is_told_and_nothing_new_is_begun() -> None:
    begun: list[str] = []
    stop = Event()

    def work(each: Publication) -> None:
        begun.append(each.title)
        if each.title in ("0", "1"):
            raise FleetError([Finding("artifact-missing", "error", each.title, "")])

    with pytest.raises(FleetError) as failed:
        by_repository(EACH, work, stop)
    assert {each.message for each in failed.value.findings} <= {"0", "1"}
    assert stop.is_set()
    assert len(begun) < len(EACH)


def test_who_sees_that_it_is_over_stops() -> None:
    def work(each: Publication) -> None:
        if each.title == "0":
            raise FleetError([Finding("artifact-missing", "error", "it", "")])
        raise Stopped

    with pytest.raises(FleetError, match="it"):
        by_repository(EACH, work, Event())


def test_an_interruption_goes_through() -> None:
    stop = Event()

    def work(each: Publication) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        by_repository(EACH, work, stop)
    assert stop.is_set()
