"""One request, as it is told of afterwards: in the log, and as spans."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from edgewright_runtime.chain import Answer, Attempt

_TRACEPARENT: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


@dataclass(frozen=True, slots=True)
class TraceContext:
    """Which trace a request belongs to: ids as lower-case hex, `flags` as sent."""

    trace_id: str
    parent_id: str
    flags: str = "00"

    def __str__(self) -> str:
        """As the header `traceparent` has it."""
        return f"00-{self.trace_id}-{self.parent_id}-{self.flags}"


def trace_context(header: str | None) -> TraceContext | None:
    """The context in a header `traceparent`; None where there is none, or one that W3C says to ignore."""
    found = header and _TRACEPARENT.fullmatch(header.strip())
    if not found:
        return None
    version, trace_id, parent_id, flags, more = found.groups()
    if version == "ff" or (version == "00" and more) or not (trace_id.strip("0") and parent_id.strip("0")):
        return None
    return TraceContext(trace_id, parent_id, flags)


@dataclass(slots=True)
class Record:
    """What happened to a request. Times are those of perf_counter; sizes are bytes; `status` is HTTP's;
    `rows` is how many of a batch of `batch` it asked itself."""

    protocol: str
    started: float
    trace: TraceContext | None = None
    id: str = ""
    status: int = 200
    received: int = 0
    sent: int = 0
    queued: float = 0.0
    ended: float = 0.0
    tier: str = ""
    batch: int = 0
    rows: int = 1
    attempts: tuple[Attempt, ...] = ()
    span: Any = None

    def answered(self, answer: Answer) -> None:
        """Keep what is told of an answer, and not what it says."""
        self.tier, self.batch, self.attempts = answer.tier, answer.batch, answer.attempts

    @property
    def values(self) -> dict[str, Any]:
        """For the log; milliseconds, and nothing of what was sent."""
        values: dict[str, Any] = {"protocol": self.protocol, "status": self.status}
        if self.id:
            values["id"] = self.id[:100]  # whoever asks chose it
        if self.trace is not None:
            values["trace"] = self.trace.trace_id
        if self.attempts:
            values["queueMilliseconds"] = _milliseconds(self.attempts[0].started - self.queued)
            values["inferenceMilliseconds"] = _milliseconds(sum(each.seconds for each in self.attempts))
        values["totalMilliseconds"] = _milliseconds(self.ended - self.started)
        if self.tier:
            values |= {"tier": self.tier, "batch": self.batch}
        failed = [each.tier for each in self.attempts if each.fault]
        if failed:
            values["failed"] = failed
        return values | {"bytesIn": self.received, "bytesOut": self.sent}


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
