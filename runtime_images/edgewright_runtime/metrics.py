"""What the server counts; the names that a rollout is judged by are promised in `metrics.json`."""

from __future__ import annotations

import os
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from edgewright_runtime.config import Config

_BUCKETS: Final = (
    *(0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2),
    *(0.3, 0.5, 0.75, 1, 2, 5, 10),
)


disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each figure, that nobody asks for


class Metrics:
    """The figures of one server, in a registry of its own."""

    def __init__(self, config: Config, revision: str = "") -> None:
        self._registry = CollectorRegistry()
        where = {
            "workload": config.workload,
            "revision": revision or os.environ.get("EDGEWRIGHT_REVISION", ""),
        }

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(name, text, (*where, *labels), registry=self._registry)

        self._where = where
        self._requests = counter(
            "edgewright_requests_total", "Requests that were answered, by how it ended.", "outcome"
        )
        self._tiers = counter("edgewright_tier_answers_total", "Answers by the tier that gave them.", "tier")
        self._failures = counter(
            "edgewright_tier_failures_total", "Requests that a tier could not answer.", "tier"
        )
        self._unsure = counter("edgewright_unsure_total", "Requests whose answer the model was unsure of.")
        self._cached = counter("edgewright_cached_answers_total", "Answers that were given before.")
        self._reservoir = counter(
            "edgewright_reservoir_total", "Uncertain inputs, by what became of them.", "outcome"
        )
        self._truths = counter("edgewright_answers_total", "Answers whose truth became known.", "correct")
        self._duration = Histogram(
            "edgewright_request_duration_seconds",
            "Time from the last byte of a request to the first of its answer.",
            tuple(where),
            buckets=_BUCKETS,
            registry=self._registry,
        ).labels(**where)
        self._batches = Histogram(
            "edgewright_batch_size",
            "Requests that were answered together.",
            tuple(where),
            buckets=(1, 2, 4, 8, 16, 32, 64, 128),
            registry=self._registry,
        ).labels(**where)
        self.waiting = Gauge(
            "edgewright_requests_waiting", "Requests that wait.", tuple(where), registry=self._registry
        ).labels(**where)
        self.kept = Gauge(
            "edgewright_reservoir_bytes",
            "Bytes of uncertain inputs that are kept for labelling.",
            tuple(where),
            registry=self._registry,
        ).labels(**where)
        info = Gauge(
            "edgewright_model_info",
            "1, with what is served as labels.",
            (*where, "model", "version", "digest"),
            registry=self._registry,
        )
        digest = config.promised.digest if config.promised else ""
        info.labels(**where, model=config.model, version=config.version, digest=digest).set(1)
        # A figure that is not there yet cannot be told from one that is missing.
        self._ok, self._error = (self._requests.labels(**where, outcome=each) for each in ("ok", "error"))
        tiers = [tier.name for tier in config.tiers] + (["cloud"] if config.when_unsure else [])
        self._by_tier = {name: self._tiers.labels(**where, tier=name) for name in tiers}
        for name in tiers:
            self._failures.labels(**where, tier=name)

    def answered(self, tier: str, seconds: float) -> None:
        """A request was answered by a tier."""
        self._ok.inc()
        self._by_tier[tier].inc()
        self._duration.observe(seconds)

    def failed(self) -> None:
        """A request that was in order got no answer."""
        self._error.inc()

    def tier_failed(self, tier: str) -> None:
        """A tier did not answer, and the next one was asked."""
        self._failures.labels(**self._where, tier=tier).inc()

    def unsure(self) -> None:
        """The model was unsure of its answer."""
        self._unsure.labels(**self._where).inc()

    def cached(self) -> None:
        """A request got the answer that was given before."""
        self._cached.labels(**self._where).inc()

    def reservoir(self, outcome: str) -> None:
        """An uncertain input was `kept`, `dropped` for lack of time, or `failed` to be written."""
        self._reservoir.labels(**self._where, outcome=outcome).inc()

    def batch(self, size: int) -> None:
        """A batch went out."""
        self._batches.observe(size)

    def truth(self, correct: bool) -> None:
        """Somebody knows whether an answer was right."""
        self._truths.labels(**self._where, correct="true" if correct else "false").inc()

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self._registry)
