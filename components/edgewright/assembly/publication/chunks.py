"""The bytes of a file that is too large to be held, a chunk at a time."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Final

CHUNK: Final = 2**20


def chunks_of(folder: Path, file: str) -> Iterator[bytes]:
    """The bytes of a file by its path below a folder, from the beginning. Raises OSError."""
    path = folder / file
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no file", file)  # a pipe would keep us waiting for ever
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk
