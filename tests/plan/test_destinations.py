"""Where pods send something: which of it a class reaches, and what the fleet's own rules keep out of reach."""

from __future__ import annotations

from typing import Any

import pytest
from tests.small import found, only, plan_of, smallest

from edgewright.errors import Finding
from edgewright.plan.destinations import Destination, destinations_of

OFFLINE = {"board": "intel-n100-8gb", "offline": True, "signatureGate": "bundle"}
CLOUD = "https://hub.example/v2/models/digits"
IN_CLUSTER = "http://collector.monitoring.svc:4318/v1/traces"
OUTSIDE = "https://traces.example/v1/traces"


def values(unsure: str | None = None, traces: str | None = None, **more: Any) -> dict[str, Any]:
    more |= {"workloads__read__whenUnsure": {"below": "85%", "escalateTo": unsure}} if unsure else {}
    return smallest(**more | ({"monitoring": {"tracing": {"endpoint": traces}}} if traces else {}))


def urls(made: dict[str, Any]) -> list[str]:
    plan = plan_of(made)
    (planned,) = plan.classes
    return [each.url for each in destinations_of(plan.fleet, planned, planned.workloads[0])]


def blocked(made: dict[str, Any]) -> list[Finding]:
    return found(plan_of(made).findings, "egress-blocked")


@pytest.mark.parametrize(
    ("url", "host", "port", "namespace"),
    [
        (CLOUD, "hub.example", 443, None),
        ("http://hub.example", "hub.example", 80, None),
        ("http://10.20.0.1:8000/v2", "10.20.0.1", 8000, None),
        (IN_CLUSTER, "collector.monitoring.svc", 4318, "monitoring"),
        ("http://Collector.Traces.svc.cluster.local/v1", "collector.traces.svc.cluster.local", 80, "traces"),
        ("http://collector.monitoring/v1", "collector.monitoring", 80, None),
        ("http://svc/v1", "svc", 80, None),
        ("http://a.b.monitoring.svc/v1", "a.b.monitoring.svc", 80, None),
        ("http://monitoring.svc.example/v1", "monitoring.svc.example", 80, None),
    ],
)
def test_what_an_address_says(url: str, host: str, port: int, namespace: str | None) -> None:
    destination = Destination(url, (), "")
    assert (destination.host, destination.port, destination.namespace) == (host, port, namespace)


def test_nothing_is_sent_by_default() -> None:
    assert urls(smallest()) == []
    assert urls(values(CLOUD, OUTSIDE)) == [CLOUD, OUTSIDE]


def test_a_class_that_is_offline_reaches_its_own_cluster() -> None:
    assert urls(values(CLOUD, OUTSIDE, deviceClasses__kiosk=OFFLINE)) == []
    assert urls(values(CLOUD, IN_CLUSTER, deviceClasses__kiosk=OFFLINE)) == [IN_CLUSTER]


@pytest.mark.parametrize(
    ("traffic", "lets"),
    [
        ({"cidr": "10.20.0.0/16", "port": 443}, True),
        ({"cidr": "10.20.0.0/16"}, True),
        ({"cidr": "10.20.0.0/16", "port": 444}, False),
        ({"cidr": "10.20.0.0/16", "port": 443, "protocol": "UDP"}, False),
    ],
)
@pytest.mark.parametrize("made", [values(CLOUD), values(traces=OUTSIDE)], ids=["cloud", "collector"])
def test_one_rule_lets_both_out(made: dict[str, Any], traffic: dict[str, Any], lets: bool) -> None:
    network = {"allow": {"egress": [traffic]}}
    assert bool(blocked(made | {"security": {"network": network}})) != lets
    assert len(blocked(made)) == 1
    assert not blocked(made | {"security": {"network": {"default": "allow"}}})


def test_an_address_has_to_lie_in_the_range() -> None:
    made = values(traces="http://10.21.0.1:4318/v1/traces")
    for cidr, lets in (("10.20.0.0/16", False), ("10.21.0.0/24", True)):
        security = {"network": {"allow": {"egress": [{"cidr": cidr, "port": 4318}]}}}
        assert bool(blocked(made | {"security": security})) != lets


def test_a_service_of_the_own_cluster_is_let_out_by_itself() -> None:
    assert not blocked(values(traces=IN_CLUSTER))
    assert not blocked(values(unsure="http://hub.models.svc/v2/models/digits"))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("default", ["deny", "allow"])
def test_what_never_leaves_the_pod_is_not_blocked_and_reaches_nobody(host: str, default: str) -> None:
    made = values(traces=f"http://{host}:4318/v1/traces", security__network={"default": default})
    assert not blocked(made)
    finding = only(plan_of(made).findings, "no-effect")
    assert finding.path == ("monitoring", "tracing", "endpoint")
    assert f"`{host}` is the pod itself" in finding.message
    assert "name.namespace.svc" in finding.remedy


def test_what_could_be_a_service_is_asked_about() -> None:
    finding = only(
        plan_of(values(traces="http://collector.monitoring:4318/v1/traces")).findings, "egress-blocked"
    )
    assert finding.path == ("monitoring", "tracing", "endpoint")
    assert finding.message == (
        "no pod may reach `collector.monitoring` on port 4318: no trace would ever arrive"
    )
    assert "`collector.monitoring.svc` where it is a Service" in finding.remedy
    assert (
        "Service"
        not in only(plan_of(values(traces="http://a.b.example/v1")).findings, "egress-blocked").remedy
    )


def test_of_two_workloads_one_collector_is_told_once() -> None:
    other = {"model": "digits", "resources": {"cpu": 1, "memory": "512Mi"}}
    assert len(blocked(values(traces=OUTSIDE, workloads__more=other))) == 1
