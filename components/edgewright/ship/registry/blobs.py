"""Blobs that are asked for, and small ones that are read at once."""

from __future__ import annotations

from edgewright.artifact.oci import sha256
from edgewright.errors import FleetError
from edgewright.ship.registry.faults import Interrupted, failed, lies, said
from edgewright.ship.registry.manifests import DIGEST_HEADER
from edgewright.ship.registry.messages import Request
from edgewright.ship.registry.names import RepositoryName, checked_digest
from edgewright.ship.registry.transport import Transport


def blob_request(
    transport: Transport, name: RepositoryName, digest: str, method: str = "GET", start: int = 0
) -> Request:
    """The request for a blob, from its byte `start` on."""
    url = f"{transport.root(name)}/blobs/{checked_digest(digest)}"
    headers = {"Range": f"bytes={start}-"} if start else {}
    return Request(method, url, name, (f"repository:{name.path}:pull",), headers)


def has_blob(transport: Transport, name: RepositoryName, digest: str, size: int | None = None) -> bool:
    """Whether the registry says that it has the blob (of that size). Raises FleetError."""
    request = blob_request(transport, name, digest, "HEAD")

    def attempt() -> bool:
        reply = transport.once(request)
        if reply.status == 404:
            return False
        if reply.status != 200:
            raise FleetError([failed(str(name), f"it answers {reply.status} for {digest}")])
        told, length = reply.headers.get(DIGEST_HEADER, digest), reply.headers.get("Content-Length")
        if told != digest or (size is not None and length not in (None, str(size))):
            how = f"it has {told} with {length} bytes in the place of {digest} with {size}"
            raise Interrupted(lies(str(name), how), lie=True)
        return True

    return transport.repeated(attempt)


def read_blob(transport: Transport, name: RepositoryName, digest: str, size: int | None, limit: int) -> bytes:
    """The bytes of a blob that is not larger than `limit`. Raises FleetError."""
    request = blob_request(transport, name, digest)

    def attempt() -> bytes:
        reply = transport.once(request, limit=limit)
        if reply.status != 200:
            raise FleetError(
                [failed(str(name), f"it answers {reply.status} for {digest}{said(reply.content)}")]
            )
        found = sha256(reply.content)
        if found != digest or size not in (None, len(reply.content)):
            how = f"{len(reply.content):,} bytes with the digest {found} came for {digest}"
            raise Interrupted(lies(str(name), how), lie=True)
        return reply.content

    return transport.repeated(attempt)
