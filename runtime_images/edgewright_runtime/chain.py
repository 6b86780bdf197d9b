"""Tier after tier until one answers: the same request goes on to the next where a tier fails.

A tier that fails is left alone for a while (its breaker is open) and then asked again, with one request of all
that come: should it fail again, that request goes on as before, and the while is twice as long. Where it still
answers what it answered before it was used, it was the request's fault, and nobody else's answers are the worse.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from math import isnan
from time import monotonic, perf_counter
from typing import Final, TypeAlias

import numpy as np

from edgewright_runtime.config import Tensor
from edgewright_runtime.lanes import Lanes
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
    failures: int = 0
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

    def failed(self, seen: int | None = None) -> None:
        """The tier is left alone: a second at first, twice as long each time, a minute at most.

        Of several askers at the same time the first counts: `seen` is how many failures there were when one began.
        """
        with self._lock:
            if seen is not None and seen != self.failures:
                return
            self.failures += 1
            self._pause = min(self._pause * 2, LONGEST_PAUSE) if self._pause else FIRST_PAUSE
            self._until = self.clock() + self._pause


@dataclass(slots=True)
class Link:
    """A tier with its breaker; how long it may take, in seconds, and how many batches it answers at once.

    `known` are inputs that it has answered: by them it is told from a request that it cannot answer.
    """

    tier: Tier
    limit: float
    breaker: Breaker = field(default_factory=Breaker)
    lanes: int = 1
    known: Tensors | None = None

    def still_answers(self, tier: Tier, signature: Signature) -> bool:
        """Whether the tier, or its copy, answers what it answered before."""
        if self.known is None:
            return False
        try:
            check_outputs(tier.run(self.known), signature.outputs, batch_of(self.known, signature))
        except Exception:  # whatever a driver, a runtime or a rule may throw
            return False
        return True


class _Unanswerable(Exception):
    """A tier that works has no answer to this request."""


class NoTierAnswers(Exception):
    """Every tier failed; the text says how each did."""

    def __init__(self, attempts: Sequence[Attempt]) -> None:
        super().__init__("; ".join(f"{each.tier}: {each.fault}" for each in attempts))
        self.attempts = tuple(attempts)


Steps: TypeAlias = "Generator[Link, Tensors | Exception | None, Answer | NoTierAnswers]"
Told: TypeAlias = "Callable[[Answer | NoTierAnswers], None]"


@dataclass(slots=True)
class _Question:
    """Inputs on their way from tier to tier. Nothing in it refers to itself, so that they go when it is over."""

    inputs: Tensors
    batch: int | None
    steps: Steps
    run: Callable[[Link, _Question], None]
    done: Told

    def go_on(self, found: Tensors | Exception | None = None) -> None:
        """Ask the next tier, if need be after what came of the last one."""
        try:
            link = self.steps.send(found)
        except StopIteration as end:
            self.done(end.value)
        else:
            self.run(link, self)


class Chain:
    """The tiers of a server in order. `told(tier, reason)` hears of each failure. Lives in one event loop."""

    def __init__(self, links: Sequence[Link], signature: Signature, told: Callable[[str, str], None]) -> None:
        self._links = tuple(links)
        self._signature = signature
        self._told = told
        self._lanes = {link.tier.name: Lanes(link.tier, link.limit, link.lanes) for link in links}

    def ask(self, inputs: Tensors, done: Told) -> None:
        """Ask for an answer; `done` hears the first that is one, or that no tier had any."""
        _Question(inputs, batch_of(inputs, self._signature), self._steps(), self._run, done).go_on()

    def _run(self, link: Link, question: _Question) -> None:
        """Ask one tier, in a thread."""

        def job(tier: Tier) -> Tensors:
            try:
                outputs = tier.run(question.inputs)
                check_outputs(outputs, self._signature.outputs, question.batch)
            except Exception as error:
                if link.still_answers(tier, self._signature):
                    raise _Unanswerable(_said(error)) from error
                raise
            return outputs

        self._lanes[link.tier.name].run(job, question.go_on)

    def _steps(self) -> Steps:
        """Which tier to ask, each time; sent in is what came of it."""
        attempts: list[Attempt] = []
        for link in self._to_ask():
            started, seen = perf_counter(), link.breaker.failures
            found = yield link
            name, ended = link.tier.name, perf_counter()
            if found is None or isinstance(found, Exception):
                if not isinstance(found, _Unanswerable):
                    link.breaker.failed(seen)
                reason = str(found) if isinstance(found, _Unanswerable) else _said(found)
                self._told(name, reason)
                attempts.append(Attempt(name, started, ended, reason))
                continue
            link.breaker.succeeded()
            attempts.append(Attempt(name, started, ended))
            return Answer(found, name, link.tier.digest, tuple(attempts))
        return NoTierAnswers(attempts)

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


def _said(error: Exception | None) -> str:
    """What is wrong, on one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


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
        if not _fits(array.shape, tensor.shape):
            raise TierFault(f"`{tensor.name}` came as {list(array.shape)}, {list(tensor.shape)} was promised")
        if batch is not None and len(array) != batch:
            raise TierFault(f"`{tensor.name}` came as {len(array)} answers to {batch} requests")
        # Where one of the numbers is none, that is the least: found without a second array.
        if array.dtype.kind == "f" and array.size and isnan(array.item(array.argmin())):
            raise TierFault(f"`{tensor.name}` holds what is no number")


def _fits(shape: Sequence[int], promised: Sequence[int]) -> bool:
    """Whether a shape is the promised one, in which -1 is any size."""
    if len(shape) != len(promised):
        return False
    return list(shape) == [found if size == -1 else size for found, size in zip(shape, promised, strict=True)]


def batch_of(inputs: Tensors, signature: Signature) -> int | None:
    """How many requests are in the inputs; None where the model has no batches."""
    return len(next(iter(inputs.values()))) if signature.batched and inputs else None
