"""Models, golden sets and figures as they lie here, against what fleet.lock says of them."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edgewright.artifact.lfs_pointer import LONGEST, read_pointer
from edgewright.artifact.lock import SOURCE, LockedFile, LockedModel
from edgewright.assembly.files import Locked
from edgewright.document.document import Document
from edgewright.errors import FieldPath, Finding, Note, Place

if TYPE_CHECKING:
    from edgewright.fleet import Fleet, Model

MOST_HASHED: Final = 64 * 2**20
"""Bytes of a file whose digest is compared at every check; of larger ones only the size is."""


def compare_files(fleet: Fleet, locked: Locked, folder: Path) -> Iterator[Finding]:
    """What lies here and are not what fleet.lock says; what is not here may be so."""
    for name, model in fleet.models.items():
        known = locked.lock.models.get(name)
        if known is not None and known.version == model.version:
            yield from compare_model(name, model, known, folder, locked.document)


def compare_model(
    name: str, model: Model, known: LockedModel, folder: Path, document: Document | None = None
) -> Iterator[Finding]:
    """What lies here of one model and is not what fleet.lock says; `document` is the lock's text."""
    for path, in_lock, file in _files(name, model, known):
        found = _difference(file, folder)
        if found is not None:
            message, field = found
            place = document.place((*in_lock, field)) if document else None
            yield _mismatch(message, path, place)


def _files(name: str, model: Model, known: LockedModel) -> Iterator[tuple[FieldPath, FieldPath, LockedFile]]:
    """Each locked file of a model, with its place in the fleet and in the lock."""
    for form, variant in known.variants.items():
        if form != SOURCE and form not in model.variants:
            continue
        at: FieldPath = ("models", name, "source") if form == SOURCE else ("models", name, "variants", form)
        in_lock: FieldPath = ("models", name, "variants", form)
        for file in variant.files:
            yield at, in_lock, file
        data = variant.calibration.data if variant.calibration else None
        if data is not None and form in model.variants and model.variants[form].calibration is not None:
            yield (*at, "calibration"), (*in_lock, "calibration", "data"), data
    if known.golden is not None and model.evaluation is not None:
        yield ("models", name, "evaluation", "golden"), ("models", name, "golden"), known.golden
    if known.measured is not None and model.measured is not None:
        yield ("models", name, "measured"), ("models", name, "measured"), known.measured


def pointer_at(file: Path) -> tuple[str, int] | None:
    """Digest and size of the file that Git LFS has put a pointer for; None where it has not."""
    try:
        found = file.stat()
        if stat.S_ISREG(found.st_mode) and found.st_size <= LONGEST:
            return read_pointer(file.read_bytes())
    except (OSError, ValueError):
        pass  # not here, or not for us
    return None


def _difference(file: LockedFile, folder: Path) -> tuple[str, str] | None:
    """How a file here, or what a pointer stands for, differs from the locked one, and in which field."""
    pointer = pointer_at(folder / file.file)
    digest, size = pointer if pointer else _measured(folder / file.file)
    if size is not None and size != file.size:
        return f"{file.file} has {size:,} bytes, and fleet.lock says {file.size:,}", "size"
    if digest is not None and digest != file.digest:
        return f"{file.file} is {digest[:19]}…, and fleet.lock says {file.digest[:19]}…", "digest"
    return None


def _measured(file: Path) -> tuple[str | None, int | None]:
    """Digest and size of a file; no digest of a very large one, nothing of what is not here or not for us."""
    try:
        found = file.stat()
        if not stat.S_ISREG(found.st_mode):
            return None, None
        if found.st_size > MOST_HASHED:
            return None, found.st_size
        with file.open("rb") as stream:
            return f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}", found.st_size
    except (OSError, ValueError):
        return None, None


def _mismatch(message: str, path: FieldPath, place: Place | None) -> Finding:
    return Finding(
        "lock-mismatch",
        "error",
        message,
        "bring back the file that was locked, or run `edgewright lock` where the change is meant, under another "
        "version if this one is published",
        path,
        waivable=False,
        notes=(Note("as it was locked", place=place),) if place else (),
    )
