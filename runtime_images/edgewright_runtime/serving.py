"""One server put together: its readiness, its batches, its figures, and what is under way."""

from __future__ import annotations

from asyncio import CancelledError, get_running_loop
from collections.abc import Awaitable, Callable
from math import prod
from pathlib import Path
from threading import Thread
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any, Final

from edgewright_runtime.answering import Answering
from edgewright_runtime.batching import Batcher
from edgewright_runtime.chain import Answer, NoTierAnswers
from edgewright_runtime.config import Config
from edgewright_runtime.feedback import Feedback
from edgewright_runtime.log import Log
from edgewright_runtime.metrics import Metrics
from edgewright_runtime.protocol.datatypes import DTYPES
from edgewright_runtime.protocol.description import repository_index
from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.protocol.request import InferRequest, Signature, signature_of
from edgewright_runtime.readiness import Readiness, get_ready
from edgewright_runtime.record import Record, trace_context
from edgewright_runtime.room import Room
from edgewright_runtime.statistics import Statistics

if TYPE_CHECKING:
    from edgewright_runtime.traces import Traces

_LARGEST: Final = 64 << 20  # bytes of a body, where shapes do not bound it
_ROOM: Final = 64 << 20  # bytes of requests under way, where four of the largest take less
_SPARE: Final = 64 << 10  # bytes for names, parameters and punctuation
_PER_NUMBER: Final = 26  # characters that JSON takes at most for a number of 64 bits, a comma and a blank


class _Recorded:
    """A record within a `with`, at whose end it is complete; `over` hears of it a moment later."""

    def __init__(self, record: Record, over: Callable[[Record], None]) -> None:
        self._record = record
        self._over = over

    def __enter__(self) -> Record:
        return self._record

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        record = self._record
        if error is not None:
            gone = isinstance(error, CancelledError)  # the client went away
            record.status = error.status if isinstance(error, RequestFault) else 499 if gone else 500
        record.ended = perf_counter()
        get_running_loop().call_soon(self._over, record)


class Serving:
    """What HTTP and gRPC ask. Lives in one event loop; tiers run in threads."""

    def __init__(self, config: Config, config_file: Path, log: Log) -> None:
        self.config = config
        self.log = log
        self.readiness = Readiness()
        self.metrics = Metrics(config)
        self.statistics = Statistics()
        self.signature = signature_of(config)
        self.body_limit = _body_limit(self.signature)
        self.room = Room(max(_ROOM, 4 * self.body_limit))
        self.under_way = 0
        self.last_request = monotonic()
        self._config_file = config_file
        self._batcher: Batcher | None = None
        self._traces = _traces(config)
        self._answering = Answering(config, self.signature, self.metrics, self._first_working)
        self.feedback = Feedback(self.metrics.truth)

    def begin(self) -> None:
        """Start to get ready, beside the event loop."""
        arguments = (self.config, self._config_file, self.readiness, self._tier_failed, self.log)
        Thread(target=get_ready, args=arguments, daemon=True, name="readiness").start()

    def batcher(self) -> Batcher:
        """The batches of the chain. Raises RequestFault while there is no chain."""
        chain = self.readiness.chain
        if chain is None:
            raise RequestFault(f"not ready: {self.readiness.step}", 503, 1)
        if self._batcher is None:
            config = self.config
            self._batcher = Batcher(
                chain.ask,
                max_batch=config.max_batch,
                window=config.window,
                batched=self.signature.batched,
                concurrency=config.concurrency,
                told=self.metrics.batch,
            )
        return self._batcher

    def check_named(self, model: str, version: str | None = None) -> None:
        """Raise RequestFault where another model or version is meant."""
        config = self.config
        if model != config.model:
            raise RequestFault(f"there is no model `{model[:100]}`; this server has `{config.model}`", 404)
        if version is not None and version != config.version:
            raise RequestFault(f"`{config.model}` is here in version {config.version} only", 404)

    def recorded(self, protocol: str, traceparent: str | None) -> _Recorded:
        """While a request is under way. It is told of a moment later, so that no answer waits for that."""
        record = Record(protocol, perf_counter(), trace_context(traceparent))
        if self._traces is not None:
            self._traces.begin(record)
        self.under_way += 1
        return _Recorded(record, self._over)

    def _over(self, record: Record) -> None:
        """A stopping server waits for a request until here."""
        self.under_way -= 1
        self.last_request = monotonic()
        if record.tier:
            self.metrics.answered(record.tier, record.ended - record.queued)
        elif record.status >= 500 and record.queued:
            self.metrics.failed()
        self.statistics.count(record)
        self.log.request(record)
        if self._traces is not None:
            self._traces.end(record)

    def ask(self, request: InferRequest, deadline: float) -> Awaitable[Answer]:
        """The answer to a request, before `deadline` on the monotonic clock. Raises RequestFault."""
        batcher = self.batcher()
        return self._answering.answer(request, lambda: batcher.ask(request, deadline), deadline)

    async def answered(self, answer: Awaitable[Answer], record: Record) -> Answer:
        """The answer, recorded."""
        record.queued = perf_counter()
        try:
            found = await answer
        except RequestFault as fault:
            if isinstance(fault.__cause__, NoTierAnswers):
                record.attempts = fault.__cause__.attempts
            raise
        record.answered(found)
        return found

    def metrics_text(self) -> bytes:
        """Everything that is counted."""
        self.metrics.waiting.set(self._batcher.depth if self._batcher else 0)
        self.metrics.kept.set(self._answering.kept)
        return self.metrics.text()

    def statistics_values(self) -> dict[str, Any]:
        """What Triton's statistics extension tells."""
        return {"model_stats": [self.statistics.values(self.config.model, self.config.version)]}

    def index_values(self, only_ready: bool) -> list[dict[str, str]]:
        """What Triton's clients call the index of the model repository."""
        readiness = self.readiness
        return repository_index(self.config, readiness.ready, str(readiness.values["step"]), only_ready)

    def stop(self) -> None:
        """End what runs."""
        self._answering.stop()
        if self._batcher is not None:
            self._batcher.stop()
        if self._traces is not None:
            self._traces.stop()

    def _first_working(self) -> str:
        chain = self.readiness.chain
        return chain.first_working if chain is not None else ""

    def _tier_failed(self, tier: str, reason: str) -> None:
        self.metrics.tier_failed(tier)
        self.log.event("tier-failed", "warning", tier=tier, reason=reason)


def _traces(config: Config) -> Traces | None:
    """Where spans go; imported only where they are wanted, for it takes a while."""
    if config.tracing is None:
        return None
    from edgewright_runtime.traces import Traces

    return Traces(config, config.tracing)


def _body_limit(signature: Signature) -> int:
    """The most bytes of a request that can be right: what a full batch takes, written as JSON."""
    total = _SPARE
    for tensor in signature.inputs:
        dtype = DTYPES.get(tensor.datatype)
        inner = tensor.shape[1:]
        if dtype is None or dtype.kind == "O" or -1 in inner:
            return _LARGEST
        total += prod(inner) * signature.max_batch * _PER_NUMBER
    return min(total, 2 << 30)
