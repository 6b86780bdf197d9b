"""Names of objects that are not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Row = tuple[str, str, Any, str, str]
Says = Callable[[str, str, Any, str, str], None]

POD = "spec template spec"
CONTAINER = f"{POD} containers 0"


ROWS: list[Row] = [
    ("Rollout", f"{POD} serviceAccountName", "inspekt", "missing-reference", 'no ServiceAccount "inspekt"'),
    ("Rollout", f"{POD} serviceAccountName", "default", "", ""),
    ("Rollout", f"{POD} priorityClassName", "high", "missing-reference", 'no PriorityClass "high"'),
    ("Rollout", f"{POD} priorityClassName", "system-node-critical", "", ""),
    ("Rollout", f"{POD} volumes 1 configMap name", "conf", "missing-reference", 'no ConfigMap "conf"'),
    ("Rollout", f"{POD} volumes 1 configMap", {"name": "conf", "optional": True}, "", ""),
    ("Rollout", f"{POD} volumes 2 persistentVolumeClaim claimName", "e", "missing-reference", "Claim"),
    (
        "Rollout",
        f"{CONTAINER} env 1 valueFrom",
        {"configMapKeyRef": {"name": "c", "key": "k"}},
        "missing-reference",
        "configMapKeyRef.name: the rendering has no ConfigMap",
    ),
    ("Rollout", f"{CONTAINER} envFrom", [{"configMapRef": {"name": "c"}}], "missing-reference", "envFrom[0]"),
    (
        "Rollout",
        "spec strategy canary steps 1 analysis templates 0 templateName",
        "soak",
        "missing-reference",
        'no AnalysisTemplate "soak"',
    ),
    (
        "Rollout",
        "spec strategy canary steps 1 analysis templates 0 clusterScope",
        True,
        "missing-reference",
        "no ClusterAnalysisTemplate",
    ),
    ("Rollout", "spec strategy canary canaryService", "x", "missing-reference", 'no Service "x"'),
    ("Kustomization", "spec sourceRef name", "x", "missing-reference", 'no OCIRepository "x"'),
    (
        "Kustomization",
        "spec sourceRef namespace",
        "elsewhere",
        "missing-reference",
        "in the namespace elsewhere",
    ),
    ("PersistentVolumeClaim", "metadata namespace", "acme", "missing-reference", 'no Namespace "acme"'),
]


@pytest.mark.parametrize(("kind", "path", "value", "rule", "words"), ROWS)
def test_a_field(says: Says, kind: str, path: str, value: Any, rule: str, words: str) -> None:
    says(kind, path, value, rule, words)
