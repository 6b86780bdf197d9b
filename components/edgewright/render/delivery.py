"""Flux objects: what a device of a class and ring pulls, and that it was signed.

They are not a part of the class's manifests: those are one artifact that moves from ring to ring, and a
device belongs to one ring. So what differs between rings is here: the tag that is followed, and which
analysis judges a Rollout.
"""

from __future__ import annotations

import hashlib
import re
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

NAMESPACE: Final = "flux-system"


def delivery_manifests(plan: Plan, planned: ClassPlan) -> Iterator[Manifest]:
    """For each ring the source, its keys, and what is applied; nothing for a class without a network."""
    if not by_flux(plan.fleet, planned):
        return
    signers = signers_of(plan.fleet, manifests_repository(plan.fleet, planned.name))
    for ring in planned.rings:
        path = f"{planned.name}/delivery/{ring.name}.yaml"
        if signers is not None and _keys(signers[1]):
            yield Manifest(
                path, _key_secret(plan, planned, signers[1]), ("security", "signatures", signers[0])
            )
        origin = ring.path if planned.rollout else ("delivery",)
        yield Manifest(path, _source(plan, planned, ring, signers[1] if signers else None), origin)
        if planned.device_class.signature_gate == "admission":
            yield Manifest(path, _policies_first(plan, planned), origin)
        yield Manifest(path, _kustomization(plan, planned, ring), origin)


def _object(plan: Plan, planned: ClassPlan, api_version: str, kind: str, name: str) -> Object:
    metadata = {"name": name, "namespace": NAMESPACE, "labels": fleet_labels(plan, planned)}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


def _keys(signature: Signature) -> list[str]:
    return [signer.key for signer in signature.any_of if signer.key is not None]


def _key_secret(plan: Plan, planned: ClassPlan, signature: Signature) -> Object:
    """The public keys; Flux takes them out of a Secret, though nothing in it is secret."""
    secret = _object(plan, planned, "v1", "Secret", _secret_name(plan, signature))
    return secret | {"type": "Opaque", "stringData": _key_texts(plan, signature)}


def _key_texts(plan: Plan, signature: Signature) -> dict[str, str]:
    return {f"signer{number}.pub": plan.texts.get(key, "") for number, key in enumerate(_keys(signature), 1)}


def _secret_name(plan: Plan, signature: Signature) -> str:
    """Other keys have another name: a key that is taken out of `stringData` stays in a Secret that is there.

    Flux would go on trusting it, and it may be stolen. https://kubernetes.io/docs/concepts/configuration/secret/
    """
    texts = "\0".join(_key_texts(plan, signature).values())
    return f"{plan.fleet.fleet}-signers-{hashlib.sha256(texts.encode()).hexdigest()[:8]}"


def _source(plan: Plan, planned: ClassPlan, ring: PlannedRing, signature: Signature | None) -> Object:
    spec: Object = {
        "interval": f"{plan.fleet.delivery.interval.seconds}s",
        "url": f"oci://{manifests_repository(plan.fleet, planned.name)}",
        "ref": {"tag": ring.name},
    }
    if signature is not None:
        spec["verify"] = _verify(plan, signature)
    return _object(plan, planned, "source.toolkit.fluxcd.io/v1", "OCIRepository", plan.fleet.fleet) | {
        "spec": spec
    }


def _verify(plan: Plan, signature: Signature) -> Object:
    if _keys(signature):
        return {"provider": "cosign", "secretRef": {"name": _secret_name(plan, signature)}}
    identities = [
        {"issuer": _exactly(signer.keyless.issuer), "subject": _exactly(signer.keyless.subject)}
        for signer in signature.any_of
        if signer.keyless is not None
    ]
    return {"provider": "cosign", "matchOIDCIdentity": identities}


def _exactly(text: str) -> str:
    """A regular expression that only the text itself fits: Flux takes patterns."""
    return f"^{re.escape(text)}$"


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
    return _kustomized(plan, planned, plan.fleet.fleet, spec)


def _applied(plan: Plan, path: str) -> Object:
    """What both parts of the artifact have in common; `path` is a folder in it."""
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
