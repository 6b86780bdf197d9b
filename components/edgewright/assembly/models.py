"""Models, golden sets and figures as they lie here, against what fleet.lock says of them."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edgewright.artifact.lock import SOURCE, LockedFile
from edgewright.assembly.files import Locked
from edgewright.errors import FieldPath, Finding, Note

if TYPE_CHECKING:
    from edgewright.fleet import Fleet

MOST_HASHED: Final = 64 * 2**20
"""Bytes of a file whose digest is compared at every check; of larger ones only the size is."""


def compare_files(fleet: Fleet, locked: Locked, folder: Path) -> Iterator[Finding]:
    """What lies here and are not what fleet.lock says; what is not here may be so."""
    for name, model in fleet.models.items():
        known = locked.lock.models.get(name)
        if known is None or known.version != model.version:
            continue
        for form, variant in known.variants.items():
            if form != SOURCE and form not in model.variants:
                continue
            at: FieldPath = (
                ("models", name, "source") if form == SOURCE else ("models", name, "variants", form)
            )
            for file in variant.files:
                yield from _compare(file, folder, locked, at, ("models", name, "variants", form))
        if known.golden is not None and model.evaluation is not None:
            path = ("models", name, "evaluation", "golden")
            yield from _compare(known.golden, folder, locked, path, ("models", name, "golden"))
        if known.measured is not None and model.measured is not None:
            its_own = ("models", name, "measured")
            yield from _compare(known.measured, folder, locked, its_own, its_own)


def _compare(
    file: LockedFile, folder: Path, locked: Locked, path: FieldPath, in_lock: FieldPath
) -> Iterator[Finding]:
    try:
        found = (folder / file.file).stat()
        if not stat.S_ISREG(found.st_mode):
            return
        if found.st_size != file.size:
            yield _mismatch(
                f"{file.file} has {found.st_size:,} bytes, and fleet.lock says {file.size:,}",
                locked,
                path,
                in_lock,
                "size",
            )
        elif found.st_size <= MOST_HASHED:
            with (folder / file.file).open("rb") as stream:
                digest = f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
            if digest != file.digest:
                message = f"{file.file} is {digest[:19]}…, and fleet.lock says {file.digest[:19]}…"
                yield _mismatch(message, locked, path, in_lock, "digest")
    except (OSError, ValueError):
        return  # not here, or not for us


def _mismatch(message: str, locked: Locked, path: FieldPath, in_lock: FieldPath, name: str) -> Finding:
    place = locked.document.place((*in_lock, name)) if locked.document else None
    return Finding(
        "lock-mismatch",
        "error",
        message,
        "bring back the file that was locked, or run `edgewright lock` where the change is meant",
        path,
        waivable=False,
        notes=(Note("as it was locked", place=place),) if place else (),
    )
