"""One server put together: its readiness, its batches, its figures, and what is under way."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from threading import Thread
from time import monotonic, perf_counter
from typing import Any, Final

from edgewright_runtime.batching import Batcher
from edgewright_runtime.chain import Answer
from edgewright_runtime.config import Config, Tensor
from edgewright_runtime.metrics import Metrics
from edgewright_runtime.protocol.datatypes import DTYPES
from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.protocol.request import Signature, signature_of
from edgewright_runtime.readiness import Readiness, get_ready

_LARGEST: Final = 64 << 20  # bytes of a body, where shapes do not bound it
_SPARE: Final = 64 << 10  # bytes for names, parameters and punctuation
_PER_NUMBER: Final = 26  # characters that JSON takes at most for a number of 64 bits, a comma and a blank


class Serving:
    """What the HTTP side asks. Lives in one event loop; the chain runs in threads."""

    def __init__(self, config: Config, config_file: Path) -> None:
        self.config = config
        self.readiness = Readiness()
        self.metrics = Metrics(config)
        self.signature = signature_of(config)
        self.body_limit = _body_limit(self.signature)
        self.under_way = 0
        self.last_request = monotonic()
        self._config_file = config_file
        self._batcher: Batcher | None = None

    def begin(self) -> None:
        """Start to get ready, beside the event loop."""
        arguments = (self.config, self._config_file, self.readiness, self._tier_failed)
        Thread(target=get_ready, args=arguments, daemon=True, name="readiness").start()

    def batcher(self) -> Batcher:
        """The batches of the chain. Raises RequestFault while there is no chain."""
        chain = self.readiness.chain
        if chain is None:
            raise RequestFault(f"not ready: {self.readiness.step}", 503, 1)
        if self._batcher is None:
            config = self.config
            self._batcher = Batcher(
                chain.answer,
                max_batch=config.max_batch,
                window=config.window,
                batched=self.signature.batched,
                told=self.metrics.batch,
            )
            self._batcher.start()
        return self._batcher

    @contextmanager
    def in_flight(self) -> Iterator[None]:
        """While a request is under way: a stopping server waits for it."""
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1
            self.last_request = monotonic()

    async def answered(self, answer: Awaitable[Answer], started: float) -> Answer:
        """The answer, counted."""
        try:
            found = await answer
        except RequestFault as fault:
            if fault.status >= 500:
                self.metrics.failed()
            raise
        self.metrics.answered(found.tier, perf_counter() - started)
        return found

    def metrics_text(self) -> bytes:
        """Everything that is counted."""
        self.metrics.waiting.set(self._batcher.depth if self._batcher else 0)
        return self.metrics.text()

    @property
    def model_values(self) -> dict[str, Any]:
        """What is told of the model."""
        return {
            "name": self.config.model,
            "versions": [self.config.version],
            "platform": "onnx_onnxv1",
            "inputs": [_values(tensor) for tensor in self.signature.inputs],
            "outputs": [_values(tensor) for tensor in self.signature.outputs],
        }

    async def stop(self) -> None:
        """End what runs."""
        if self._batcher is not None:
            await self._batcher.stop()

    def _tier_failed(self, tier: str, _reason: str) -> None:
        self.metrics.tier_failed(tier)


def _values(tensor: Tensor) -> dict[str, Any]:
    return {"name": tensor.name, "datatype": tensor.datatype, "shape": list(tensor.shape)}


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
