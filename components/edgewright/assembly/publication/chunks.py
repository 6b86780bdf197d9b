"""The bytes of a file that is too large to be held, a chunk at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

_CHUNK: Final = 2**20


def chunks_of(folder: Path, file: str) -> Iterator[bytes]:
    """The bytes of a file by its path below a folder, from the beginning. Raises OSError."""
    with (folder / file).open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk
