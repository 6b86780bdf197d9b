"""Requests that come together are answered together.

A batch is what has gathered while the last one ran. Only where another request is already on its way in (its
body is being read) does a batch wait for it, and no longer than the window: a request that comes alone is asked
at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final

import numpy as np

from edgewright_runtime.chain import Answer, NoTierAnswers
from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.protocol.request import InferRequest
from edgewright_runtime.tiers.tier import Tensors

QUEUE_LIMIT: Final = 64
"""Requests that wait at most; more than that are told to come back later."""


@dataclass(slots=True)
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


class Batcher:
    """Puts requests together for `answer`, which runs in threads of its own, `concurrency` at a time.

    `told(size)` hears the size of each batch. `start` and `stop` belong to the event loop that asks.
    """

    def __init__(
        self,
        answer: Callable[[Tensors], Answer],
        *,
        max_batch: int,
        window: float,
        batched: bool,
        concurrency: int = 1,
        queue_limit: int = QUEUE_LIMIT,
        told: Callable[[int], None] = lambda _size: None,
    ) -> None:
        self._answer = answer
        self._max_batch = max_batch if batched else 1
        self._window = window
        self._batched = batched
        self._limit = queue_limit
        self._told = told
        self._waiting: deque[_Waiting] = deque()
        self._arriving = 0
        self._changed = asyncio.Event()
        self._concurrency = concurrency
        self._threads = ThreadPoolExecutor(concurrency, thread_name_prefix="batch")
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to answer."""
        self._tasks = [asyncio.create_task(self._serve()) for _ in range(self._concurrency)]

    async def stop(self) -> None:
        """End; whoever still waits is told so."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.answer.done():
                waiting.answer.set_exception(RequestFault("the server is stopping", 503, 1))
        self._threads.shutdown(wait=False, cancel_futures=True)

    @property
    def depth(self) -> int:
        """How many requests wait."""
        return len(self._waiting)

    @contextmanager
    def arriving(self) -> Iterator[None]:
        """While a request is being read: a batch may wait for it."""
        self._arriving += 1
        try:
            yield
        finally:
            self._arriving -= 1
            self._changed.set()

    def check_room(self) -> None:
        """Raise RequestFault (429) where too many wait already: before a body is read."""
        if len(self._waiting) >= self._limit:
            raise RequestFault(f"{self._limit} requests wait already", 429, 1)

    async def ask(self, request: InferRequest, deadline: float = float("inf")) -> Answer:
        """The answer to one request, before `deadline` on the monotonic clock. Raises RequestFault."""
        self.check_room()
        waiting = _Waiting(request, asyncio.get_running_loop().create_future(), deadline)
        self._waiting.append(waiting)
        self._changed.set()
        try:
            return await waiting.answer
        except NoTierAnswers as error:
            raise RequestFault(f"no tier answered: {error}", 503, 1) from error

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            batch = await self._gather()
            if not batch:
                continue
            size = _size(batch)
            self._told(size)
            joined = _joined([each.request for each in batch])
            try:
                answer = await loop.run_in_executor(self._threads, self._answer, joined)
            except NoTierAnswers as error:
                for each in batch:
                    _fail(each, error)
                continue
            for each, outputs in zip(batch, _split(answer, batch), strict=True):
                if not each.answer.done():
                    each.answer.set_result(replace(answer, outputs=outputs, batch=size))

    async def _gather(self) -> list[_Waiting]:
        """The next batch: at once, unless somebody is just arriving."""
        while not self._waiting:
            self._changed.clear()
            await self._changed.wait()
        end = monotonic() + self._window
        batch = self._take([])
        while self._batched and self._arriving and _size(batch) < self._max_batch:
            left = end - monotonic()
            if left <= 0:
                break
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except asyncio.TimeoutError:
                break
            batch = self._take(batch)
        return batch

    def _take(self, batch: list[_Waiting]) -> list[_Waiting]:
        """The batch and who of the waiting goes with it; who came too late is told so."""
        while self._waiting:
            first = self._waiting[0]
            if first.answer.done() or first.deadline < monotonic():
                self._waiting.popleft()
                _fail(first, RequestFault("the deadline passed before it was this request's turn", 504))
            elif not batch or (
                self._batched
                and _size(batch) + first.request.batch <= self._max_batch
                and batch[0].fits(first.request)
            ):
                batch = [*batch, self._waiting.popleft()]
            else:
                break
        return batch


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


def _split(answer: Answer, batch: Sequence[_Waiting]) -> Iterator[Tensors]:
    """To each its part."""
    if len(batch) == 1:
        yield answer.outputs
        return
    start = 0
    for each in batch:
        end = start + each.request.batch
        yield {name: array[start:end] for name, array in answer.outputs.items()}
        start = end
