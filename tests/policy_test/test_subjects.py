"""Every pod that objects make is judged once, by what it asks for."""

from __future__ import annotations

from typing import Any

import pytest

from edgewright.policy_test.subjects import enforced, namespaces_of, policies_of, subjects_of
from edgewright.render import Manifest


def _object(kind: str, name: str, spec: dict[str, Any], version: str = "apps/v1", **labels: str) -> Manifest:
    metadata = {"name": name, "namespace": "acme", "labels": labels}
    body = {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}
    return Manifest(f"class/manifests/{name}.yaml", body, ("workloads", name))


def _template(image: str) -> dict[str, Any]:
    return {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "c", "image": image}]}}


@pytest.mark.parametrize("kind", ["DaemonSet", "Deployment", "Job", "ReplicaSet", "Rollout", "StatefulSet"])
def test_the_pod_of_a_controller(kind: str) -> None:
    made = _object(kind, "inspect", {"template": _template("a")})
    (subject,) = subjects_of([made])
    assert (subject.title, subject.origin) == (f"{kind}/inspect", ("workloads", "inspect"))
    assert subject.pod["metadata"] == {"labels": {"app": "x"}, "name": "inspect", "namespace": "acme"}
    assert subject.pod["spec"] == _template("a")["spec"]
    assert subject.maker is made.body


def test_pods_of_their_own_and_of_cron_jobs() -> None:
    pod = _object("Pod", "alone", _template("a")["spec"], "v1")
    job = _object("CronJob", "nightly", {"jobTemplate": {"spec": {"template": _template("b")}}}, "batch/v1")
    service = _object("Service", "inspect", {"ports": []}, "v1")
    assert [each.title for each in subjects_of([pod, job, service])] == ["Pod/alone", "CronJob/nightly"]


def test_the_same_pod_is_judged_once() -> None:
    same = [_object("Deployment", name, {"template": _template("a")}) for name in ("one", "two", "three")]
    (subject,) = subjects_of(same)
    assert (subject.title, subject.more) == ("Deployment/one", ("Deployment/two", "Deployment/three"))
    assert len(subjects_of(same, distinct=False)) == 3


def test_policies_and_what_the_namespace_enforces() -> None:
    level = {"pod-security.kubernetes.io/enforce": "baseline"}
    namespace = _object("Namespace", "acme", {}, "v1", **level)
    old = _object("ClusterPolicy", "old", {}, "kyverno.io/v1")
    new = _object("ValidatingPolicy", "new", {}, "policies.kyverno.io/v1")
    other = _object("PolicyException", "other", {}, "policies.kyverno.io/v1")
    network = _object("NetworkPolicy", "closed", {}, "networking.k8s.io/v1")
    every = [namespace, old, new, other, network]
    assert [each.body["metadata"]["name"] for each in policies_of(every)] == ["old", "new"]
    assert namespaces_of(every) == {"acme": {**level, "kubernetes.io/metadata.name": "acme"}}
    assert enforced(every) == "baseline"
    assert enforced([old]) == ""
