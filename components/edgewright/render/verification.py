"""Whose signature Flux asks for before it applies an artifact: keys out of a Secret, or identities."""

from __future__ import annotations

import hashlib
import re

from edgewright.fleet import Signature
from edgewright.plan import Plan
from edgewright.render.manifest import Object


def key_texts(plan: Plan, signature: Signature) -> dict[str, str]:
    """Name ⇒ text of each public key, as Flux wants them in a Secret; empty where identities sign."""
    keys = [signer.key for signer in signature.any_of if signer.key is not None]
    return {f"signer{number}.pub": plan.texts.get(key, "") for number, key in enumerate(keys, 1)}


def secret_name(plan: Plan, signature: Signature) -> str:
    """Other keys have another name: a key that is taken out of `stringData` stays in a Secret that is there.

    Flux would go on trusting it, and it may be stolen. https://kubernetes.io/docs/concepts/configuration/secret/
    And a source that names another Secret is another source: Flux checks at once what it has by the new keys.
    """
    texts = "\0".join(key_texts(plan, signature).values())
    return f"{plan.fleet.fleet}-signers-{hashlib.sha256(texts.encode()).hexdigest()[:8]}"


def verification(plan: Plan, signature: Signature) -> Object:
    """What `verify` of a source says."""
    if key_texts(plan, signature):
        return {"provider": "cosign", "secretRef": {"name": secret_name(plan, signature)}}
    identities = [
        {"issuer": _exactly(signer.keyless.issuer), "subject": _exactly(signer.keyless.subject)}
        for signer in signature.any_of
        if signer.keyless is not None
    ]
    return {"provider": "cosign", "matchOIDCIdentity": identities}


def _exactly(text: str) -> str:
    """A regular expression that only the text itself fits: Flux takes patterns."""
    return f"^{re.escape(text)}$"
