"""What the schemas refuse, in words of our own."""

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


ROWS: list[Row] = [
    ("Rollout", f"{CONTAINER} imagePulPolicy", "Always", "schema-mismatch", "imagePulPolicy: is no field"),
    ("Rollout", f"{POD} volumes 0 image pullpolicy", "Always", "schema-mismatch", "is no field"),
    ("Rollout", f"{CONTAINER} resources limit", {}, "schema-mismatch", "resources.limit: is no field"),
    ("Deployment", "spec replicas", "1", "schema-mismatch", 'is "1", a whole number is needed'),
    ("Deployment", "spec replicas", 1.0, "schema-mismatch", "a whole number is needed"),
    ("Deployment", "spec replicas", True, "schema-mismatch", "a whole number is needed"),
    ("Deployment", "spec replicas", None, "schema-mismatch", "is null"),
    ("Deployment", "spec replicas", -1, "schema-mismatch", "has to be at least 0"),
    ("Deployment", "spec replicas", 2**31, "schema-mismatch", "has to be at most 2147483647"),
    ("Deployment", "status", {}, "schema-mismatch", "status: is no field"),
    ("Deployment", "metadata resourceVersion", "1", "schema-mismatch", "resourceVersion: is no field"),
    ("Deployment", "metadata creationTimestamp", None, "", ""),
    ("Deployment", f"{POD} volumes 1 configMap defaultMode", 0o1777, "schema-mismatch", "at most 511"),
    ("OCIRepository", "spec url", "https://registry", "schema-mismatch", "does not have the form ^oci://"),
    ("OCIRepository", "spec interval", "soon", "schema-mismatch", "does not have the form"),
    ("OCIRepository", "spec verify provider", "gpg", "bad-enum", '"cosign" or "notation"'),
    ("Kustomization", "spec prun", True, "schema-mismatch", "spec.prun: is no field"),
    (
        "ImageValidatingPolicy",
        "spec matchImageReferences 0 expression",
        "x",
        "schema-mismatch",
        "exactly one of",
    ),
    ("ImageValidatingPolicy", "spec failurePolicy", "Maybe", "bad-enum", '"Ignore" or "Fail"'),
    ("PriorityClass", "value", 2_000_000_000, "schema-mismatch", "at most 1000000000"),
    ("Service", "spec type", "Loopback", "bad-enum", '"ClusterIP", "ExternalName"'),
    ("Service", "spec type", "NodePort", "", ""),
    ("Service", "spec ports 0 protocol", "tcp", "bad-enum", '"SCTP", "TCP" or "UDP"'),
    ("Rollout", f"{CONTAINER} imagePullPolicy", "Sometimes", "bad-enum", "imagePullPolicy"),
    ("Rollout", f"{CONTAINER} startupProbe httpGet scheme", "http", "bad-enum", '"HTTP" or "HTTPS"'),
    ("Rollout", f"{POD} volumes 0 image pullPolicy", "Sometimes", "bad-enum", "image.pullPolicy"),
    ("Rollout", f"{POD} preemptionPolicy", "Always", "bad-enum", "preemptionPolicy"),
    ("NetworkPolicy", "spec policyTypes 0", "Inside", "bad-enum", '"Egress" or "Ingress"'),
    ("PersistentVolumeClaim", "spec accessModes 0", "ReadWrite", "bad-enum", "ReadWriteOnce"),
]


@pytest.mark.parametrize(("kind", "path", "value", "rule", "words"), ROWS)
def test_a_field(says: Says, kind: str, path: str, value: Any, rule: str, words: str) -> None:
    says(kind, path, value, rule, words)


def test_a_pod_field_is_checked_against_the_version_of_the_cluster(broken: Break) -> None:
    """A Rollout's own schema is one for all versions; the pods that it makes are not."""
    found = broken("Rollout", f"{POD} schedulingGroup", {"podGroupName": "x"}, "1.35")
    assert {each.rule for each in found} == {"schema-mismatch"}


@pytest.mark.parametrize(
    ("kind", "path", "words"),
    [
        ("Rollout", "spec", "spec: is missing"),
        ("Rollout", f"{CONTAINER} image", "containers[0].image: is missing"),
        ("Deployment", f"{CONTAINER} image", "containers[0].image: is missing"),
        ("PersistentVolumeClaim", "spec accessModes", "spec.accessModes: is missing"),
        ("OCIRepository", "spec url", "spec.url: is missing"),
    ],
)
def test_a_field_that_has_to_be_there(broken: Break, kind: str, path: str, words: str) -> None:
    assert any(words in each.message for each in broken(kind, path) if each.rule == "schema-mismatch")


def test_a_deployment_needs_a_container(broken: Break) -> None:
    found = broken("Deployment", f"{POD} containers", [])
    assert "has to have at least 1 entries" in found[0].message


@pytest.mark.parametrize(
    ("path", "remedy"),
    [
        (f"{CONTAINER} imagePulPolicy", "Write `imagePullPolicy`."),
        (f"{CONTAINER} IMAGE", "Write `image`."),
        ("metadata owner", "Remove it; known here: annotations, creationTimestamp, finalizers, "),
    ],
)
def test_an_unknown_field_is_compared_with_the_known(broken: Break, path: str, remedy: str) -> None:
    [found] = broken("Deployment", path, "x")
    assert found.remedy.startswith(remedy)


def test_of_one_object_no_more_than_fifty_differences_are_told(broken: Break) -> None:
    assert len(broken("ConfigMap", "data", {str(number): number for number in range(1000)})) == 50
