"""Monitoring: when somebody has to be told."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from edgewright.fleet.part import Part, Whole
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


class Monitoring(Part):
    """What is measured, and when somebody has to be told."""

    scrape_interval: Duration = Field(Duration("15s"), description="Time between two measurements.")
    alerts: Alerts = Field(Alerts.model_construct(), description="When somebody has to be told.")
