"""Whether servers will take the models that they mount: they ask for the fleet's own keys, and so nobody else does.

Flux and Kyverno look at an artifact's signature, not at the one inside. A release whose keys have signed the
artifact and not the model in it would reach every device, and no server there would become ready.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from edgewright.artifact.lock import LockedFile
from edgewright.artifact.model_signature import files_of
from edgewright.artifact.oci import sha256
from edgewright.assembly.publication.models import UsedForm
from edgewright.errors import Finding
from edgewright.plan import Plan
from edgewright.plan.signing import model_repository
from edgewright.ship.signing.models import not_signed, signer_of_model
from edgewright.ship.signing.trusted import TrustedIdentity, trusted_for


def check_served(plan: Plan, forms: Iterable[UsedForm], folder: Path) -> Iterator[Finding]:
    """Forms whose locked signature was made by nobody whom servers will ask for; `folder` is the fleet's.

    Of a signature that does not lie there nothing is known. Raises FleetError (`key-unfit` and what it is like).
    """
    for card, path in {(each.card.name, each.card.form): (each.card, each.path) for each in forms}.values():
        any_of = trusted_for(plan, model_repository(plan.fleet, card.name))
        asked = bool(any_of) and not any(isinstance(each, TrustedIdentity) for each in any_of)
        content = _lying(card.locked.signature, folder) if asked else None
        if content is not None:
            signer = signer_of_model(content, files_of(card), any_of)
            if isinstance(signer, str):
                yield not_signed(f"{card.name}/{card.form}", signer, path)


def _lying(file: LockedFile | None, folder: Path) -> bytes | None:
    """The bytes of a locked file; None where it is not here, or is another one."""
    if file is None or not (folder / file.file).is_file():
        return None
    content = (folder / file.file).read_bytes()
    return content if sha256(content) == file.digest else None
