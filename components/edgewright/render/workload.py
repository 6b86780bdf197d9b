"""The objects of one workload on one class, in the order in which they are applied."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from edgewright.plan import ClassPlan, Deployed, Plan, progress_deadline
from edgewright.render.analysis import analysis_step
from edgewright.render.labels import selector, workload_labels
from edgewright.render.manifest import Manifest, Object
from edgewright.render.network import workload_network
from edgewright.render.pod import pod_template, ports_of
from edgewright.render.server_config import RULE_FILE, config_text, server_config
from edgewright.render.volumes import Claim, claims_of

_KEPT = {"kustomize.toolkit.fluxcd.io/prune": "disabled"}
"""On what an older version of a pod names: a roll-back needs it, so Flux must not prune it. What no version
names any more is a matter of `kubectl delete`, for Flux cannot know."""


_SPOKEN = {"grpc": {"appProtocol": "kubernetes.io/h2c"}}
"""HTTP/2 without TLS, for whatever stands between; a mesh that reads names finds `grpc` there.
https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol"""


def workload_manifests(plan: Plan, planned: ClassPlan, deployed: Deployed) -> Iterator[Manifest]:
    """What one workload needs: account, configuration, volume, network, pods, service."""
    path = f"{planned.name}/manifests/{deployed.name}.yaml"
    config_map = _config_map(plan, planned, deployed)
    yield Manifest(path, _service_account(plan, planned, deployed), deployed.path)
    yield Manifest(path, config_map, deployed.path)
    for claim in claims_of(deployed):
        yield Manifest(path, _claim(plan, planned, deployed, claim), claim.origin)
    if plan.fleet.security.network.default == "deny":
        yield Manifest(path, workload_network(plan, planned, deployed), ("security", "network"))
    if deployed.exposed:
        yield Manifest(path, _service(plan, planned, deployed), deployed.origin("expose"))
    pods = _pods(plan, planned, deployed, config_map["metadata"]["name"])
    yield Manifest(path, pods, deployed.origin("rollout") if planned.rollout else deployed.path)


def _object(
    plan: Plan, planned: ClassPlan, deployed: Deployed, api_version: str, kind: str, name: str
) -> Object:
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": plan.fleet.fleet,
            "labels": workload_labels(plan, planned, deployed),
        },
    }


def _service_account(plan: Plan, planned: ClassPlan, deployed: Deployed) -> Object:
    account = _object(plan, planned, deployed, "v1", "ServiceAccount", deployed.name)
    return account | {"automountServiceAccountToken": False}


def _config_map(plan: Plan, planned: ClassPlan, deployed: Deployed) -> Object:
    """The server's configuration under a name with its hash.

    A change makes a new object, so the pods are replaced in a roll-out like any other.
    """
    data = {"server.json": config_text(server_config(plan, planned, deployed))}
    if deployed.rule is not None:
        data[RULE_FILE] = plan.texts.get(deployed.rule, "")
    content = "\0".join(f"{name}\0{text}" for name, text in data.items())
    name = f"{deployed.name}-{sha256(content.encode()).hexdigest()[:10]}"
    config_map = _object(plan, planned, deployed, "v1", "ConfigMap", name)
    config_map["metadata"]["annotations"] = dict(_KEPT)
    return config_map | {"immutable": True, "data": data}


def _claim(plan: Plan, planned: ClassPlan, deployed: Deployed, claim: Claim) -> Object:
    made = _object(plan, planned, deployed, "v1", "PersistentVolumeClaim", claim.claim)
    made["metadata"]["annotations"] = dict(_KEPT)
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": claim.size.kubernetes}},
        "storageClassName": "local-path",  # what K3s brings
    }
    return made | {"spec": spec}


def _service(plan: Plan, planned: ClassPlan, deployed: Deployed) -> Object:
    service = _object(plan, planned, deployed, "v1", "Service", deployed.name)
    ports = [
        {"name": name, **_SPOKEN.get(name, {}), "port": port, "protocol": "TCP", "targetPort": name}
        for name, port in ports_of(deployed).items()
    ]
    return service | {"spec": {"type": "ClusterIP", "selector": selector(deployed), "ports": ports}}


def _pods(plan: Plan, planned: ClassPlan, deployed: Deployed, config_map: str) -> Object:
    """A Rollout where the workload has one, else a Deployment; one pod, replaced and never doubled."""
    spec: Object = {
        "replicas": 1,
        "revisionHistoryLimit": 2,
        "progressDeadlineSeconds": progress_deadline(planned, deployed),
        "selector": {"matchLabels": selector(deployed)},
    }
    template = pod_template(plan, planned, deployed, config_map)
    if deployed.rollout is None or planned.rollout is None:
        deployment = _object(plan, planned, deployed, "apps/v1", "Deployment", deployed.name)
        # A second pod would need the GPU and the memory twice.
        return deployment | {"spec": spec | {"strategy": {"type": "Recreate"}, "template": template}}
    rollout = _object(plan, planned, deployed, "argoproj.io/v1alpha1", "Rollout", deployed.name)
    step = analysis_step(planned, deployed)
    steps: list[Object] = [{"setWeight": 100}, *([step] if step else [])]
    canary = {"maxSurge": 0, "maxUnavailable": 1, "steps": steps}
    spec |= {"progressDeadlineAbort": True, "strategy": {"canary": canary}, "template": template}
    return rollout | {"spec": spec}
