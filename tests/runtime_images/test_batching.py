"""Requests that come together are answered together, and one that comes alone waits for nobody."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from edgewright_runtime.batching import Batcher
from edgewright_runtime.chain import Answer, Attempt, NoTierAnswers, Told
from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.protocol.request import InferRequest
from edgewright_runtime.tiers.tier import Tensors


class Doubling:
    """Answers twice the input, remembers the sizes of its batches, and can be held up."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, inputs: Tensors, done: Told) -> None:
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._answer, args=(inputs, done, loop)).start()

    def _answer(self, inputs: Tensors, done: Told, loop: asyncio.AbstractEventLoop) -> None:
        self.gate.wait(10)
        self.sizes.append(len(inputs["x"]))
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(done, Answer({"y": inputs["x"] * 2}, "cpu", "sha256:0"))


def request(*values: float) -> InferRequest:
    return InferRequest({"x": np.array(values, np.float32)[:, None]}, batch=len(values))


def run(body: Callable[[Batcher], Awaitable[Any]], ask: Callable[[Tensors, Told], None], **given: Any) -> Any:
    settings: dict[str, Any] = {"max_batch": 8, "window": 0.0, "batched": True, **given}

    async def main() -> Any:
        batcher = Batcher(ask, **settings)
        try:
            return await body(batcher)
        finally:
            batcher.stop()

    return asyncio.run(main())


def test_each_gets_its_own_part_of_the_batch() -> None:
    model = Doubling()

    async def body(batcher: Batcher) -> list[list[float]]:
        model.gate.clear()
        first = asyncio.create_task(batcher.ask(request(0)))
        await asyncio.sleep(0.05)
        rest = [asyncio.create_task(batcher.ask(request(*values))) for values in ((1,), (2, 3), (4,))]
        await asyncio.sleep(0.05)
        model.gate.set()
        answers = [await task for task in (first, *rest)]
        return [answer.outputs["y"].ravel().tolist() for answer in answers]

    assert run(body, model) == [[0], [2], [4, 6], [8]]
    assert model.sizes == [1, 4]


def test_a_batch_is_never_larger_than_allowed() -> None:
    model = Doubling()

    async def body(batcher: Batcher) -> None:
        model.gate.clear()
        tasks = [asyncio.create_task(batcher.ask(request(1, 2, 3))) for _ in range(7)]
        await asyncio.sleep(0.05)
        model.gate.set()
        await asyncio.gather(*tasks)

    run(body, model)
    assert sum(model.sizes) == 21
    assert max(model.sizes) <= 8


def test_a_request_that_comes_alone_does_not_wait_for_the_window() -> None:
    async def body(batcher: Batcher) -> Answer:
        return await asyncio.wait_for(batcher.ask(request(1)), 20)

    assert run(body, Doubling(), window=3600).tier == "cpu"


def test_a_batch_waits_for_who_is_just_arriving() -> None:
    model = Doubling()

    async def body(batcher: Batcher) -> None:
        with batcher.arriving:
            first = asyncio.create_task(batcher.ask(request(1)))
            await asyncio.sleep(0.05)
            assert not first.done()
            second = asyncio.create_task(batcher.ask(request(2)))
        await asyncio.gather(first, second)

    run(body, model, window=3600)
    assert model.sizes == [2]


def test_who_never_arrives_holds_nobody_up_longer_than_the_window() -> None:
    async def body(batcher: Batcher) -> Answer:
        with batcher.arriving:
            return await asyncio.wait_for(batcher.ask(request(1)), 20)

    assert run(body, Doubling(), window=0.01).tier == "cpu"


def test_requests_of_other_shapes_are_no_batch() -> None:
    model = Doubling()

    async def body(batcher: Batcher) -> None:
        model.gate.clear()
        shapes = [(1, 1), (1, 1), (1, 2), (1, 1)]
        asked = [InferRequest({"x": np.ones(shape, np.float32)}) for shape in shapes]
        tasks = [asyncio.create_task(batcher.ask(each)) for each in asked]
        await asyncio.sleep(0.05)
        model.gate.set()
        answers = await asyncio.gather(*tasks)
        assert [answer.outputs["y"].shape for answer in answers] == shapes

    run(body, model)
    assert sum(model.sizes) == 4


def test_as_many_batches_are_under_way_as_may_be() -> None:
    model = Doubling()

    async def body(batcher: Batcher) -> None:
        model.gate.clear()
        tasks = [asyncio.create_task(batcher.ask(request(1))) for _ in range(5)]
        await asyncio.sleep(0.05)
        assert batcher.depth == 2
        model.gate.set()
        await asyncio.gather(*tasks)

    run(body, model, concurrency=3)
    assert sorted(model.sizes) == [1, 1, 1, 2]


def test_who_comes_to_a_full_queue_is_told_when_to_come_back() -> None:
    model = Doubling()

    async def body(batcher: Batcher) -> None:
        model.gate.clear()
        tasks = [asyncio.create_task(batcher.ask(request(1)))]
        await asyncio.sleep(0.05)
        tasks += [asyncio.create_task(batcher.ask(request(1))) for _ in range(2)]
        await asyncio.sleep(0.05)
        with pytest.raises(RequestFault, match="wait already") as refused:
            await batcher.ask(request(1))
        assert (refused.value.status, refused.value.retry_after) == (429, 1)
        model.gate.set()
        assert len(await asyncio.gather(*tasks)) == 3

    run(body, model, queue_limit=2, max_batch=1)


def test_who_waited_too_long_is_not_answered_any_more() -> None:
    model = Doubling()

    async def body(batcher: Batcher) -> None:
        model.gate.clear()
        first = asyncio.create_task(batcher.ask(request(1)))
        await asyncio.sleep(0.05)
        late = asyncio.create_task(batcher.ask(request(2), deadline=0.0))
        await asyncio.sleep(0.05)
        model.gate.set()
        await first
        with pytest.raises(RequestFault, match="deadline") as refused:
            await late
        assert refused.value.status == 504

    run(body, model)
    assert model.sizes == [1]


def test_where_no_tier_answers_everybody_is_told_and_the_next_is_served() -> None:
    broken = True

    def ask(inputs: Tensors, done: Told) -> None:
        no_answer = NoTierAnswers([Attempt("cpu", 0, 1, "no memory")])
        done(no_answer if broken else Answer({"y": inputs["x"]}, "cpu", ""))

    async def body(batcher: Batcher) -> None:
        nonlocal broken
        with pytest.raises(RequestFault, match="no memory") as refused:
            await batcher.ask(request(1))
        assert refused.value.status == 503
        broken = False
        assert (await batcher.ask(request(1))).tier == "cpu"

    run(body, ask)


def test_who_waits_while_the_server_stops_is_told() -> None:
    model = Doubling()

    async def body(batcher: Batcher) -> None:
        model.gate.clear()
        tasks = [asyncio.create_task(batcher.ask(request(1))) for _ in range(3)]
        await asyncio.sleep(0.05)
        batcher.stop()
        model.gate.set()
        found = await asyncio.gather(*tasks[1:], return_exceptions=True)
        assert {getattr(each, "status", None) for each in found} == {503}
        tasks[0].cancel()

    run(body, model, max_batch=1)
