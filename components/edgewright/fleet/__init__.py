"""The fleet, typed: what fleet.yaml says, and the same in Python.

    fleet = Fleet(fleet="acme", registry="registry.acme.example/edge", device_classes={...}, ...)
    check_fleet(fleet, catalogue.load())     # what is wrong with it, as findings
    fleet.model_dump(exclude_none=True)      # the values that fleet.yaml would have

Amounts are written with their units ("6Gi", "1500m", "90s", "25W", "1%", "3pp", "5/s", "83C"). To a type
checker each is a type of its own: `Memory("6Gi")` always checks, plain text does with pydantic's plugin
for mypy as it is by default. Nothing of a fleet changes; `model_copy(update=...)` gives another one.
"""

from __future__ import annotations

from edgewright.fleet.delivery import Delivery
from edgewright.fleet.device_class import CpuManager, DeviceClass, GpuSharing, Host, Reserve, Software
from edgewright.fleet.fleet import Fleet
from edgewright.fleet.link import Link
from edgewright.fleet.model import Calibration, Evaluation, Model, Variant
from edgewright.fleet.monitoring import (
    Alerts,
    CountAlert,
    Monitoring,
    RequestLog,
    ShareAlert,
    TemperatureAlert,
    Tracing,
)
from edgewright.fleet.platform import Platform
from edgewright.fleet.power import Battery, PowerSupply
from edgewright.fleet.quantities import (
    Bandwidth,
    Cpu,
    Duration,
    Energy,
    Memory,
    Points,
    Power,
    Rate,
    Ratio,
    Share,
    Temperature,
)
from edgewright.fleet.reading import FleetReading, check_fleet, read_fleet
from edgewright.fleet.references import effective, runtimes_of
from edgewright.fleet.rollout import AbortWhen, Baseline, Rollout, Stage, Unreachable
from edgewright.fleet.runtime import Runtime, tags_of
from edgewright.fleet.security import Allowed, Keyless, Network, Security, Signature, Signer, Traffic
from edgewright.fleet.workload import (
    Batching,
    Latency,
    Load,
    Resources,
    Shutdown,
    Startup,
    Tier,
    WhenUnsure,
    Workload,
    WorkloadFields,
    WorkloadOn,
)

__all__ = [
    "AbortWhen", "Alerts", "Allowed", "Bandwidth", "Baseline", "Batching", "Battery", "Calibration", "CountAlert",
    "Cpu", "CpuManager", "Delivery", "DeviceClass", "Duration", "Energy", "Evaluation", "Fleet",
    "FleetReading", "GpuSharing", "Host", "Keyless", "Latency", "Link", "Load", "Memory", "Model", "Monitoring",
    "Network", "Platform", "Points", "Power", "PowerSupply", "Rate", "Ratio", "RequestLog", "Reserve", "Resources",
    "Rollout", "Runtime", "Security", "Share", "ShareAlert", "Shutdown", "Signature", "Signer", "Software", "Stage",
    "Startup", "Temperature", "TemperatureAlert", "Tier", "Tracing", "Traffic", "Unreachable", "Variant", "WhenUnsure",
    "Workload", "WorkloadFields", "WorkloadOn", "check_fleet", "effective", "read_fleet", "runtimes_of",
    "tags_of",
]  # fmt: skip
