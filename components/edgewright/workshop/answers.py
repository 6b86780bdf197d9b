"""Golden answers beside the forms of a model: made when a form is locked first, then kept as a variant is.

They are in the archive's comment said to be those of the form's very files. Another processor may answer with
another last bit, so what fleet.lock pins is never made anew by itself.
"""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from pathlib import Path

from edgewright.artifact.lock import LockedVariant
from edgewright.artifact.oci import sha256
from edgewright.errors import FieldPath, Finding, FleetError
from edgewright.ship.file import write_file
from edgewright.workshop.runtime import ask
from edgewright.workshop.source import answers_file

SECONDS = 900


def kept_answers(
    model: Path,
    locked: LockedVariant,
    before: LockedVariant | None,
    golden: Path,
    *,
    write: bool,
    field: FieldPath,
) -> Path | None:
    """The file of a form's golden answers, which is written where there is none of these very files; None where
    the form answers nothing of the golden set rightly.

    `before` is the form as it was locked. Raises FleetError: `model-missing` where what is pinned is gone,
    `lock-stale` where nothing is to be written.
    """
    target, origin = answers_file(model), _origin(locked)
    if _said_origin(target) == origin:
        return target
    if before is not None and before.answers is not None and _origin(before) == origin:
        raise FleetError([_gone(before.answers.file, field)])
    if not write:
        raise FleetError([_none_yet(locked.file, field)])
    with tempfile.TemporaryDirectory(prefix="edgewright.") as folder:
        beside = Path(folder, target.name)
        asked = {"golden": str(golden.absolute()), "target": str(beside), "origin": origin}
        if not ask("answer", model, SECONDS, field, **asked)["count"]:
            return None
        write_file(target, beside.read_bytes())
    return target


def _origin(locked: LockedVariant) -> str:
    """The digest over those of the form's .onnx file and its weights."""
    digests = (locked.digest, *(each.digest for each in locked.weights))
    return sha256(" ".join(digests).encode())


def _said_origin(file: Path) -> str | None:
    """Whose answers a file says that it holds; None where there is no such file, or not as it was written: what
    a disk has damaged would be pinned otherwise, and no device could give such answers."""
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.comment.decode("ascii") if archive.testzip() is None else None
    except (OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error):
        return None


def _gone(file: str, field: FieldPath) -> Finding:
    message = f"{file} is not there, is damaged, or is of another model, and fleet.lock pins the golden answers in it"
    remedy = "bring it back; where it is lost, take `answers` of this form out of fleet.lock and lock again"
    return Finding("model-missing", "error", message, remedy, field, waivable=False)


def _none_yet(model: str, field: FieldPath) -> Finding:
    message = f"{model} has no golden answers yet, by which a device tells a tier that answers wrongly"
    return Finding(
        "lock-stale", "error", message, "run `edgewright lock`, which writes them", field, waivable=False
    )
