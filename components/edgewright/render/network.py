"""Who may talk to whom: nobody, but for what the fleet names."""

from __future__ import annotations

from typing import Final

from edgewright.fleet import Traffic
from edgewright.plan import ClassPlan, Deployed, Plan
from edgewright.plan.destinations import Destination, destinations_of
from edgewright.plan.names import DEFAULT_DENY
from edgewright.render.labels import fleet_labels, selector, workload_labels
from edgewright.render.manifest import Object

MONITORING_NAMESPACE: Final = "monitoring"
_NAMESPACE_NAME: Final = "kubernetes.io/metadata.name"


def default_deny(plan: Plan, planned: ClassPlan) -> Object:
    """No traffic of any pod in the namespace, in either direction."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {
            "name": DEFAULT_DENY,
            "namespace": plan.fleet.fleet,
            "labels": fleet_labels(plan, planned),
        },
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    }


def workload_network(plan: Plan, planned: ClassPlan, deployed: Deployed) -> Object:
    """What one workload is let: to be asked where it is exposed, to be measured, to reach what is allowed."""
    allow = plan.fleet.security.network.allow
    http: list[Object] = [{"port": "http", "protocol": "TCP"}]
    asked: list[Object] = [*http, {"port": "grpc", "protocol": "TCP"}] if deployed.grpc else http
    monitoring = {"namespaceSelector": {"matchLabels": {_NAMESPACE_NAME: MONITORING_NAMESPACE}}}
    ingress: list[Object] = [{"from": [monitoring], "ports": http}]
    if deployed.exposed:
        ingress.append({"from": [{"namespaceSelector": {}}], "ports": asked})
        ingress += [_rule("from", traffic) for traffic in allow.ingress]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {
            "name": deployed.name,
            "namespace": plan.fleet.fleet,
            "labels": workload_labels(plan, planned, deployed),
        },
        "spec": {
            "podSelector": {"matchLabels": selector(deployed)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": ingress,
            "egress": [
                *_sent(destinations_of(plan.fleet, planned, deployed)),
                *(_rule("to", traffic) for traffic in allow.egress),
            ],
        },
    }


def _sent(destinations: list[Destination]) -> list[Object]:
    """Where names are looked up, and the Services of the device's own cluster that something is sent to. A policy
    sees the port of a Service's pods: it has to be the one of the Service."""
    found: list[Object] = []
    if not all(each.host_is_address for each in destinations):
        found.append(_to("kube-system", [{"port": 53, "protocol": protocol} for protocol in ("UDP", "TCP")]))
    for each in destinations:
        if each.namespace is not None:
            found.append(_to(each.namespace, [{"port": each.port, "protocol": "TCP"}]))
    return found


def _to(namespace: str, ports: list[Object]) -> Object:
    return {"to": [{"namespaceSelector": {"matchLabels": {_NAMESPACE_NAME: namespace}}}], "ports": ports}


def _rule(direction: str, traffic: Traffic) -> Object:
    port: Object = {"protocol": traffic.protocol}
    if traffic.port is not None:
        port = {"port": traffic.port, **port}
    return {direction: [{"ipBlock": {"cidr": traffic.cidr}}], "ports": [port]}
