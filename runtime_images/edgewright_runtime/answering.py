"""What is around the chain of tiers, each part only where the configuration asks for it: answers from before, a
cloud that is asked where the model is unsure, and the inputs that are kept for labelling."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from time import perf_counter
from typing import Final

from edgewright_runtime.cache import ResponseCache, key_of
from edgewright_runtime.chain import Answer
from edgewright_runtime.config import Config
from edgewright_runtime.escalation import CLOUD, Escalation
from edgewright_runtime.metrics import Metrics
from edgewright_runtime.protocol.request import InferRequest, Signature
from edgewright_runtime.reservoir import Reservoir, Uncertain
from edgewright_runtime.scores import certainties, scores_of

CACHED: Final = "cached"
_LARGE: Final = 1 << 20  # bytes of which a digest takes so long that others should not wait for it


class Answering:
    """Turns the chain's answers into those that go out. Lives in one event loop.

    `first` names the first tier that works, and nothing where none does.
    """

    def __init__(
        self, config: Config, signature: Signature, metrics: Metrics, first: Callable[[], str]
    ) -> None:
        self._signature = signature
        self._metrics = metrics
        self._first = first
        self._cache = None if config.response_cache is None else ResponseCache(config.response_cache)
        self._reservoir: Reservoir | None = None
        if (kept := config.reservoir) is not None:
            self._reservoir = Reservoir(kept.folder, kept.size, metrics.reservoir, kept.below)
        self._escalation: Escalation | None = None
        if config.when_unsure is not None:
            self._escalation = Escalation(config.when_unsure, signature, config.p99, self._cloud_failed)

    async def answer(
        self, request: InferRequest, ask: Callable[[], Awaitable[Answer]], deadline: float
    ) -> Answer:
        """The answer that goes out; `ask` asks the chain. Raises RequestFault."""
        if self._cache is None:
            return await self._new(request, ask, deadline)
        key = await _key(request)
        found = self._cache.get(key, self._first())
        if found is not None:
            self._metrics.cached()
            return replace(found, marks=(CACHED,), attempts=())  # those were another request's
        answer = await self._new(request, ask, deadline)
        if not answer.marks:  # the cloud has another model tomorrow, and is to be asked again if it was away
            self._cache.put(key, answer, self._first())
        return answer

    async def _new(
        self, request: InferRequest, ask: Callable[[], Awaitable[Answer]], deadline: float
    ) -> Answer:
        started = perf_counter()
        answer = await ask()
        if self._reservoir is not None:
            self._offer(self._reservoir, request, answer)
        if self._escalation is None or not self._escalation.is_unsure(answer):
            return answer
        self._metrics.unsure()
        return await self._escalation.better(request, answer, perf_counter() - started, deadline)

    def _offer(self, reservoir: Reservoir, request: InferRequest, answer: Answer) -> None:
        """Each input of a batch for itself."""
        scores = scores_of(answer.outputs, self._signature.outputs)
        if scores is None:
            return
        sure = certainties(scores)
        if not self._signature.batched:
            at = int(sure.argmin())
            if reservoir.wants(sure[at]):
                reservoir.offer(Uncertain(dict(request.inputs), scores[at], float(sure[at]), answer.tier))
            return
        for at in (at for at, each in enumerate(sure) if reservoir.wants(each)):
            # A copy, lest one input keeps all others of the batch in memory.
            inputs = {name: array[at : at + 1].copy() for name, array in request.inputs.items()}
            reservoir.offer(Uncertain(inputs, scores[at], float(sure[at]), answer.tier))

    @property
    def kept(self) -> int:
        """Bytes of inputs that are kept for labelling."""
        return self._reservoir.taken if self._reservoir else 0

    def stop(self) -> None:
        """End what runs."""
        if self._escalation is not None:
            self._escalation.stop()
        if self._reservoir is not None:
            self._reservoir.stop()

    def _cloud_failed(self, _reason: str) -> None:
        self._metrics.tier_failed(CLOUD)


async def _key(request: InferRequest) -> bytes:
    if sum(array.nbytes for array in request.inputs.values()) < _LARGE:
        return key_of(request.inputs)
    return await asyncio.get_running_loop().run_in_executor(None, key_of, request.inputs)
