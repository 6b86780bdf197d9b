"""Requests that come together are answered together.

A batch is what has gathered while the last one ran. Only where another request is already on its way in (its
body is being read) does a batch wait for it, and no longer than the window: a request that comes alone is asked
at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import Final

import numpy as np

from edgewright_runtime.chain import Answer, NoTierAnswers, Told
from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.protocol.request import InferRequest
from edgewright_runtime.tiers.tier import Tensors

QUEUE_LIMIT: Final = 64
"""Requests that wait at most; more than that are told to come back later."""


@dataclass(slots=True, eq=False)
class _Waiting:
    request: InferRequest
    answer: asyncio.Future[Answer]
    deadline: float

    def fits(self, other: InferRequest) -> bool:
        """Whether both can be one batch: the same tensors but for their first dimension."""
        mine = self.request.inputs
        return all(
            mine[name].dtype == array.dtype and mine[name].shape[1:] == array.shape[1:]
            for name, array in other.inputs.items()
        )


class _Arriving:
    """Requests that are being read, each within a `with`: a batch may wait for them. `over` hears of the last."""

    def __init__(self, over: Callable[[], None]) -> None:
        self.count = 0
        self._over = over

    def __enter__(self) -> None:
        self.count += 1

    def __exit__(self, *_error: object) -> None:
        self.count -= 1
        if not self.count:
            self._over()


class Batcher:
    """Puts requests together for `ask`, `concurrency` batches at a time. `told(size)` hears the size of each.

    Lives in one event loop.
    """

    def __init__(
        self,
        ask: Callable[[Tensors, Told], None],
        *,
        max_batch: int,
        window: float,
        batched: bool,
        concurrency: int = 1,
        queue_limit: int = QUEUE_LIMIT,
        told: Callable[[int], None] = lambda _size: None,
    ) -> None:
        self._ask = ask
        self._max_batch = max_batch
        self._window = window
        self._batched = batched
        self._concurrency = concurrency
        self._limit = queue_limit
        self._told = told
        self._waiting: deque[_Waiting] = deque()
        self.arriving = _Arriving(self._arrived)
        self._under_way = 0
        self._window_end: asyncio.TimerHandle | None = None
        self._window_over = False

    def stop(self) -> None:
        """End; whoever still waits is told so."""
        while self._waiting:
            _fail(self._waiting.popleft(), RequestFault("the server is stopping", 503, 1))

    @property
    def depth(self) -> int:
        """How many requests wait."""
        return len(self._waiting)

    def check_room(self) -> None:
        """Raise RequestFault (429) where too many wait already: before a body is read."""
        if len(self._waiting) >= self._limit:
            raise RequestFault(f"{self._limit} requests wait already", 429, 1)

    async def ask(self, request: InferRequest, deadline: float = float("inf")) -> Answer:
        """The answer to one request, before `deadline` on the monotonic clock. Raises RequestFault."""
        self.check_room()
        waiting = _Waiting(request, asyncio.get_running_loop().create_future(), deadline)
        self._waiting.append(waiting)
        self._go()
        try:
            return await waiting.answer
        except NoTierAnswers as error:
            raise RequestFault(f"no tier answered: {error}", 503, 1) from error

    def _arrived(self) -> None:
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._go)  # with who has just arrived

    def _go(self) -> None:
        """Let batches go, as long as more may be under way and none is worth to wait with."""
        while self._waiting and self._under_way < self._concurrency and (batch := self._next()):
            size = _size(batch)
            if self._batched and self.arriving.count and size < self._max_batch and self._may_wait():
                return
            self._close_window()
            for _ in batch:
                self._waiting.popleft()
            try:
                inputs = _joined([each.request for each in batch])
            except MemoryError:
                for each in batch:
                    _fail(each, RequestFault("there is no memory for so many requests at once", 503, 1))
                continue
            self._under_way += 1
            self._ask(inputs, partial(self._answered, batch, size))
            self._told(size)

    def _may_wait(self) -> bool:
        """Whether the window is still open; who asks first opens it."""
        if self._window_end is None:
            self._window_end = asyncio.get_running_loop().call_later(self._window, self._end_window)
        return not self._window_over

    def _end_window(self) -> None:
        self._window_over = True
        self._go()

    def _close_window(self) -> None:
        if self._window_end is not None:
            self._window_end.cancel()
            self._window_end, self._window_over = None, False

    def _next(self) -> list[_Waiting]:
        """Who goes together next, from the front of the queue; who came too late is told so."""
        now = monotonic()
        for late in [each for each in self._waiting if each.answer.done() or each.deadline < now]:
            self._waiting.remove(late)
            _fail(late, RequestFault("the deadline passed before it was this request's turn", 504))
        batch: list[_Waiting] = []
        size = 0
        for each in self._waiting:
            size += each.request.batch
            if batch and not (self._batched and size <= self._max_batch and batch[0].fits(each.request)):
                break
            batch.append(each)
        return batch

    def _answered(self, batch: Sequence[_Waiting], size: int, found: Answer | NoTierAnswers) -> None:
        """To each its part; but first the next batch, so that no tier waits for that."""
        self._under_way -= 1
        self._go()
        if isinstance(found, NoTierAnswers):
            for each in batch:
                _fail(each, found)
            return
        answer = found if size == 1 else replace(found, batch=size)
        for each, part in zip(batch, _split(answer, batch), strict=True):
            if not each.answer.done():
                each.answer.set_result(part)


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)


def _size(batch: Sequence[_Waiting]) -> int:
    return sum(each.request.batch for each in batch)


def _joined(requests: Sequence[InferRequest]) -> Tensors:
    first = requests[0].inputs
    if len(requests) == 1:
        return first
    return {name: np.concatenate([each.inputs[name] for each in requests]) for name in first}


def _split(answer: Answer, batch: Sequence[_Waiting]) -> list[Answer]:
    """To each its part."""
    if len(batch) == 1:
        return [answer]
    parts: list[Answer] = []
    start = 0
    for each in batch:
        end = start + each.request.batch
        outputs = {name: array[start:end] for name, array in answer.outputs.items()}
        parts.append(replace(answer, outputs=outputs))
        start = end
    return parts
