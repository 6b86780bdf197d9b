"""A tier that fails hands the same request on, is left alone, and is asked again later."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from edgewright_runtime.chain import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    Answer,
    Breaker,
    Chain,
    Link,
    NoTierAnswers,
)
from edgewright_runtime.config import Tensor
from edgewright_runtime.lanes import Lanes
from edgewright_runtime.protocol.request import Signature
from edgewright_runtime.tiers.tier import Tensors

SIGNATURE = Signature([Tensor("x", "FP32", (-1, 1))], [Tensor("y", "FP32", (-1, 2))], 8)
GOOD: Tensors = {"y": np.zeros((1, 2), np.float32)}


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Scripted:
    """A tier that does what it is told."""

    name: str
    does: Callable[[], Tensors]
    digest: str = "sha256:0"
    asked: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    def __copy__(self) -> Scripted:
        """What its lanes ask is this very one, which counts."""
        return self

    def run(self, inputs: Tensors) -> Tensors:
        self.asked += 1
        return self.does()

    def stop(self) -> None:
        self.stopped.set()


def broken() -> Tensors:
    raise RuntimeError("no device")


def chain_of(
    *tiers: Scripted, clock: Clock | None = None, limit: float = 5
) -> tuple[Chain, list[tuple[str, str]]]:
    told: list[tuple[str, str]] = []
    links = [Link(tier, limit, Breaker(clock or Clock())) for tier in tiers]
    return Chain(links, SIGNATURE, lambda *what: told.append(what)), told


def answer(chain: Chain, inputs: Tensors) -> Answer:
    """What the chain answers. Raises NoTierAnswers."""

    async def ask() -> Answer | NoTierAnswers:
        found: asyncio.Future[Answer | NoTierAnswers] = asyncio.get_running_loop().create_future()
        chain.ask(inputs, found.set_result)
        return await found

    told = asyncio.run(ask())
    if isinstance(told, NoTierAnswers):
        raise told
    return told


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({}, "no output `y`"),
        ({"y": np.zeros((1, 3), np.float32)}, r"\[1, 3\]"),
        ({"y": np.zeros((1, 2), np.float64)}, "FP32 was promised"),
        ({"y": np.array([[np.nan, 0]], np.float32)}, "no number"),
        ({"y": np.array([[0, np.nan]], np.float32)}, "no number"),
        ({"y": np.zeros((2, 2), np.float32)}, "2 answers to 1 requests"),
        ({"y": [[0.0, 0.0]]}, "no output `y`"),
    ],
)
def test_an_answer_that_is_none_counts_as_a_failure(found: Tensors, said: str) -> None:
    chain, told = chain_of(Scripted("gpu", lambda: found), Scripted("cpu", lambda: GOOD))
    assert answer(chain, {"x": np.zeros((1, 1), np.float32)}).tier == "cpu"
    assert [tier for tier, _ in told] == ["gpu"]
    assert re.search(said, told[0][1])


def test_infinity_is_an_answer() -> None:
    infinite = {"y": np.array([[np.inf, -np.inf]], np.float32)}
    assert answer(chain_of(Scripted("gpu", lambda: infinite))[0], {}).tier == "gpu"


def test_a_tier_that_failed_is_left_alone_and_asked_again_with_one_request() -> None:
    clock = Clock()
    gpu, cpu = Scripted("gpu", broken), Scripted("cpu", lambda: GOOD)
    chain, _ = chain_of(gpu, cpu, clock=clock)
    for _ in range(10):
        assert answer(chain, {}).tier == "cpu"
    assert gpu.asked == 1
    clock.now += FIRST_PAUSE
    for _ in range(10):
        answer(chain, {})
    assert gpu.asked == 2
    assert chain.working == {"gpu": False, "cpu": True}
    gpu.does = lambda: GOOD
    clock.now += LONGEST_PAUSE
    assert [answer(chain, {}).tier for _ in range(3)] == ["gpu"] * 3
    assert chain.working["gpu"]


def test_pauses_double_up_to_a_minute() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    pauses = []
    for _ in range(9):
        breaker.failed()
        start = clock.now
        while not breaker.allows():
            clock.now += 0.5
        pauses.append(clock.now - start)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_of_several_that_fail_at_once_the_first_counts() -> None:
    clock, gate = Clock(), threading.Barrier(3)

    def fail() -> Tensors:
        gate.wait(20)
        raise RuntimeError("no device")

    gpu, cpu = Scripted("gpu", fail), Scripted("cpu", lambda: GOOD)
    breaker = Breaker(clock)
    chain = Chain([Link(gpu, 20, breaker, lanes=3), Link(cpu, 20)], SIGNATURE, lambda *_: None)

    async def ask() -> list[Answer | NoTierAnswers]:
        loop = asyncio.get_running_loop()
        found: list[asyncio.Future[Answer | NoTierAnswers]] = [loop.create_future() for _ in range(3)]
        for each in found:
            chain.ask({}, each.set_result)
        return await asyncio.gather(*found)

    assert [each.tier for each in asyncio.run(ask()) if isinstance(each, Answer)] == ["cpu"] * 3
    clock.now += FIRST_PAUSE
    assert breaker.allows()


def test_a_tier_with_one_lane_answers_one_after_the_other() -> None:
    """And who waits for it has all the time that is promised, from when it is its turn."""
    together: list[int] = []

    def slow() -> Tensors:
        together.append(1)
        time.sleep(0.1)
        assert together.pop() == 1
        assert not together
        return GOOD

    lanes = Lanes(Scripted("rule", slow), limit=5)

    async def ask() -> list[Tensors | Exception]:
        loop = asyncio.get_running_loop()
        found: list[asyncio.Future[Tensors | Exception]] = [loop.create_future() for _ in range(3)]
        for each in found:
            lanes.run(lambda tier: tier.run({}), each.set_result)
        return await asyncio.gather(*found)

    assert asyncio.run(ask()) == [GOOD] * 3


def test_a_tier_that_hangs_is_left_behind_and_told_to_stop() -> None:
    release = threading.Event()

    def hang() -> Tensors:
        release.wait(20)
        return GOOD

    gpu, cpu = Scripted("gpu", hang), Scripted("cpu", lambda: GOOD)
    chain, told = chain_of(gpu, cpu, limit=0.05)
    try:
        assert answer(chain, {}).tier == "cpu"
        assert gpu.stopped.is_set()
        assert "no answer within" in told[0][1]
    finally:
        release.set()


def test_where_all_are_left_alone_all_are_asked_before_nobody_answers() -> None:
    gpu, cpu = Scripted("gpu", broken), Scripted("cpu", broken)
    chain, _ = chain_of(gpu, cpu)
    for _ in range(2):
        with pytest.raises(NoTierAnswers, match=r"gpu: RuntimeError: no device; cpu: RuntimeError"):
            answer(chain, {})
    assert (gpu.asked, cpu.asked) == (2, 2)


@dataclass
class Doubling(Scripted):
    """A tier whose answers depend on what it is asked."""

    def run(self, inputs: Tensors) -> Tensors:
        self.asked += 1
        self.does()
        return {"y": np.repeat(inputs["x"], 2, axis=1)}


@pytest.mark.parametrize(("still", "left_alone"), [(True, False), (False, True)])
def test_what_a_tier_that_works_cannot_answer_is_the_requests_fault(still: bool, left_alone: bool) -> None:
    """What is no number makes an answer of none; a tier that has no others either does not work."""
    gpu = Doubling("gpu", lambda: GOOD if still else broken())
    links = [Link(gpu, 5, Breaker(Clock()), known={"x": np.ones((1, 1), np.float32)})]
    links.append(Link(Scripted("cpu", lambda: GOOD), 5, Breaker(Clock())))
    told: list[tuple[str, str]] = []
    chain = Chain(links, SIGNATURE, lambda *what: told.append(what))
    assert answer(chain, {"x": np.full((1, 1), np.nan, np.float32)}).tier == "cpu"
    assert [tier for tier, _ in told] == ["gpu"]
    assert chain.working["gpu"] is not left_alone
    assert gpu.asked == 2
