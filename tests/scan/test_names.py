"""Names of objects and of what lies inside pods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edgewright.errors import Finding

Row = tuple[str, str, Any, str, str]
Says = Callable[[str, str, Any, str, str], None]
Break = Callable[..., list[Finding]]

POD = "spec template spec"
CONTAINER = f"{POD} containers 0"
LONG = "a" * 64


ROWS: list[Row] = [
    ("PriorityClass", "metadata name", "A_B", "bad-name", "metadata.name"),
    ("PriorityClass", "metadata name", "system-mine", "bad-name", "Kubernetes' own"),
    ("PriorityClass", "metadata namespace", "x", "bad-name", "lies in none"),
    ("RuntimeClass", "handler", "n.v", "bad-name", "handler"),
    ("RuntimeClass", "metadata name", "a.b", "", ""),
    ("ServiceAccount", "metadata name", "a" * 254, "bad-name", "metadata.name"),
    ("Kustomization", "metadata name", LONG, "bad-name", "64 characters"),
    ("Kustomization", "metadata name", "a" * 63, "", ""),
    ("OCIRepository", "metadata namespace", "flux.system", "bad-name", "metadata.namespace"),
    ("Rollout", f"{CONTAINER} name", "Server", "bad-name", "containers[0].name"),
    ("Rollout", f"{CONTAINER} name", "server\n", "bad-name", "containers[0].name"),
    ("Rollout", f"{POD} volumes 4", {"name": "a.b", "emptyDir": {}}, "bad-name", "volumes[4].name"),
    ("Rollout", f"{POD} runtimeClassName", "NVIDIA", "bad-name", "runtimeClassName"),
    ("Rollout", f"{CONTAINER} env 0 name", "A=B", "bad-name", "env[0].name"),
    ("Rollout", f"{CONTAINER} env 0 name", "9 lives", "", ""),
    ("Rollout", f"{CONTAINER} ports 1", {"name": "9", "containerPort": 9}, "bad-name", "ports[1].name"),
    ("ConfigMap", "data a/b", "", "bad-name", "is no key"),
    ("ConfigMap", "data ..a", "", "bad-name", "is no key"),
    ("ConfigMap", "binaryData", {"server.json": ""}, "duplicate-entry", "stands in data already"),
    ("PersistentVolumeClaim", "spec storageClassName", "Local", "bad-name", "storageClassName"),
]


@pytest.mark.parametrize(("kind", "path", "value", "rule", "words"), ROWS)
def test_a_field(says: Says, kind: str, path: str, value: Any, rule: str, words: str) -> None:
    says(kind, path, value, rule, words)


def test_a_service_may_begin_with_a_digit_since_1_36(broken: Break) -> None:
    assert "bad-name" not in {each.rule for each in broken("Service", "metadata name", "3d-scan")}


def test_a_service_may_not_begin_with_a_digit_before_1_36(broken: Break) -> None:
    assert "bad-name" in {each.rule for each in broken("Service", "metadata name", "3d-scan", "1.35")}
