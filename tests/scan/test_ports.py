"""Ports of containers, Services and NetworkPolicies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Row = tuple[str, str, Any, str, str]
Says = Callable[[str, str, Any, str, str], None]

POD = "spec template spec"
CONTAINER = f"{POD} containers 0"


ROWS: list[Row] = [
    ("Rollout", f"{CONTAINER} ports 0 containerPort", 0, "bad-port", "ports go from 1 to 65535"),
    ("Rollout", f"{CONTAINER} ports 0 containerPort", 65536, "bad-port", "is 65536"),
    ("Rollout", f"{CONTAINER} ports 1", {"name": "http", "containerPort": 81}, "bad-port", "twice"),
    ("Rollout", f"{CONTAINER} ports 1", {"name": "x", "containerPort": 8080}, "bad-port", "twice"),
    ("Rollout", f"{CONTAINER} ports 1", {"containerPort": 8080, "protocol": "UDP"}, "", ""),
    ("Rollout", f"{CONTAINER} readinessProbe httpGet port", "htp", "missing-reference", "no port of this"),
    ("Rollout", f"{CONTAINER} readinessProbe httpGet port", "HTTP", "bad-name", "no name for a port"),
    ("Rollout", f"{CONTAINER} readinessProbe httpGet port", 70000, "bad-port", "is 70000"),
    ("Service", "spec ports 0 port", 0, "bad-port", "spec.ports[0].port"),
    ("Service", "spec ports 0 targetPort", 99999, "bad-port", "targetPort"),
    ("Service", "spec ports 0 targetPort", "htp", "missing-reference", "no port of the pods selected"),
    ("Service", "spec ports 0 name", "HTTP", "bad-name", "ports[0].name"),
    ("Service", "spec ports 1", {"port": 81}, "bad-port", "ports[1].name: is missing"),
    ("Service", "spec ports 1", {"name": "http", "port": 81}, "bad-port", "twice"),
    ("Service", "spec ports 1", {"name": "other", "port": 80}, "bad-port", "twice"),
    ("Service", "spec ports", [], "bad-port", "has no entry"),
    ("NetworkPolicy", "spec egress 0 ports 0 port", 0, "bad-port", "egress[0].ports[0].port"),
    ("NetworkPolicy", "spec egress 0 ports 0 endPort", 442, "bad-port", "the range begins with 443"),
    ("NetworkPolicy", "spec egress 0 ports 0 endPort", 444, "", ""),
    ("NetworkPolicy", "spec ingress 0 ports 0 endPort", 9000, "bad-port", 'begins with "http"'),
]


@pytest.mark.parametrize(("kind", "path", "value", "rule", "words"), ROWS)
def test_a_field(says: Says, kind: str, path: str, value: Any, rule: str, words: str) -> None:
    says(kind, path, value, rule, words)
