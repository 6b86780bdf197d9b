"""Kyverno policies of classes whose gate is admission: who must have signed, and from where images come."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from edgewright.errors import FieldPath
from edgewright.fleet import Signature, Signer
from edgewright.plan import ClassPlan, Plan
from edgewright.render.labels import fleet_labels
from edgewright.render.manifest import Manifest, Object

# What a policy looks at by itself are containers of all kinds; a model mounted as a volume it does not see.
_VOLUMES: Final = (
    "has(object.spec.volumes) ? object.spec.volumes.filter(v, has(v.image)).map(v, v.image.reference) : []"
)
_KINDS: Final = {
    "containers": "a container",
    "initContainers": "an init container",
    "ephemeralContainers": "an ephemeral container",
    "volumes": "a volume",
}
# Where a keyless signature is looked up unless a fleet runs a log of its own.
_PUBLIC_LOG: Final = "https://rekor.sigstore.dev"


def policy_manifests(plan: Plan, planned: ClassPlan) -> Iterator[Manifest]:
    """The signature policies and the registry policy of a class with an admission gate."""
    if planned.device_class.signature_gate != "admission":
        return
    path = f"{planned.name}/manifests/policies.yaml"
    for index, signature in enumerate(plan.fleet.security.signatures):
        name = f"{plan.fleet.fleet}-signatures-{index + 1}"
        origin: FieldPath = ("security", "signatures", index)
        yield Manifest(path, _signature_policy(plan, planned, name, signature), origin)
    origin = ("security", "registries") if plan.fleet.security.registries is not None else ("registry",)
    yield Manifest(path, _registry_policy(plan, planned), origin)


def _policy(plan: Plan, planned: ClassPlan, kind: str, name: str) -> Object:
    return {
        "apiVersion": "policies.kyverno.io/v1",
        "kind": kind,
        "metadata": {"name": name, "labels": fleet_labels(plan, planned)},
    }


def _pods(plan: Plan) -> Object:
    """Pods of the fleet's namespace, and what is put into them later."""
    rule = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"],
        "resources": ["pods", "pods/ephemeralcontainers"],
    }
    namespace = {"matchLabels": {"kubernetes.io/metadata.name": plan.fleet.fleet}}
    return {"namespaceSelector": namespace, "resourceRules": [rule]}


def _signature_policy(plan: Plan, planned: ClassPlan, name: str, signature: Signature) -> Object:
    signers = [f"signer{number + 1}" for number in range(len(signature.any_of))]
    attestors = ", ".join(f"attestors.{signer}" for signer in signers)
    return _policy(plan, planned, "ImageValidatingPolicy", name) | {
        "spec": {
            "attestors": [
                {"name": attestor, "cosign": _attestor(signer, plan)}
                for attestor, signer in zip(signers, signature.any_of, strict=True)
            ],
            "failurePolicy": "Fail",
            "images": [{"name": "volumes", "expression": _VOLUMES}],
            "matchConstraints": _pods(plan),
            "matchImageReferences": [{"glob": form} for glob in signature.images for form in _forms(glob)],
            "validationActions": ["Deny"],
            "validationConfigurations": {"mutateDigest": False, "required": True, "verifyDigest": True},
            "validations": [
                {
                    "expression": f"images.{kind}.map(image, verifyImageSignatures(image, [{attestors}]))"
                    ".all(count, count > 0)",
                    "message": f"the image of {spoken} is not signed by any of the fleet's signers",
                }
                for kind, spoken in _KINDS.items()
            ],
        }
    }


def _attestor(signer: Signer, plan: Plan) -> dict[str, Any]:
    if signer.keyless is not None:
        identity = {"issuer": signer.keyless.issuer, "subject": signer.keyless.subject}
        return {"keyless": {"identities": [identity]}, "ctlog": {"url": _PUBLIC_LOG}}
    key = plan.texts.get(signer.key or "", "")
    return {"key": {"data": key}, "ctlog": {"insecureIgnoreTlog": True, "insecureIgnoreSCT": True}}


def _registry_policy(plan: Plan, planned: ClassPlan) -> Object:
    globs = plan.fleet.security.registries
    if globs is None:
        globs = (f"{plan.fleet.registry}/**",)
    allowed = f"matches({json.dumps(allowed_images(globs))})"
    return _policy(plan, planned, "ValidatingPolicy", f"{plan.fleet.fleet}-registries") | {
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": _pods(plan),
            "validationActions": ["Deny"],
            "variables": [{"name": "images", "expression": _all_images()}],
            "validations": [
                {
                    "expression": f"variables.images.all(image, image.{allowed})",
                    "message": f"images come from {', '.join(globs)} only",
                }
            ],
        }
    }


def _all_images() -> str:
    containers = [
        f"(has(object.spec.{kind}) ? object.spec.{kind}.map(c, c.image) : [])"
        for kind in ("containers", "initContainers", "ephemeralContainers")
    ]
    return " + ".join([*containers, f"({_VOLUMES})"])


def _forms(glob: str) -> tuple[str, ...]:
    """The patterns of references with a tag or digest that a pattern of images stands for."""
    return (glob,) if glob.endswith("*") else (glob, f"{glob}:*", f"{glob}@*")


def allowed_images(globs: Sequence[str]) -> str:
    """A regular expression (RE2's, which CEL has) that only references to images of these patterns fit.

    CEL's matches() finds a pattern anywhere, so it is anchored.
    """
    return "^(" + "|".join(_regular_expression(form) for glob in globs for form in _forms(glob)) + ")$"


def _regular_expression(glob: str) -> str:
    return ".*".join(re.escape(part).replace("\\-", "-") for part in re.split(r"\*+", glob))
