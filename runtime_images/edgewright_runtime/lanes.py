"""The threads in which a tier runs, so that one that hangs can be left behind.

A run goes from the event loop straight to a thread, and its outcome straight back: no other thread is between
them. The loop watches the time.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from queue import SimpleQueue
from time import sleep
from typing import TypeAlias

from edgewright_runtime.tiers.tier import Tensors, Tier, TierFault

Job: TypeAlias = Callable[[Tier], Tensors]
Done: TypeAlias = Callable[["Tensors | Exception"], None]


@dataclass(slots=True, eq=False)
class _Run:
    """A job that is under way; once it is `late`, nobody waits for it any more."""

    job: Job
    done: Done
    loop: asyncio.AbstractEventLoop
    came: Callable[[_Run, _Lane, Tensors | Exception], None]
    timer: asyncio.TimerHandle | None = None
    late: bool = False


class _Lane:
    """One thread with a copy of the tier of its own, so that its run can be stopped without the others'."""

    def __init__(self, tier: Tier) -> None:
        self.tier = copy(tier)
        self.runs: SimpleQueue[_Run | None] = SimpleQueue()
        threading.Thread(target=self._serve, daemon=True, name=tier.name).start()

    def _serve(self) -> None:
        while (run := self.runs.get()) is not None:
            found: Tensors | Exception
            try:
                found = run.job(self.tier)
            except Exception as error:  # whatever a driver, a runtime or a rule may throw
                found = error
            try:
                run.loop.call_soon_threadsafe(run.came, run, self, found)
            except RuntimeError:  # the loop is closed
                return


class Lanes:
    """`count` lanes of a tier, each made when it is first needed. A run may take `limit` seconds.

    Lives in one event loop. What finds no lane free waits, and its time begins when it has one.
    """

    def __init__(self, tier: Tier, limit: float, count: int = 1) -> None:
        self._tier = tier
        self._limit = limit
        self._unmade = count
        self._free: list[_Lane] = []
        self._waiting: deque[_Run] = deque()

    def run(self, job: Job, done: Done) -> None:
        """Begin a job, or let it wait; `done` hears what came of it: tensors, or why there are none."""
        self._waiting.append(_Run(job, done, asyncio.get_running_loop(), self._came))
        self._begin()

    def _begin(self) -> None:
        while self._waiting and (self._free or self._unmade):
            run = self._waiting.popleft()
            try:
                lane = self._lane()
            except RuntimeError as error:  # as many threads as the container may have
                run.done(TierFault(str(error)))
                continue
            lane.runs.put(run)
            sleep(0)  # let go of the interpreter, which the lane needs to begin
            run.timer = run.loop.call_later(self._limit, self._leave, run, lane)

    def _lane(self) -> _Lane:
        if self._free:
            return self._free.pop()
        made = _Lane(self._tier)
        self._unmade -= 1
        return made

    def _came(self, run: _Run, lane: _Lane, found: Tensors | Exception) -> None:
        if run.late:
            return
        if run.timer is not None:
            run.timer.cancel()
        self._free.append(lane)
        self._begin()
        run.done(found)

    def _leave(self, run: _Run, lane: _Lane) -> None:
        """Go on without a run that takes too long: its thread ends when it does, and another takes its place."""
        run.late = True
        lane.tier.stop()
        lane.runs.put(None)
        self._unmade += 1
        self._begin()
        run.done(TierFault(f"no answer within {self._limit:g} s"))
