"""Manifests, read and written: small documents, and every byte of one is checked against its digest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from edgewright.artifact.oci import INDEX_TYPE, MANIFEST_TYPE, Artifact, Descriptor, is_digest, sha256
from edgewright.errors import FleetError
from edgewright.ship.registry.faults import Interrupted, failed, lies, said
from edgewright.ship.registry.messages import Reply, Request
from edgewright.ship.registry.names import RepositoryName, checked_reference
from edgewright.ship.registry.transport import Transport

LARGEST: Final = 4 * 2**20
"""Bytes of a manifest that every registry takes (distribution-spec 1.1, "Pushing manifests")."""
_DOCKER: Final = "application/vnd.docker.distribution.manifest"
_ACCEPTED: Final = ", ".join([MANIFEST_TYPE, INDEX_TYPE, f"{_DOCKER}.v2+json", f"{_DOCKER}.list.v2+json"])
DIGEST_HEADER: Final = "Docker-Content-Digest"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as the registry has it. `digest` was computed from `content`, never taken over."""

    content: bytes
    media_type: str
    digest: str

    @property
    def descriptor(self) -> Descriptor:
        """How another document names it."""
        return Descriptor(self.media_type, self.digest, len(self.content))

    @property
    def values(self) -> dict[str, Any]:
        """The manifest as plain values."""
        values: dict[str, Any] = json.loads(self.content)
        return values


def read_manifest(transport: Transport, name: RepositoryName, reference: str) -> Manifest | None:
    """The manifest under a tag or digest; none where the registry has none. Raises FleetError."""
    url = f"{transport.root(name)}/manifests/{checked_reference(reference)}"
    request = Request("GET", url, name, (f"repository:{name.path}:pull",), {"Accept": _ACCEPTED})

    def attempt() -> Manifest | None:
        reply = transport.once(request, limit=LARGEST)
        if reply.status == 404:
            return None
        if reply.status != 200:
            raise FleetError(
                [failed(f"{name}", f"it answers {reply.status} for {reference}{said(reply.content)}")]
            )
        return _checked(reply, name, reference)

    return transport.repeated(attempt)


def write_manifest(transport: Transport, name: RepositoryName, artifact: Artifact, reference: str) -> bool:
    """Put the manifest under a tag or digest and read it back; whether the registry noted its subject itself.

    Where something else comes back under a tag, it is not put again.

    Raises FleetError, `registry-lies` where something else comes back.
    """
    url = f"{transport.root(name)}/manifests/{checked_reference(reference)}"
    request = Request(
        "PUT", url, name, (f"repository:{name.path}:pull,push",), {"Content-Type": artifact.media_type},
        artifact.manifest, seconds=transport.access.finish_timeout,
    )  # fmt: skip

    def attempt() -> bool:
        reply = transport.once(request)
        if reply.status not in (200, 201, 202):
            how = f"it does not take the manifest {reference} ({reply.status}){said(reply.content)}"
            raise FleetError([failed(str(name), how)])
        told = reply.headers.get(DIGEST_HEADER)
        back = read_manifest(transport, name, reference)
        if told not in (None, artifact.digest) or back is None or back.content != artifact.manifest:
            how = f"it took the manifest {artifact.digest} and has another one, or none, under {reference}"
            lie = lies(str(name), how)
            if is_digest(reference):
                raise Interrupted(lie, lie=True)
            # Somebody may have moved the tag since: to put ours again would overwrite theirs.
            raise FleetError([lie])
        return "OCI-Subject" in reply.headers

    return transport.repeated(attempt)


def _checked(reply: Reply, name: RepositoryName, reference: str) -> Manifest:
    digest = sha256(reply.content)
    expected = {text for text in (reply.headers.get(DIGEST_HEADER), reference) if text and is_digest(text)}
    if expected - {digest}:
        how = f"the manifest under {reference} has the digest {digest} instead of {min(expected - {digest})}"
        raise Interrupted(lies(str(name), how), lie=True)
    try:
        values = json.loads(reply.content)
        inside = values.get("mediaType")
    except (ValueError, AttributeError, RecursionError):
        raise Interrupted(
            lies(str(name), f"the manifest under {reference} is no JSON object"), lie=True
        ) from None
    outside = reply.headers.get("Content-Type", "").partition(";")[0].strip()
    if inside is not None and inside != outside:
        how = f"the manifest under {reference} is sent as {outside or 'nothing'} and says that it is {inside}"
        raise Interrupted(lies(str(name), how), lie=True)
    if not outside.startswith("application/vnd."):
        how = f"the manifest under {reference} is sent as {outside or 'nothing'}, which is no manifest"
        raise Interrupted(lies(str(name), how), lie=True)
    return Manifest(reply.content, outside, digest)
