"""Links: how fast, and for how long each day, a device gets its updates."""

from __future__ import annotations

from pydantic import Field

from edgewright.fleet.part import Part
from edgewright.fleet.quantities import Bandwidth, Duration


class Link(Part):
    """What one device has for its updates, at the worst; where devices share a line, each one's part."""

    bandwidth: Bandwidth = Field(description="What gets through to one device.", examples=["20Mbit/s"])
    window: Duration = Field(
        Duration("24h"),
        description="How long each day updates may use it; all day where left out.",
        examples=["8h"],
    )
