"""Traffic: closed by default, open where it is named."""

from __future__ import annotations

from typing import Any

from tests.small import plan_of, smallest

from edgewright.render import render

Object = dict[str, Any]
OUT = {"cidr": "10.20.0.0/16", "port": 443}
IN = {"cidr": "192.168.0.0/24", "protocol": "UDP"}


def policies(**changes: Any) -> dict[str, Object]:
    made = [
        each.body for each in render(plan_of(smallest(**changes))) if each.body["kind"] == "NetworkPolicy"
    ]
    return {each["metadata"]["name"]: each["spec"] for each in made}


def test_nothing_may_talk_by_default() -> None:
    assert policies()["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert policies()["read"]["egress"] == []


def test_a_workload_is_measured_and_asked_only_where_it_is_exposed() -> None:
    (measured,) = policies()["read"]["ingress"]
    assert measured["from"] == [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    ]
    exposed = policies(workloads__read__expose="cluster")["read"]["ingress"]
    assert exposed[1]["from"] == [{"namespaceSelector": {}}]


def test_what_is_allowed_is_open() -> None:
    network = {"allow": {"egress": [OUT], "ingress": [IN]}}
    spec = policies(workloads__read__expose="cluster", security={"network": network})["read"]
    assert spec["egress"] == [
        {"to": [{"ipBlock": {"cidr": "10.20.0.0/16"}}], "ports": [{"port": 443, "protocol": "TCP"}]}
    ]
    assert spec["ingress"][-1] == {
        "from": [{"ipBlock": {"cidr": "192.168.0.0/24"}}],
        "ports": [{"protocol": "UDP"}],
    }


def test_a_workload_that_is_not_exposed_is_not_opened() -> None:
    spec = policies(security={"network": {"allow": {"ingress": [IN]}}})["read"]
    assert len(spec["ingress"]) == 1


def test_the_name_of_the_cloud_is_looked_up_where_it_is_one() -> None:
    def egress(address: str) -> list[Object]:
        unsure = {"below": "85%", "escalateTo": address}
        found: list[Object] = policies(workloads__read__whenUnsure=unsure)["read"]["egress"]
        return found

    (names,) = egress("https://hub.example/v2/models/digits")
    assert names["to"] == [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}
    ]
    assert [each["port"] for each in names["ports"]] == [53, 53]
    assert egress("https://10.20.0.1/v2/models/digits") == []


def test_grpc_is_open_to_who_may_ask_and_not_to_who_measures() -> None:
    changes: dict[str, Any] = {"workloads__read__expose": "cluster", "workloads__read__grpc": True}
    measured, exposed = policies(**changes)["read"]["ingress"]
    assert [each["port"] for each in measured["ports"]] == ["http"]
    assert [each["port"] for each in exposed["ports"]] == ["http", "grpc"]
    (measured,) = policies(workloads__read__grpc=True)["read"]["ingress"]
    assert [each["port"] for each in measured["ports"]] == ["http"]


def to(namespace: str) -> list[Object]:
    return [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}]


def test_a_collector_in_the_own_cluster_is_reached_and_nothing_beside_it() -> None:
    tracing = {"endpoint": "http://collector.monitoring.svc:4318/v1/traces"}
    names, collector = policies(monitoring={"tracing": tracing})["read"]["egress"]
    assert names["to"] == to("kube-system")
    assert collector == {"to": to("monitoring"), "ports": [{"port": 4318, "protocol": "TCP"}]}


def test_a_collector_outside_is_reached_by_what_is_allowed() -> None:
    tracing = {"endpoint": "https://10.20.0.9/v1/traces"}
    (rule,) = policies(monitoring={"tracing": tracing}, security={"network": {"allow": {"egress": [OUT]}}})[
        "read"
    ]["egress"]
    assert rule["to"] == [{"ipBlock": {"cidr": "10.20.0.0/16"}}]


def test_names_are_looked_up_once_for_all_who_are_asked() -> None:
    changes: dict[str, Any] = {
        "workloads__read__whenUnsure": {"below": "85%", "escalateTo": "https://hub.example/v2/models/digits"},
        "monitoring": {"tracing": {"endpoint": "https://traces.example/v1/traces"}},
    }
    assert len(policies(**changes)["read"]["egress"]) == 1


def test_an_open_network_has_no_policies() -> None:
    assert policies(security={"network": {"default": "allow"}}) == {}
