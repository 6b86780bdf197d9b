"""Kinds that a fleet may hold beside those it renders today."""

from __future__ import annotations

from typing import Any

import pytest

from edgewright.scan import check_objects

Object = dict[str, Any]

CONTAINER = {"name": "a", "image": "b"}
METRIC = {"name": "m", "interval": "1m", "provider": {"prometheus": {"address": "a", "query": "b"}}}
WORKLOAD = {
    "selector": {"matchLabels": {"a": "b"}},
    "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [CONTAINER]}},
}
WRONG = {"matchExpressions": [{"key": "a b", "operator": "DoesNotExist"}]}
CLAIM = {
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gib"}}},
}
JOB = {"template": {"spec": {"restartPolicy": "Never", "containers": [CONTAINER]}}}

OTHERS: list[tuple[str, str, Object, str]] = [
    ("v1", "ResourceQuota", {"spec": {"hard": {"pods": "10", "requests.nvidia.com/gpu": 1}}}, ""),
    ("v1", "ResourceQuota", {"spec": {"hard": {"pods": "1.5"}}}, "bad-resource"),
    ("v1", "ResourceQuota", {"spec": {"hard": {"memroy": "1Gi"}}}, "bad-resource"),
    ("v1", "ResourceQuota", {"spec": {"hard": {"memory": "1Gib"}}}, "bad-quantity"),
    ("v1", "LimitRange", {"spec": {"limits": [{"type": "Container", "max": {"cpu": 2}}]}}, ""),
    ("v1", "LimitRange", {"spec": {"limits": [{"type": "Box", "max": {"cpu": 2}}]}}, "bad-enum"),
    ("v1", "LimitRange", {"spec": {"limits": [{"type": "Pod", "max": {"cpu": "x"}}]}}, "bad-quantity"),
    ("v1", "LimitRange", {"spec": {"limits": [{"type": "Pod"}, {"type": "Pod"}]}}, "duplicate-entry"),
    ("policy/v1", "PodDisruptionBudget", {"spec": {"minAvailable": "50%"}}, ""),
    ("policy/v1", "PodDisruptionBudget", {"spec": {"minAvailable": 1, "maxUnavailable": 1}}, "bad-strategy"),
    ("v1", "Secret", {"stringData": {"k": "v"}}, ""),
    ("v1", "Secret", {"data": {"k": "not base64"}}, "schema-mismatch"),
    ("v1", "Service", {"spec": {"type": "ExternalName", "externalName": "hub.example"}}, ""),
    (
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "gone"}},
        "missing-reference",
    ),
    ("batch/v1", "Job", {"spec": JOB}, ""),
    ("v1", "Secret", {"stringData": {"a/b": "v"}}, "bad-name"),
    ("v1", "Secret", {"stringData": {"a": "v" * 1024 * 1024, "b": "v"}}, "too-large"),
    ("policy/v1", "PodDisruptionBudget", {"spec": {"selector": {"matchLabels": {"-": ""}}}}, "bad-label"),
    ("argoproj.io/v1alpha1", "ClusterAnalysisTemplate", {"spec": {"metrics": [METRIC]}}, ""),
    (
        "argoproj.io/v1alpha1",
        "ClusterAnalysisTemplate",
        {"spec": {"metrics": [{**METRIC, "interval": "often"}]}},
        "bad-duration",
    ),
    ("apps/v1", "DaemonSet", {"spec": WORKLOAD}, ""),
    ("apps/v1", "DaemonSet", {"spec": {**WORKLOAD, "selector": WRONG}}, "bad-label"),
    ("apps/v1", "StatefulSet", {"spec": {**WORKLOAD, "selector": WRONG}}, "bad-label"),
    ("apps/v1", "StatefulSet", {"spec": {**WORKLOAD, "volumeClaimTemplates": [CLAIM]}}, "bad-quantity"),
    ("helm.cattle.io/v1", "HelmChart", {"spec": {"chart": "x", "values": {"any": {"thing": 1}}}}, ""),
    ("helm.cattle.io/v1", "HelmChart", {"spec": {"chrt": "x"}}, "schema-mismatch"),
]


@pytest.mark.parametrize(("api_version", "kind", "rest", "rule"), OTHERS)
def test_kinds_that_a_fleet_may_hold_besides(api_version: str, kind: str, rest: Object, rule: str) -> None:
    given = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}, **rest}
    assert {each.rule for each in check_objects([(given, ())], "1.36")} == ({rule} if rule else set())
