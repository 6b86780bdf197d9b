"""Where pods send something by themselves: the cloud that is asked when a model is unsure, a collector of traces.
Which of it a class reaches, and whether the fleet's own rules on traffic let it through."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from edgewright.errors import FieldPath, Finding, Note
from edgewright.fleet import Fleet, Traffic
from edgewright.plan.plan import ClassPlan, Deployed

_IN_CLUSTER: Final = re.compile(r"[a-z0-9-]+\.([a-z0-9-]+)\.svc(\.cluster\.local)?\.?")
"""How a Service is named: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/"""


@dataclass(frozen=True, slots=True)
class Destination:
    """An address of http or https, the field that names it, and what would not happen if it were out of reach."""

    url: str
    path: FieldPath
    lost: str

    @property
    def host(self) -> str:
        """An address, or a name in small letters."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The port, which follows from http or https where none is written."""
        written = self.url.partition("://")[2].partition("/")[0].partition(":")[2]
        return int(written) if written else 443 if self.url.startswith("https:") else 80

    @property
    def host_is_address(self) -> bool:
        """Whether nobody has to look it up."""
        return _address(self.host) is not None

    @property
    def is_pod_itself(self) -> bool:
        """Whether it never leaves the pod, which no rule on traffic keeps it from."""
        address = _address(self.host)
        return self.host.rstrip(".") == "localhost" or (address is not None and address.is_loopback)

    @property
    def namespace(self) -> str | None:
        """That of a Service in the device's own cluster; None for whatever lies outside."""
        found = _IN_CLUSTER.fullmatch(self.host)
        return found[1] if found else None


def escalation_of(deployed: Deployed) -> Destination | None:
    """The cloud that a workload asks when its model is unsure."""
    unsure = deployed.when_unsure
    if unsure is None or unsure.escalate_to is None:
        return None
    path = (*deployed.origin("when_unsure"), "escalateTo")
    return Destination(unsure.escalate_to, path, "unsure answers would never be escalated")


def tracing_of(fleet: Fleet) -> Destination | None:
    """The collector that every workload sends its traces to."""
    tracing = fleet.monitoring.tracing
    if tracing is None:
        return None
    return Destination(tracing.endpoint, ("monitoring", "tracing", "endpoint"), "no trace would ever arrive")


def reaches(planned: ClassPlan, destination: Destination) -> bool:
    """Whether a class has a way there: one that is offline has its own cluster only."""
    return not planned.device_class.offline or destination.namespace is not None


def destinations_of(fleet: Fleet, planned: ClassPlan, deployed: Deployed) -> list[Destination]:
    """Where a workload sends something on a class."""
    return [each for each in (escalation_of(deployed), tracing_of(fleet)) if each and reaches(planned, each)]


def check_destinations(fleet: Fleet, classes: Sequence[ClassPlan]) -> Iterator[Finding]:
    """Destinations outside of the cluster that the fleet's own rules on traffic keep out of reach."""
    network = fleet.security.network
    if network.default == "allow":
        return
    for planned in classes:
        for deployed in planned.workloads:
            for each in destinations_of(fleet, planned, deployed):
                stays = each.namespace is not None or each.is_pod_itself
                if not stays and not any(_lets(one, each) for one in network.allow.egress):
                    yield _blocked(each)


def _lets(traffic: Traffic, destination: Destination) -> bool:
    """Whether a rule may let through what goes there; which addresses a name has, nobody knows here."""
    address = _address(destination.host)
    there = address is None or address in ipaddress.ip_network(traffic.cidr)
    return there and traffic.protocol == "TCP" and traffic.port in (None, destination.port)


def _address(host: str) -> ipaddress.IPv4Address | None:
    try:
        return ipaddress.IPv4Address(host)
    except ValueError:
        return None


def _blocked(destination: Destination) -> Finding:
    host, port = destination.host, destination.port
    remedy = f"add its addresses to `allow.egress`: {{cidr: 10.20.0.0/16, port: {port}}}"
    if host.count(".") == 1:  # as Services are called too, and nobody knows here which names the world has
        remedy += f", or write `{host}.svc` where it is a Service of the device's own cluster"
    return Finding(
        "egress-blocked",
        "warning",
        f"no pod may reach `{host}` on port {port}: {destination.lost}",
        remedy,
        destination.path,
        notes=(Note("what pods may reach", path=("security", "network")),),
    )
