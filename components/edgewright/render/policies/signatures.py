"""Who must have signed images: all rules of `security.signatures` in one policy, in Kyverno's present form.

The first rule that is about an image says who, here as where it is signed and verified: plan/signing.py.

One, because Kyverno 1.19.0 stands still where two ImageValidatingPolicies are asked about one pod: a lock that
the first one reads under is never given back (kyverno/kyverno, issue 17275).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from edgewright.catalogue.policies import built_in_policy
from edgewright.errors import FieldPath
from edgewright.fleet import Signature, Signer
from edgewright.plan import Plan
from edgewright.render.manifest import Object
from edgewright.render.policies.registries import allowed_images, reference_forms

NAME: Final = "signatures"
ORIGIN: Final[FieldPath] = ("security", "signatures")
# Where the spec of the pod lies in each kind that is asked.
_SPEC: Final = (
    "(object.kind == 'Pod' ? object.spec : object.kind == 'CronJob' ? "
    "object.spec.jobTemplate.spec.template.spec : object.spec.template.spec)"
)
_KINDS: Final = ("containers", "initContainers", "ephemeralContainers", "volumes")
PUBLIC_LOG: Final = "https://rekor.sigstore.dev"
"""Where a keyless signature is looked up."""


def signature_policy(plan: Plan) -> Object:
    """The policy of a fleet that has rules about signatures."""
    signatures = plan.fleet.security.signatures
    like = built_in_policy("require-digests")["spec"]  # the same objects are asked
    globs = dict.fromkeys(
        form for signature in signatures for glob in signature.images for form in reference_forms(glob)
    )
    return {
        "apiVersion": "policies.kyverno.io/v1",
        "kind": "ImageValidatingPolicy",
        "metadata": {"name": NAME},
        "spec": {
            "attestors": [
                {"name": name, "cosign": _attestor(signer, plan)}
                for index, signature in enumerate(signatures)
                for name, signer in _named(index, signature)
            ],
            "failurePolicy": "Fail",
            "images": [{"name": kind, "expression": _images(kind)} for kind in _KINDS],
            "matchConditions": like["matchConditions"],
            "matchConstraints": like["matchConstraints"],
            "matchImageReferences": [{"glob": form} for form in globs],
            "validationActions": ["Deny"],
            "validationConfigurations": {"mutateDigest": False, "required": True, "verifyDigest": True},
            "validations": [_validation(index, signatures) for index in range(len(signatures))],
        },
    }


def _named(index: int, signature: Signature) -> Iterator[tuple[str, Signer]]:
    for number, signer in enumerate(signature.any_of, 1):
        yield f"rule{index + 1}signer{number}", signer


def _validation(index: int, signatures: Sequence[Signature]) -> Object:
    signature = signatures[index]
    attestors = ", ".join(f"attestors.{name}" for name, _ in _named(index, signature))
    images = " + ".join(f"images.{kind}" for kind in _KINDS)
    asked = " && ".join([_is_of(signature), *(f"!{_is_of(before)}" for before in signatures[:index])])
    return {
        "expression": f"({images}).filter(image, {asked})"
        f".all(image, verifyImageSignatures(image, [{attestors}]) > 0)",
        "message": f"An image of {', '.join(signature.images)} is not signed by "
        f"{' or '.join(map(_shown, signature.any_of))}.",
    }


def _is_of(signature: Signature) -> str:
    return f"image.matches({json.dumps(allowed_images(signature.images))})"


def _shown(signer: Signer) -> str:
    return signer.keyless.subject if signer.keyless is not None else str(signer.key)


def _images(kind: str) -> str:
    """Images of one kind. By itself a policy sees no volumes, where models are, and no Rollout."""
    if kind == "volumes":
        return f"{_SPEC}.?volumes.orValue([]).filter(v, has(v.image)).map(v, v.image.reference)"
    return f"{_SPEC}.?{kind}.orValue([]).map(c, c.image)"


def _attestor(signer: Signer, plan: Plan) -> dict[str, Any]:
    if signer.keyless is not None:
        identity = {"issuer": signer.keyless.issuer, "subject": signer.keyless.subject}
        return {"keyless": {"identities": [identity]}, "ctlog": {"url": PUBLIC_LOG}}
    key = plan.texts.get(signer.key or "", "")
    return {"key": {"data": key}, "ctlog": {"insecureIgnoreTlog": True, "insecureIgnoreSCT": True}}
