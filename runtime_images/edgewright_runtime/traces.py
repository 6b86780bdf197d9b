"""Spans of requests to an OpenTelemetry collector. Needs the extra `otel`; imported only where it is configured.

A span of a part is made when the request is over, out of the times that were taken anyway.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from threading import Thread
from time import perf_counter_ns, time_ns
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from edgewright_runtime.chain import Attempt
from edgewright_runtime.config import Config, Tracing
from edgewright_runtime.record import Record, TraceContext
from edgewright_runtime.version import VERSION

_LAST: Final = 1.0
"""Seconds that the last spans have to get away: a collector that is down must not hold up a server that stops."""


class Traces:
    """The spans of one server. Nothing is sent before the first request."""

    def __init__(self, config: Config, tracing: Tracing) -> None:
        resource = Resource(
            {
                "service.name": "edgewright-runtime",
                "service.version": VERSION,
                "edgewright.fleet": config.fleet,
                "edgewright.device_class": config.device_class,
                "edgewright.workload": config.workload,
            }
        )
        self._model = config.model
        sampler = ParentBased(TraceIdRatioBased(tracing.sample / 1_000_000))
        self._provider = TracerProvider(sampler=sampler, resource=resource, shutdown_on_exit=False)
        # The system's authorities, as for the cloud; of its own accord the exporter brings others along.
        authorities = ssl.get_default_verify_paths().cafile
        exporter = OTLPSpanExporter(endpoint=tracing.endpoint, certificate_file=authorities)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("edgewright_runtime")

    def begin(self, record: Record) -> None:
        """Start the span of a request; from here on its trace goes through this span."""
        parent = trace.set_span_in_context(trace.NonRecordingSpan(_parent(record.trace)))
        span = self._tracer.start_span(
            f"infer {self._model}", parent, trace.SpanKind.SERVER, start_time=_epoch(record.started)
        )
        own = span.get_span_context()
        record.span = span
        record.trace = TraceContext(f"{own.trace_id:032x}", f"{own.span_id:016x}", f"{own.trace_flags:02x}")

    def end(self, record: Record) -> None:
        """End it, with a span for each part: the queue, and every tier that was asked."""
        span = record.span
        if span.is_recording():
            self._parts(record)
            span.set_attributes(
                {
                    "edgewright.protocol": record.protocol,
                    "edgewright.tier": record.tier,
                    "edgewright.batch": record.batch,
                    "edgewright.status": record.status,
                }
            )
            if record.status >= 500:
                span.set_status(trace.StatusCode.ERROR)
        span.end(_epoch(record.ended))

    def _parts(self, record: Record) -> None:
        attempts, within = record.attempts, trace.set_span_in_context(record.span)
        if not attempts:
            return
        queue = self._tracer.start_span("queue", within, start_time=_epoch(record.queued))
        queue.end(_epoch(attempts[0].started))
        self._tier(attempts[0], within)
        if len(attempts) > 1:
            self._fallback(attempts[1:], within)

    def _fallback(self, attempts: Sequence[Attempt], within: Context) -> None:
        """What came after the first tier failed."""
        span = self._tracer.start_span("fallback", within, start_time=_epoch(attempts[0].started))
        for each in attempts:
            self._tier(each, trace.set_span_in_context(span))
        span.end(_epoch(attempts[-1].ended))

    def _tier(self, attempt: Attempt, within: Context) -> None:
        span = self._tracer.start_span(
            f"inference {attempt.tier}", within, start_time=_epoch(attempt.started)
        )
        if attempt.fault:
            # Its kind alone: the words of a runtime may quote what was sent.
            span.set_status(trace.StatusCode.ERROR, attempt.fault.partition(":")[0])
        span.end(_epoch(attempt.ended))

    def stop(self) -> None:
        """Send what is left, as far as there is time."""
        last = Thread(target=self._provider.force_flush, daemon=True)
        last.start()
        last.join(_LAST)


def _parent(given: TraceContext | None) -> trace.SpanContext:
    """The span that a request came from; an invalid one where it came from none."""
    if given is None:
        return trace.INVALID_SPAN_CONTEXT
    flags = trace.TraceFlags(int(given.flags, 16) & 1)
    return trace.SpanContext(int(given.trace_id, 16), int(given.parent_id, 16), True, flags)


def _epoch(counter: float) -> int:
    """A time of perf_counter in nanoseconds since 1970."""
    return time_ns() - perf_counter_ns() + int(counter * 1e9)
