"""Delivery: how what was rendered reaches the devices."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from edgewright.fleet.part import Part
from edgewright.fleet.quantities import Duration


class Delivery(Part):
    """How what was rendered reaches the devices."""

    engine: Literal["flux", "argocd", "ocm", "kubefleet", "rancher-fleet"] = Field(
        "flux", description="On each device flux or argocd; from a hub ocm, kubefleet or rancher-fleet."
    )
    interval: Duration = Field(
        Duration("10m"), description="How often a device looks for news.", examples=["10m"]
    )
