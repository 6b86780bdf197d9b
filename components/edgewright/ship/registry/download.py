"""A blob in a file: whole and right under its name, or not there.

What has come in stands beside it, in `.<name>.<digest>.partial`, and the next download goes on behind it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from edgewright.errors import Finding, FleetError
from edgewright.ship.registry.blobs import blob_request
from edgewright.ship.registry.body import PIECE
from edgewright.ship.registry.faults import Interrupted, failed, lies
from edgewright.ship.registry.messages import Request
from edgewright.ship.registry.names import RepositoryName
from edgewright.ship.registry.progress import Progress
from edgewright.ship.registry.transport import Answer, Transport

_RANGE: Final = re.compile(r"bytes ([0-9]+)-([0-9]+)/([0-9]+|\*)")


def download(
    transport: Transport, name: RepositoryName, digest: str, size: int, path: Path,
    told: Callable[[int], object],
) -> None:  # fmt: skip
    """Make `path` hold the blob. Raises FleetError (`cannot-write` too)."""
    request = blob_request(transport, name, digest)
    partial = path.with_name(f".{path.name}.{digest[7:19]}.partial")
    try:
        if _holds(path, digest, size):
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(partial) as file:
            _fill(transport, request, _Partial(file, digest, size, Progress(told)))
            file.flush()
            os.fsync(file.fileno())
            partial.replace(path)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        finding = Finding(
            "cannot-write", "error", f"{path} cannot be written: {reason}", "Make room, or check the path."
        )
        raise FleetError([finding]) from error


class _Partial:
    """What is there of a blob, and the digest of that."""

    def __init__(self, file: IO[bytes], digest: str, size: int, progress: Progress) -> None:
        self.file, self.digest, self.size, self.progress = file, digest, size, progress
        self.clear(keep=True)
        while piece := file.read(PIECE):
            self._found.update(piece)
            self.there += len(piece)
        if self.there > size:
            self.clear()
        progress.begins_at(self.there)

    def clear(self, *, keep: bool = False) -> None:
        """Begin anew."""
        self.there, self._found = 0, hashlib.sha256()
        self.file.seek(0)
        if not keep:
            self.file.truncate()

    def add(self, piece: bytes) -> None:
        """Write what came in next."""
        self.file.write(piece)
        self._found.update(piece)
        self.there += len(piece)
        self.progress.reached(self.there)

    @property
    def is_right(self) -> bool:
        """Whether it is all, and what it should be."""
        return self.there == self.size and f"sha256:{self._found.hexdigest()}" == self.digest


def _fill(transport: Transport, request: Request, partial: _Partial) -> None:
    """Bring in what is missing; what was kept and turns out wrong is fetched once more from its beginning."""
    patience = transport.patience()
    where = str(request.name)
    while not partial.is_right:
        before = partial.progress.furthest
        try:
            if partial.there == partial.size:
                partial.clear()
                raise Interrupted(
                    lies(where, f"the bytes that came for {partial.digest} are others"), lie=True
                )
            _fetch(
                transport,
                blob_request(transport, request.name, partial.digest, "GET", partial.there),
                partial,
            )
        except Interrupted as cause:
            if partial.progress.furthest > before:
                patience.renew()
            patience.wait(cause)


def _fetch(transport: Transport, request: Request, partial: _Partial) -> None:
    """One answer, as far as it goes. Raises Interrupted, FleetError."""
    with transport.open(request) as answer:
        if answer.status == 416 and partial.there:
            partial.clear()
            return
        if answer.status not in (200, 206):
            raise FleetError([failed(str(request.name), f"it answers {answer.status} for {partial.digest}")])
        _begin(request, answer, partial)
        for piece in answer.pieces:
            if partial.there + len(piece) > partial.size:
                partial.clear()
                raise Interrupted(
                    lies(str(request.name), f"more bytes came for {partial.digest} than it has"), lie=True
                )
            partial.add(piece)
    if partial.there < partial.size:
        how = f"{partial.there:,} of the {partial.size:,} bytes of {partial.digest} came"
        raise Interrupted(lies(str(request.name), how))


def _begin(request: Request, answer: Answer, partial: _Partial) -> None:
    """Be where the answer begins. Raises Interrupted where that is not where it was asked for."""
    if answer.status == 200:
        partial.clear()
        return
    found = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    if found is None or int(found[1]) != partial.there or found[3] not in ("*", str(partial.size)):
        partial.clear()
        raise Interrupted(
            lies(str(request.name), f"another part of {partial.digest} came than was asked for"), lie=True
        )


@contextmanager
def _locked(partial: Path) -> Iterator[IO[bytes]]:
    """The file, opened for this download alone. Raises OSError."""
    with os.fdopen(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666), "rb+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OSError(0, "another download is writing it") from None
        yield file


def _holds(path: Path, digest: str, size: int) -> bool:
    try:
        if path.stat().st_size != size:
            return False
        with path.open("rb") as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}" == digest
    except FileNotFoundError:
        return False
