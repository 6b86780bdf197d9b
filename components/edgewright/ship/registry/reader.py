"""A blob's bytes from any offset, checked against its digest on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from edgewright.artifact.oci import Blob
from edgewright.errors import Finding, FleetError

_PIECE: Final = 2**15
"""Bytes that are handed over at once. Each has a socket's timeout to leave: the floor on how slowly."""


class Reader:
    """Reads a blob from its beginning; only what a blob gives at once is in memory."""

    def __init__(self, blob: Blob) -> None:
        self._blob = blob
        self._rewind()

    def pieces(self, start: int, stop: int) -> Iterator[memoryview]:
        """The bytes from `start` to `stop` (no further than the blob). Going on where the last call ended is
        free; to go back, all is read again.

        Raises FleetError (`blob-changed`) where they are not those of the blob, before the last ones leave.
        """
        if start < self._at:
            self._rewind()
        while self._at < start:
            self._take(start)
        while self._at < stop:
            yield self._take(stop)

    def _rewind(self) -> None:
        self._chunks: Iterator[bytes] = iter(self._blob.chunks())
        self._found = hashlib.sha256()
        self._rest = memoryview(b"")
        self._at = 0

    def _take(self, stop: int) -> memoryview:
        """The next bytes, not beyond `stop`."""
        while not self._rest:
            self._next()
        piece = self._rest[: min(_PIECE, stop - self._at)]
        self._rest = self._rest[len(piece) :]
        self._at += len(piece)
        return piece

    def _next(self) -> None:
        chunk = next(self._chunks, None)
        if chunk is None:
            raise self._changed()
        self._found.update(chunk)
        self._rest = memoryview(chunk)
        end = self._at + len(chunk)
        right = end < self._blob.size or f"sha256:{self._found.hexdigest()}" == self._blob.digest
        if end > self._blob.size or not right:
            raise self._changed()

    def _changed(self) -> FleetError:
        message = f"what is to be sent as {self._blob.digest} is no longer what was read for it"
        finding = Finding("blob-changed", "error", message, "Run it again when nobody writes to the files.")
        return FleetError([finding])
