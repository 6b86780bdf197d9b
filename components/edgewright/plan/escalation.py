"""Whether the cloud that is asked when a model is unsure can be reached from where the model runs."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edgewright.errors import Finding, Note
from edgewright.fleet import Fleet, Traffic, WhenUnsure
from edgewright.plan.plan import ClassPlan, Deployed


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where questions go; the host is an address or a name."""

    host: str
    port: int

    @property
    def host_is_address(self) -> bool:
        """Whether nobody has to look it up."""
        return _address(self.host) is not None


def escalation_of(planned: ClassPlan, deployed: Deployed) -> WhenUnsure | None:
    """What a workload does on a class when its model is unsure; a class that is offline has nobody to ask."""
    return None if planned.device_class.offline else deployed.when_unsure


def endpoint_of(unsure: WhenUnsure) -> Endpoint:
    """The cloud that is asked."""
    scheme, _, rest = unsure.escalate_to.partition("://")
    host, _, port = rest.partition("/")[0].partition(":")
    return Endpoint(host, int(port) if port else 443 if scheme == "https" else 80)


def check_escalation(fleet: Fleet, classes: Sequence[ClassPlan]) -> Iterator[Finding]:
    """Clouds that the fleet's own rules on traffic keep out of reach."""
    network = fleet.security.network
    if network.default == "allow":
        return
    for planned in classes:
        for deployed in planned.workloads:
            unsure = escalation_of(planned, deployed)
            if unsure is None:
                continue
            endpoint = endpoint_of(unsure)
            if not any(_lets(traffic, endpoint) for traffic in network.allow.egress):
                yield _blocked(deployed, endpoint)


def _lets(traffic: Traffic, endpoint: Endpoint) -> bool:
    """Whether a rule may let through what goes there; which addresses a name has, nobody knows here."""
    address = _address(endpoint.host)
    there = address is None or address in ipaddress.ip_network(traffic.cidr)
    return there and traffic.protocol == "TCP" and traffic.port in (None, endpoint.port)


def _address(host: str) -> ipaddress.IPv4Address | None:
    try:
        return ipaddress.IPv4Address(host)
    except ValueError:
        return None


def _blocked(deployed: Deployed, endpoint: Endpoint) -> Finding:
    return Finding(
        "escalation-blocked",
        "warning",
        f"no pod may reach `{endpoint.host}` on port {endpoint.port}: unsure answers would never be escalated",
        f"add the cloud's addresses to `allow.egress`: {{cidr: 10.20.0.0/16, port: {endpoint.port}}}",
        (*deployed.origin("when_unsure"), "escalateTo"),
        notes=(Note("what pods may reach", path=("security", "network")),),
    )
