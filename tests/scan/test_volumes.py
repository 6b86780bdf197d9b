"""Volumes and mounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edgewright.scan import check_objects

Object = dict[str, Any]
Row = tuple[str, str, Any, str, str]
Says = Callable[[str, str, Any, str, str], None]

POD = "spec template spec"
CONTAINER = f"{POD} containers 0"


ROWS: list[Row] = [
    ("Rollout", f"{CONTAINER} volumeMounts 0 name", "modell", "missing-reference", "no volume of this pod"),
    ("Rollout", f"{CONTAINER} volumeMounts 0 mountPath", "models", "bad-volume", "no path to mount at"),
    ("Rollout", f"{CONTAINER} volumeMounts 0 mountPath", "/tmp", "bad-volume", "taken by another mount"),
    ("Rollout", f"{CONTAINER} volumeMounts 0 subPath", "../x", "bad-volume", "leads out"),
    ("Rollout", f"{CONTAINER} volumeMounts 0 subPath", "int8", "", ""),
    ("Rollout", f"{POD} volumes 0 emptyDir", {}, "bad-volume", "emptyDir and image"),
    ("Rollout", f"{POD} volumes 0 image", {}, "bad-volume", "image.reference: is missing"),
    ("Rollout", f"{POD} volumes 4", {"name": "model", "emptyDir": {}}, "duplicate-entry", "second volume"),
]


@pytest.mark.parametrize(("kind", "path", "value", "rule", "words"), ROWS)
def test_a_field(says: Says, kind: str, path: str, value: Any, rule: str, words: str) -> None:
    says(kind, path, value, rule, words)


def test_a_statefulset_mounts_its_claims() -> None:
    claim: Object = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    pod = {
        "containers": [{"name": "a", "image": "b", "volumeMounts": [{"name": "data", "mountPath": "/data"}]}]
    }
    given: Object = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "x"},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": pod},
            "volumeClaimTemplates": [claim],
        },
    }
    assert check_objects([(given, ())], "1.36") == []
    claim["metadata"]["name"] = "other"
    assert [each.rule for each in check_objects([(given, ())], "1.36")] == ["missing-reference"]
