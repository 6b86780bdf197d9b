"""Whether the model that lies there is the one that was promised.

A mount can be empty and nobody says so (K3s 1.36.1 does it with image volumes), a download can be cut off: the
server answers with the model that the fleet names, or with none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from edgewright_runtime.config import Config, PromisedFile


def broken_promises(config: Config) -> list[str]:
    """What is wrong with the files of the model, one line each; empty where all are as promised."""
    promised = {each for tier in config.tiers if tier.model for each in tier.model.files}
    return list(_broken(sorted(promised, key=lambda each: str(each.file))))


def _broken(promised: list[PromisedFile]) -> Iterator[str]:
    for each in promised:
        try:
            with each.file.open("rb") as stream:
                digest = f"sha256:{_sha256(stream)}"
        except OSError as error:
            yield f"{each.file}: {error.strerror or error}"
            continue
        if digest != each.digest:
            yield f"{each.file} is {digest}, and {each.digest} was promised"


def _sha256(stream: BinaryIO) -> str:
    """The digest of a file's bytes, read a mebibyte at a time."""
    found = hashlib.sha256()
    while chunk := stream.read(1 << 20):
        found.update(chunk)
    return found.hexdigest()
