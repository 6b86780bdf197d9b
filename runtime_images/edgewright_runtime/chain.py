"""Tier after tier until one answers: the same request goes on to the next where a tier fails.

A tier that fails is left alone for a while (its breaker is open) and then asked again, with one request of all
that come: should it fail again, that request goes on as before, and the while is twice as long.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from time import monotonic, perf_counter
from typing import Final, TypeAlias

import numpy as np

from edgewright_runtime.config import Tensor
from edgewright_runtime.protocol.datatypes import DTYPES
from edgewright_runtime.protocol.request import Signature
from edgewright_runtime.tiers.tier import Tensors, Tier, TierFault

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """A tier that was asked: from when to when by perf_counter, and how it failed, where it did."""

    tier: str
    started: float
    ended: float
    fault: str = ""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.started


@dataclass(frozen=True, slots=True)
class Answer:
    """Tensors, and the tier that gave them; every tier that was asked, and how many requests were together.

    `version` is the model's, where it is another than the server's own; `marks` are what is true of the answer
    besides, such as `cached`.
    """

    outputs: Tensors
    tier: str
    digest: str
    attempts: tuple[Attempt, ...] = ()
    batch: int = 1
    version: str | None = None
    marks: tuple[str, ...] = ()


@dataclass(slots=True)
class Breaker:
    """Whether a tier may be asked. Shared by threads; `clock` gives seconds."""

    clock: Callable[[], float] = monotonic
    _pause: float = 0.0
    _until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def allows(self) -> bool:
        """Whether to ask now; where it was left alone long enough, for one asker only."""
        with self._lock:
            if not self._pause:
                return True
            now = self.clock()
            if now < self._until:
                return False
            self._until = now + self._pause
            return True

    @property
    def closed(self) -> bool:
        """Whether the tier counts as working."""
        return not self._pause

    def succeeded(self) -> None:
        """The tier works again."""
        with self._lock:
            self._pause = 0.0

    def failed(self) -> None:
        """The tier is left alone: a second at first, twice as long each time, a minute at most."""
        with self._lock:
            self._pause = min(self._pause * 2, LONGEST_PAUSE) if self._pause else FIRST_PAUSE
            self._until = self.clock() + self._pause


@dataclass(slots=True)
class Link:
    """A tier with its breaker, and how long it may take, in seconds."""

    tier: Tier
    limit: float
    breaker: Breaker = field(default_factory=Breaker)


class NoTierAnswers(Exception):
    """Every tier failed; the text says how each did."""

    def __init__(self, attempts: Sequence[Attempt]) -> None:
        super().__init__("; ".join(f"{each.tier}: {each.fault}" for each in attempts))
        self.attempts = tuple(attempts)


class Chain:
    """The tiers of a server in order. `told(tier, reason)` hears of each failure."""

    def __init__(self, links: Sequence[Link], signature: Signature, told: Callable[[str, str], None]) -> None:
        self._links = tuple(links)
        self._signature = signature
        self._told = told
        self._lanes = {link.tier.name: _Lane() for link in links}

    def answer(self, inputs: Tensors) -> Answer:
        """The first answer that is one. Raises NoTierAnswers."""
        attempts: list[Attempt] = []
        batch = batch_of(inputs, self._signature)
        for link in self._to_ask():
            started = perf_counter()
            try:
                outputs = self._lanes[link.tier.name].run(link.tier, inputs, link.limit)
                check_outputs(outputs, self._signature.outputs, batch)
            except Exception as error:  # whatever a driver, a runtime or a rule may throw
                link.breaker.failed()
                reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
                self._told(link.tier.name, reason)
                attempts.append(Attempt(link.tier.name, started, perf_counter(), reason))
                continue
            link.breaker.succeeded()
            attempts.append(Attempt(link.tier.name, started, perf_counter()))
            return Answer(outputs, link.tier.name, link.tier.digest, tuple(attempts))
        raise NoTierAnswers(attempts)

    def _to_ask(self) -> Iterator[Link]:
        """Those whose breaker allows it, and where none of them answered, the others: better late than never."""
        skipped: list[Link] = []
        for link in self._links:
            if link.breaker.allows():
                yield link
            else:
                skipped.append(link)
        yield from skipped

    @property
    def first_working(self) -> str:
        """The tier that answers next; nothing where none counts as working."""
        return next((link.tier.name for link in self._links if link.breaker.closed), "")

    @property
    def working(self) -> dict[str, bool]:
        """Tier ⇒ whether it counts as working."""
        return {link.tier.name: link.breaker.closed for link in self._links}


def check_outputs(outputs: Tensors, promised: Sequence[Tensor], batch: int | None) -> None:
    """Raise TierFault where an answer is none: a tensor is missing, of another type, or not a number, or has
    another number of answers than the `batch` that was asked (None where there are no batches)."""
    for tensor in promised:
        array = outputs.get(tensor.name)
        if not isinstance(array, np.ndarray):
            raise TierFault(f"no output `{tensor.name}`")
        wanted = DTYPES.get(tensor.datatype)
        if wanted is not None and array.dtype != wanted and wanted.kind != "O":
            raise TierFault(f"`{tensor.name}` came as {array.dtype}, {tensor.datatype} was promised")
        fits = len(array.shape) == len(tensor.shape) and all(
            size in (-1, found) for size, found in zip(tensor.shape, array.shape, strict=True)
        )
        if not fits:
            raise TierFault(f"`{tensor.name}` came as {list(array.shape)}, {list(tensor.shape)} was promised")
        if batch is not None and len(array) != batch:
            raise TierFault(f"`{tensor.name}` came as {len(array)} answers to {batch} requests")
        if array.dtype.kind == "f" and np.isnan(array).any():
            raise TierFault(f"`{tensor.name}` holds what is no number")


_Task: TypeAlias = "tuple[Tier, Tensors, SimpleQueue[Tensors | Exception]]"


def batch_of(inputs: Tensors, signature: Signature) -> int | None:
    """How many requests are in the inputs; None where the model has no batches."""
    return len(next(iter(inputs.values()))) if signature.batched and inputs else None


class _Lane:
    """A thread in which a tier runs, so that one that hangs can be left behind."""

    def __init__(self) -> None:
        self._work: SimpleQueue[_Task | None] | None = None

    def run(self, tier: Tier, inputs: Tensors, limit: float) -> Tensors:
        if self._work is None:
            self._work = SimpleQueue()
            threading.Thread(target=_serve, args=(self._work,), daemon=True, name=tier.name).start()
        answers: SimpleQueue[Tensors | Exception] = SimpleQueue()
        self._work.put((tier, inputs, answers))
        try:
            found = answers.get(timeout=limit)
        except Empty:
            tier.stop()
            self._work.put(None)  # the thread ends when the run does; whoever comes next gets one of its own
            self._work = None
            raise TierFault(f"no answer within {limit:g} s") from None
        if isinstance(found, Exception):
            raise found
        return found


def _serve(work: SimpleQueue[_Task | None]) -> None:
    """Run what is put into the queue, one after the other, until there is nothing more to come."""
    while (task := work.get()) is not None:
        tier, inputs, answers = task
        try:
            answers.put(tier.run(inputs))
        except Exception as error:  # carried to whoever asked
            answers.put(error)
