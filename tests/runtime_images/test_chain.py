"""A tier that fails hands the same request on, is left alone, and is asked again later."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from edgewright_runtime.chain import FIRST_PAUSE, LONGEST_PAUSE, Breaker, Chain, Link, NoTierAnswers
from edgewright_runtime.config import Tensor
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


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({}, "no output `y`"),
        ({"y": np.zeros((1, 3), np.float32)}, r"\[1, 3\]"),
        ({"y": np.zeros((1, 2), np.float64)}, "FP32 was promised"),
        ({"y": np.array([[np.nan, 0]], np.float32)}, "no number"),
        ({"y": np.zeros((2, 2), np.float32)}, "2 answers to 1 requests"),
        ({"y": [[0.0, 0.0]]}, "no output `y`"),
    ],
)
def test_an_answer_that_is_none_counts_as_a_failure(answer: Tensors, said: str) -> None:
    chain, told = chain_of(Scripted("gpu", lambda: answer), Scripted("cpu", lambda: GOOD))
    assert chain.answer({"x": np.zeros((1, 1), np.float32)}).tier == "cpu"
    assert [tier for tier, _ in told] == ["gpu"]
    assert re.search(said, told[0][1])


def test_infinity_is_an_answer() -> None:
    infinite = {"y": np.array([[np.inf, -np.inf]], np.float32)}
    assert chain_of(Scripted("gpu", lambda: infinite))[0].answer({}).tier == "gpu"


def test_a_tier_that_failed_is_left_alone_and_asked_again_with_one_request() -> None:
    clock = Clock()
    gpu, cpu = Scripted("gpu", broken), Scripted("cpu", lambda: GOOD)
    chain, _ = chain_of(gpu, cpu, clock=clock)
    for _ in range(10):
        assert chain.answer({}).tier == "cpu"
    assert gpu.asked == 1
    clock.now += FIRST_PAUSE
    for _ in range(10):
        chain.answer({})
    assert gpu.asked == 2
    assert chain.working == {"gpu": False, "cpu": True}
    gpu.does = lambda: GOOD
    clock.now += LONGEST_PAUSE
    assert [chain.answer({}).tier for _ in range(3)] == ["gpu"] * 3
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


def test_a_tier_that_hangs_is_left_behind_and_told_to_stop() -> None:
    release = threading.Event()

    def hang() -> Tensors:
        release.wait(20)
        return GOOD

    gpu, cpu = Scripted("gpu", hang), Scripted("cpu", lambda: GOOD)
    chain, told = chain_of(gpu, cpu, limit=0.05)
    try:
        assert chain.answer({}).tier == "cpu"
        assert gpu.stopped.is_set()
        assert "no answer within" in told[0][1]
    finally:
        release.set()


def test_where_all_are_left_alone_all_are_asked_before_nobody_answers() -> None:
    gpu, cpu = Scripted("gpu", broken), Scripted("cpu", broken)
    chain, _ = chain_of(gpu, cpu)
    for _ in range(2):
        with pytest.raises(NoTierAnswers, match=r"gpu: RuntimeError: no device; cpu: RuntimeError"):
            chain.answer({})
    assert (gpu.asked, cpu.asked) == (2, 2)
