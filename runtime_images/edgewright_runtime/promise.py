"""Whether the model that lies there is the one that was promised.

A mount can be empty and nobody says so (K3s 1.36.1 does it with image volumes), a download can be cut off, a
registry can hand out what nobody has signed: the server answers with the model that the fleet names, or with none.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edgewright_runtime.config import Config, PromisedFile
from edgewright_runtime.signature import file_digest, signature_fault


def broken_promises(config: Config) -> list[str]:
    """What is wrong with the files of the model, one line each; empty where all are as promised."""
    promised = {each for tier in config.tiers if tier.model for each in tier.model.all_files}
    faults = list(_broken(sorted(promised, key=lambda each: str(each.file))))
    return faults or list(_unsigned(config, promised))


def identities(config: Config) -> list[tuple[object, ...]]:
    """What tells the files of the model from any that are put in their place or written to."""
    return [_identity(each.file) for tier in config.tiers if tier.model for each in tier.model.all_files]


def _identity(file: Path) -> tuple[object, ...]:
    try:
        found = file.stat()
    except OSError:
        return (file,)
    return file, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _broken(promised: list[PromisedFile]) -> Iterator[str]:
    for each in promised:
        try:
            digest = file_digest(each.file)
        except OSError as error:
            yield f"{each.file}: {error.strerror or error}"
            continue
        if digest != each.digest:
            yield f"{each.file} is {digest}, and {each.digest} was promised"


def _unsigned(config: Config, promised: set[PromisedFile]) -> Iterator[str]:
    """What of forms that have to be signed is not; their files have been found to be as promised."""
    known = {each.file: each.digest for each in promised}
    models = [tier.model for tier in config.tiers if tier.model and tier.model.signed_by]
    for folder, keys in dict.fromkeys((model.files[0].file.parent, model.signed_by) for model in models):
        if fault := signature_fault(folder, known, keys):
            yield fault
