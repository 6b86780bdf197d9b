"""Flux objects: what a device of a class and ring pulls, and that it was signed.

A device gets them when it is enrolled, and from then on out of the artifact that they make it pull: a folder
there for each ring, which one of them applies. So keys, identities, intervals and gates change on devices as
everything else does, ring after ring. What differs between rings is here: the tag that is followed, and which
analysis judges a Rollout.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from edgewright.document.emit import emit
from edgewright.fleet import Signature
from edgewright.plan import ClassPlan, Plan, PlannedRing
from edgewright.plan.signing import by_flux, manifests_repository, signers_of
from edgewright.render.analysis import analysis_name, first_judge, judges
from edgewright.render.labels import ROLLOUT, fleet_labels, label_name
from edgewright.render.manifest import Manifest, Object
from edgewright.render.policies.legacy import is_old
from edgewright.render.verification import key_texts, secret_name, verification

NAMESPACE: Final = "flux-system"
_NEVER_PRUNED: Final = {"kustomize.toolkit.fluxcd.io/prune": "disabled"}
"""For what a device cannot be without: an artifact that lacks it takes it from nobody.
https://fluxcd.io/flux/components/kustomize/kustomizations/#prune"""


def delivery_manifests(plan: Plan, planned: ClassPlan) -> Iterator[Manifest]:
    """For each ring the source, its keys, and what is applied; nothing for a class without a network."""
    if not by_flux(plan.fleet, planned):
        return
    signers = signers_of(plan.fleet, manifests_repository(plan.fleet, planned.name))
    for ring in planned.rings:
        path = delivery_path(planned, ring)
        if signers is not None and key_texts(plan, signers[1]):
            yield Manifest(
                path, _key_secret(plan, planned, signers[1]), ("security", "signatures", signers[0])
            )
        origin = ring.path if planned.rollout else ("delivery",)
        yield Manifest(path, _source(plan, planned, ring, signers[1] if signers else None), origin)
        yield Manifest(path, _delivery(plan, planned, ring), origin)
        if planned.device_class.signature_gate == "admission":
            yield Manifest(path, _policies_first(plan, planned), origin)
        yield Manifest(path, _kustomization(plan, planned, ring), origin)


def delivery_path(planned: ClassPlan, ring: PlannedRing) -> str:
    """The file of a ring's objects, in a folder that has nothing else."""
    return f"{planned.name}/delivery/{ring.name}/flux.yaml"


def _object(plan: Plan, planned: ClassPlan, api_version: str, kind: str, name: str) -> Object:
    metadata = {"name": name, "namespace": NAMESPACE, "labels": fleet_labels(plan, planned)}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


def _kept(body: Object) -> Object:
    return body | {"metadata": {**body["metadata"], "annotations": dict(_NEVER_PRUNED)}}


def _key_secret(plan: Plan, planned: ClassPlan, signature: Signature) -> Object:
    """The public keys; Flux takes them out of a Secret, though nothing in it is secret."""
    secret = _object(plan, planned, "v1", "Secret", secret_name(plan, signature))
    return secret | {"type": "Opaque", "stringData": key_texts(plan, signature)}


def _source(plan: Plan, planned: ClassPlan, ring: PlannedRing, signature: Signature | None) -> Object:
    spec: Object = {
        "interval": f"{plan.fleet.delivery.interval.seconds}s",
        "url": f"oci://{manifests_repository(plan.fleet, planned.name)}",
        "ref": {"tag": ring.name},
    }
    if signature is not None:
        spec["verify"] = verification(plan, signature)
    source = _object(plan, planned, "source.toolkit.fluxcd.io/v1", "OCIRepository", plan.fleet.fleet)
    return _kept(source | {"spec": spec})


def _delivery(plan: Plan, planned: ClassPlan, ring: PlannedRing) -> Object:
    """These very objects, of the ring. It waits for nothing: whatever keeps a release from being applied, its
    keys have to get there, or the device would not take the next one."""
    spec = _applied(plan, f"./delivery/{ring.name}") | {"wait": False}
    return _kept(_kustomized(plan, planned, label_name(f"{plan.fleet.fleet}-delivery"), spec))


def _policies_first(plan: Plan, planned: ClassPlan) -> Object:
    """The policies by themselves: nothing else is applied until Kyverno asks by all of them."""
    ready = (
        "has(status.conditions) && status.conditions.exists(e, e.type == 'Ready' && e.status == 'True')"
        if is_old(plan)
        # `ready` is true already when the policy is read, before the API server asks anybody.
        else "has(status.conditionStatus) && has(status.conditionStatus.conditions) && "
        "status.conditionStatus.conditions.exists(e, e.type == 'WebhookConfigured' && e.status == 'True')"
    )
    kinds = (
        [("kyverno.io/v1", "ClusterPolicy")]
        if is_old(plan)
        else [("policies.kyverno.io/v1", f"{of}ValidatingPolicy") for of in ("Image", "")]
    )
    checks = [{"apiVersion": version, "kind": kind, "current": ready} for version, kind in kinds]
    spec = _applied(plan, "./policies") | {"wait": True, "timeout": "5m", "healthCheckExprs": checks}
    return _kustomized(plan, planned, _policies_name(plan), spec)


def _policies_name(plan: Plan) -> str:
    return label_name(f"{plan.fleet.fleet}-policies")


def _kustomization(plan: Plan, planned: ClassPlan, ring: PlannedRing) -> Object:
    # A Rollout's observedGeneration is text, which health checks cannot read: nothing to wait for.
    spec = _applied(plan, "./manifests") | {"wait": False}
    if planned.device_class.signature_gate == "admission":
        spec["dependsOn"] = [{"name": _policies_name(plan)}]
    patches = _ring_patches(planned, ring)
    if patches:
        spec["patches"] = patches
    return _kept(_kustomized(plan, planned, plan.fleet.fleet, spec))


def _applied(plan: Plan, path: str) -> Object:
    """What all parts of the artifact have in common; `path` is a folder in it."""
    return {
        "interval": f"{plan.fleet.delivery.interval.seconds}s",
        "path": path,
        "prune": True,
        "sourceRef": {"kind": "OCIRepository", "name": plan.fleet.fleet},
    }


def _kustomized(plan: Plan, planned: ClassPlan, name: str, spec: Object) -> Object:
    return _object(plan, planned, "kustomize.toolkit.fluxcd.io/v1", "Kustomization", name) | {"spec": spec}


def _ring_patches(planned: ClassPlan, ring: PlannedRing) -> list[Object]:
    """What turns the Rollouts, which are rendered for the first ring that judges, into those of another."""
    rendered = first_judge(planned)
    if rendered is None or ring is rendered:
        return []
    step = "/spec/strategy/canary/steps/1"
    operation = {"op": "remove", "path": step}
    if judges(ring):
        template = f"{step}/analysis/templates/0/templateName"
        operation = {"op": "replace", "path": template, "value": analysis_name(planned, ring)}
    patch = emit([operation])
    target = {
        "group": "argoproj.io",
        "version": "v1alpha1",
        "kind": "Rollout",
        "labelSelector": f"{ROLLOUT}={planned.rollout_name}",
    }
    return [{"patch": patch, "target": target}]
