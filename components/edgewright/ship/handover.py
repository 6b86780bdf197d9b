"""Whether devices take the next release: they check it by the keys that the one they run has brought them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from edgewright.errors import Finding, FleetError
from edgewright.scan.difference import Located
from edgewright.ship.pulled import pulled_objects
from edgewright.ship.registry import Repository
from edgewright.ship.signing.public import public_key
from edgewright.ship.signing.roots import Roots
from edgewright.ship.signing.trusted import Trusted, TrustedIdentity, TrustedKey
from edgewright.ship.signing.verify import signed_by


def left_behind(
    repository: Repository, ring: str, before: str, after: str, roots: Roots | None = None
) -> Iterator[Finding]:
    """What keeps devices of a ring that run the release `before` from taking `after`.

    An error where none of them would; a warning where a key that has signed every release up to now has not
    signed this one: devices that were switched off meanwhile may trust no other. Raises FleetError (`registry-…`).
    """
    asked = _asked_for(repository, before, ring)
    if not asked:
        return
    now = signed_by(repository, after, asked, roots=roots)
    lost = [each for each in signed_by(repository, before, asked, roots=roots) if each not in now]
    what = f"{after[:19]} is not signed by {' or '.join(map(str, lost or asked))}"
    remedy = "sign it with that key as well: `edgewright publish --old-key`"
    if not now:
        message = (
            f"{what}, and devices that run {before[:19]} trust nobody else: they would never change again"
        )
        remedy += (
            "; where it is lost, bring them delivery.yaml by hand (`edgewright enrol`), then: --leave-behind"
        )
        yield Finding("devices-left-behind", "error", message, remedy, waivable=False)
    elif lost:
        message = f"{what}, which has signed {before[:19]}: devices that were off since before that may trust no other"
        remedy += "; leave it out when every device has been seen with newer keys"
        yield Finding("devices-left-behind", "warning", message, remedy, waivable=False)


def _asked_for(repository: Repository, digest: str, ring: str) -> tuple[Trusted, ...]:
    """Whose signature the devices of a ring ask for that run a release; nobody's where it does not say."""
    try:
        objects = pulled_objects(repository, digest)
    except FleetError as error:
        if all(each.rule == "release-unreadable" for each in error.findings):
            return ()
        raise
    return trusted_in([each for each in objects if each[0].startswith(f"delivery/{ring}/")])


def trusted_in(objects: Sequence[Located]) -> tuple[Trusted, ...]:
    """Whose signatures the Flux source among objects takes: render/verification.py, read backwards."""
    sources = [body["spec"] for _, body in objects if body["kind"] == "OCIRepository"]
    verify: dict[str, Any] = sources[0].get("verify", {}) if sources else {}
    name = verify.get("secretRef", {}).get("name")
    keys = [
        public_key(text)
        for _, body in objects
        if body["kind"] == "Secret" and body["metadata"]["name"] == name
        for text in body["stringData"].values()
    ]
    identities = [
        TrustedIdentity(_text(each["issuer"]), _text(each["subject"]))
        for each in verify.get("matchOIDCIdentity", ())
    ]
    return (*(TrustedKey(f"the key {key.fingerprint[:16]}…", key) for key in keys), *identities)


def _text(pattern: str) -> str:
    """The one text that a pattern fits."""
    return re.sub(r"\\(.)", r"\1", pattern[1:-1])
