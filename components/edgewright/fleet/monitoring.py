"""Monitoring: when somebody has to be told."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from edgewright.fleet.part import HTTP_ADDRESS, Part, Whole
from edgewright.fleet.quantities import Duration, Share, Temperature


class TemperatureAlert(Part):
    """Two temperatures that raise an alert."""

    warning: Temperature = Field(description="From here on, somebody should look.", examples=["75C"])
    critical: Temperature = Field(description="From here on, somebody has to act.", examples=["83C"])


class ShareAlert(Part):
    """Two shares that raise an alert."""

    warning: Share = Field(description="From here on, somebody should look.", examples=["80%"])
    critical: Share = Field(description="From here on, somebody has to act.", examples=["95%"])


class CountAlert(Part):
    """Two counts that raise an alert."""

    warning: Annotated[Whole, Field(ge=0, le=1_000_000)] = Field(
        description="From here on, somebody should look.", examples=[2]
    )
    critical: Annotated[Whole, Field(ge=0, le=1_000_000)] = Field(
        description="From here on, somebody has to act.", examples=[5]
    )


def _shares(warning: str, critical: str) -> ShareAlert:
    return ShareAlert.model_construct(warning=Share(warning), critical=Share(critical))


class Alerts(Part):
    """When somebody has to be told."""

    gpu_temperature: TemperatureAlert = Field(
        TemperatureAlert.model_construct(warning=Temperature("75C"), critical=Temperature("83C")),
        description="The GPU's temperature.",
    )
    gpu_memory: ShareAlert = Field(_shares("80%", "95%"), description="GPU memory in use.")
    memory: ShareAlert = Field(_shares("80%", "90%"), description="Memory in use.")
    cpu_throttling: ShareAlert = Field(_shares("10%", "25%"), description="Time a container was throttled.")
    restarts_per_hour: CountAlert = Field(
        CountAlert.model_construct(warning=2, critical=5), description="Restarts of a container in an hour."
    )


class RequestLog(Part):
    """Lines about requests in the server's log. Those that go wrong are told whatever is written here."""

    sample: Share = Field(
        description="Of the requests that go well, the share that gets a line.", examples=["0.1%"]
    )


class Tracing(Part):
    """Spans of requests by OpenTelemetry."""

    endpoint: Annotated[str, StringConstraints(pattern=rf"^{HTTP_ADDRESS}/[!-~]+$", max_length=500)] = Field(
        description="Where a collector takes OTLP over HTTP, with its path. A class that is offline reaches one in "
        "its own cluster, whose name ends in `.svc`.",
        examples=["http://collector.monitoring.svc:4318/v1/traces"],
    )
    sample: Share = Field(
        Share("100%"),
        description="Of the requests that belong to no trace yet, the share that gets one.",
        examples=["1%"],
    )


class Monitoring(Part):
    """What is measured and told, and when somebody has to be told."""

    scrape_interval: Duration = Field(Duration("15s"), description="Time between two measurements.")
    alerts: Alerts = Field(Alerts.model_construct(), description="When somebody has to be told.")
    request_log: RequestLog | None = Field(
        None, description="Requests in the servers' logs; by default only those that go wrong."
    )
    tracing: Tracing | None = Field(None, description="Traces to a collector; none by default.")
