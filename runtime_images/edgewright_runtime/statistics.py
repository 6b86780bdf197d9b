"""What became of the requests so far, in the form of Triton's statistics extension.

Source: triton-inference-server/server, docs/protocol/extension_statistics.md. `compute_infer` is the time that tiers
took, failed ones too. What comes before the queue and after the tiers is not timed apart: `compute_input` and
`compute_output` are counted, and take no time.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from time import time_ns
from typing import Any

from edgewright_runtime.record import Record


@dataclass(slots=True)
class _Duration:
    count: float = 0
    seconds: float = 0.0

    def add(self, seconds: float, share: float = 1) -> None:
        self.count += share
        self.seconds += seconds * share

    @property
    def values(self) -> dict[str, int]:
        return {"count": round(self.count), "ns": round(self.seconds * 1e9)}


@dataclass(slots=True)
class Statistics:
    """Sums since the start, of the requests that were in order. Lives in one event loop."""

    last: int = 0  # milliseconds since 1970
    inferences: int = 0
    success: _Duration = field(default_factory=_Duration)
    fail: _Duration = field(default_factory=_Duration)
    queue: _Duration = field(default_factory=_Duration)
    compute: _Duration = field(default_factory=_Duration)
    hits: _Duration = field(default_factory=_Duration)
    batches: defaultdict[int, _Duration] = field(default_factory=lambda: defaultdict(_Duration))

    def count(self, record: Record) -> None:
        """A request is over. One that was refused is nobody's inference."""
        seconds = record.ended - record.started
        if record.status >= 500:
            self.fail.add(seconds)
        if not record.tier or record.status != 200:
            return
        self.last = time_ns() // 1_000_000
        self.success.add(seconds)
        if not record.attempts:  # it was answered before
            self.hits.add(seconds)
            return
        taken = sum(each.seconds for each in record.attempts)
        self.inferences += record.rows
        self.queue.add(max(0.0, record.attempts[0].started - record.queued))
        self.compute.add(taken)
        self.batches[record.batch].add(taken, record.rows / record.batch)

    def values(self, model: str, version: str) -> dict[str, Any]:
        """All of it, as `GET /v2/models/<model>/stats` says it."""
        return {
            "name": model,
            "version": version,
            "last_inference": self.last,
            "inference_count": self.inferences,
            "execution_count": sum(each.values["count"] for each in self.batches.values()),
            "inference_stats": {
                "success": self.success.values,
                "fail": self.fail.values,
                "queue": self.queue.values,
                **_compute(self.compute),
                "cache_hit": self.hits.values,
                "cache_miss": {"count": 0, "ns": 0},
            },
            "batch_stats": [
                {"batch_size": size, **_compute(each)} for size, each in sorted(self.batches.items())
            ],
        }


def _compute(taken: _Duration) -> dict[str, Any]:
    untimed = {"count": taken.values["count"], "ns": 0}
    return {"compute_input": untimed, "compute_infer": taken.values, "compute_output": untimed}
