"""A blob on its way into a registry: in one request where it is small, else in portions that can be resumed.

After a fault, the registry is asked how far it is, and what is missing follows. Where it does not know or does
not take portions, the upload begins anew, in one request. Source: distribution-spec 1.1, "Pushing blobs".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final
from urllib.parse import urlencode

from edgewright.artifact.oci import Blob
from edgewright.errors import FleetError
from edgewright.ship.registry import stopping
from edgewright.ship.registry.blobs import has_blob
from edgewright.ship.registry.faults import Interrupted, failed, said
from edgewright.ship.registry.manifests import DIGEST_HEADER
from edgewright.ship.registry.messages import Reply, Request, Streamed
from edgewright.ship.registry.names import RepositoryName
from edgewright.ship.registry.progress import Progress
from edgewright.ship.registry.reader import Reader
from edgewright.ship.registry.transport import Patience, Transport

_RANGE: Final = re.compile(r"(?:bytes=)?0-([0-9]{1,18})")
_BINARY: Final = {"Content-Type": "application/octet-stream"}
_TAKEN: Final = (201, 202, 204)
"""What registries answer to a portion; the specification says 202."""


class _Refused(Interrupted):
    """The registry does not go on with this upload; another one may do."""


def push_blob(
    transport: Transport, name: RepositoryName, blob: Blob, told: Callable[[int], object],
    sources: Sequence[RepositoryName] = (),
) -> bool:  # fmt: skip
    """Make the registry have the blob; whether its bytes travelled. Raises FleetError.

    `sources` are repositories of the same registry that may have it: from those it is mounted.
    """
    if has_blob(transport, name, blob.digest, blob.size):
        return False
    for source in sources:
        if source.host == name.host and source != name and _mounted(transport, name, blob, source):
            return False
    _Upload(transport, name, blob, Progress(told)).run()
    return True


class _Upload:
    """One blob that travels."""

    def __init__(self, transport: Transport, name: RepositoryName, blob: Blob, progress: Progress) -> None:
        self._transport, self._name, self._blob, self._progress = transport, name, blob, progress
        self._portion = transport.access.chunk
        self._in_portions = blob.size > min(self._portion, transport.access.whole)
        self._reader = Reader(blob)

    def run(self) -> None:
        """Upload until the registry has it. Each upload that has to begin anew counts against the patience."""
        patience = self._transport.patience()
        while True:
            try:
                location = self._begin()
                location = self._send(location) if self._in_portions else location
                self._finish(location)
                if not has_blob(self._transport, self._name, self._blob.digest, self._blob.size):
                    raise self._fault(f"it took {self._blob.digest} and does not have it")
                return
            except Interrupted as cause:
                if self._arrived():
                    return
                patience.wait(cause)

    def _arrived(self) -> bool:
        """Whether the last word got lost, and not the blob."""
        return has_blob(self._transport, self._name, self._blob.digest, self._blob.size)

    def _begin(self) -> str:
        reply = self._transport.ask(
            _request("POST", f"{self._transport.root(self._name)}/blobs/uploads/", self._name)
        )
        if reply.status != 202:
            how = f"it does not begin an upload ({reply.status}){said(reply.content)}"
            raise FleetError([failed(str(self._name), how)])
        least = reply.headers.get("OCI-Chunk-Min-Length", "")
        if least.isdecimal() and int(least) > self._portion:
            self._in_portions = False
        return self._onward(reply, "")

    def _send(self, location: str) -> str:
        """Send portion after portion; where the upload ends."""
        offset, furthest, patience = 0, 0, self._transport.patience()
        while offset < self._blob.size:
            try:
                location, offset = self._patch(location, offset)
            except _Refused:
                raise
            except Interrupted as cause:
                location, offset = self._state(location, cause, patience)
            if offset > furthest:
                furthest = offset
                patience.renew()
        return location

    def _patch(self, location: str, offset: int) -> tuple[str, int]:
        """Send the portion at the offset: where the upload goes on, and from which byte."""
        end = min(offset + self._portion, self._blob.size)
        headers = _BINARY | {"Content-Range": f"{offset}-{end - 1}"}
        body = Streamed(end - offset, lambda: self._pieces(offset, end))
        reply = self._transport.once(_request("PATCH", location, self._name, headers, body))
        if reply.status not in _TAKEN:
            cause = failed(
                str(self._name), f"it does not take a portion ({reply.status}){said(reply.content)}"
            )
            if reply.status == 416:  # it is elsewhere than we think
                raise Interrupted(cause)
            self._in_portions = reply.status == 404
            raise _Refused(cause)
        reached = _reached(reply, end)
        if not offset < reached <= end:
            raise self._fault(f"after {end:,} bytes it says that it has {reached:,}")
        return self._onward(reply, location), reached

    def _state(self, location: str, cause: Interrupted, patience: Patience) -> tuple[str, int]:
        """Where the upload goes on and how far the registry is, after a pause. Raises _Refused if it is lost."""
        patience.wait(cause)
        reply = self._transport.ask(_request("GET", location, self._name))
        if reply.status not in (200, 202, 204):
            raise _Refused(cause.finding)
        reached = _reached(reply, -1)
        if not 0 <= reached <= self._blob.size:
            raise _Refused(cause.finding)
        return self._onward(reply, location), reached

    def _finish(self, location: str) -> None:
        """Say that it is all, with the bytes themselves where they are not there yet."""
        joint = "&" if "?" in location else "?"
        url = f"{location}{joint}{urlencode({'digest': self._blob.digest})}"
        size = self._blob.size
        body = b"" if self._in_portions else Streamed(size, lambda: self._pieces(0, size))
        request = _request("PUT", url, self._name, _BINARY, body, self._transport.access.finish_timeout)
        reply = self._transport.once(request)
        if reply.status != 201 or reply.headers.get(DIGEST_HEADER, self._blob.digest) != self._blob.digest:
            raise self._fault(f"it does not take {self._blob.digest} ({reply.status}){said(reply.content)}")
        self._progress.reached(self._blob.size)

    def _pieces(self, start: int, stop: int) -> Iterator[memoryview]:
        for piece in self._reader.pieces(start, stop):
            stopping.check()
            yield piece
            start += len(piece)
            self._progress.reached(start)

    def _onward(self, reply: Reply, before: str) -> str:
        location = reply.headers.get("Location")
        if location is None and before:
            return before
        return self._transport.onward(reply.url, location, self._name)

    def _fault(self, how: str) -> Interrupted:
        return Interrupted(failed(str(self._name), how))


def _mounted(transport: Transport, name: RepositoryName, blob: Blob, source: RepositoryName) -> bool:
    """Whether the registry took the blob over from another of its repositories."""
    query = urlencode({"mount": blob.digest, "from": source.path})
    scopes = (f"repository:{name.path}:pull,push", f"repository:{source.path}:pull")
    url = f"{transport.root(name)}/blobs/uploads/?{query}"
    try:
        reply = transport.ask(Request("POST", url, name, scopes))
    except FleetError:
        return False  # whoever may not read there may still write here
    return reply.status == 201 and has_blob(transport, name, blob.digest, blob.size)


def _request(
    method: str, url: str, name: RepositoryName, headers: dict[str, str] | None = None,
    body: bytes | Streamed = b"", seconds: float | None = None,
) -> Request:  # fmt: skip
    scopes = (f"repository:{name.path}:pull,push",)
    content = None if method == "GET" else body
    return Request(method, url, name, scopes, headers or {}, content, follow=False, seconds=seconds)


def _reached(reply: Reply, otherwise: int) -> int:
    """How many bytes a registry says that it has; `0-0` is what one says that has none."""
    text = reply.headers.get("Range")
    found = _RANGE.fullmatch(text) if text is not None else None
    if found is None:
        return otherwise if text is None else -1
    return int(found[1]) + 1 if found[1] != "0" else 0
