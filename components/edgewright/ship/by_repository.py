"""Work on many publications: repositories side by side, and within each one thing after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Final, TypeVar

from edgewright.assembly.publication import Publication
from edgewright.errors import Finding, FleetError

WORKERS: Final = 4
"""Repositories that are worked on at once; each has several blobs under way by itself."""

_Done = TypeVar("_Done")


class Stopped(Exception):
    """Somebody has interrupted, or something else has failed."""


def by_repository(
    publications: Sequence[Publication], work: Callable[[Publication], _Done], stop: Event
) -> list[_Done]:
    """What the work gives for each, in order. Where one fails, nothing new is begun, and `stop` is set.

    Work may raise Stopped where it sees that. Raises FleetError with the findings of all that failed.
    """
    groups: dict[str, list[int]] = {}
    for index, each in enumerate(publications):
        groups.setdefault(each.repository, []).append(index)
    done: dict[int, _Done] = {}
    findings: list[Finding] = []

    def one_after_the_other(group: Sequence[int]) -> None:
        try:
            for index in group:
                if stop.is_set():
                    return
                done[index] = work(publications[index])
        except FleetError as error:
            findings.extend(error.findings)
            stop.set()
        except Stopped:
            return

    pool = ThreadPoolExecutor(WORKERS, "publish")
    try:
        for running in [pool.submit(one_after_the_other, group) for group in groups.values()]:
            running.result()
    except BaseException:
        stop.set()  # for what is under way where this thread was interrupted
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    if findings:
        raise FleetError(dict.fromkeys(findings))
    return [done[index] for index in range(len(publications))]
