"""The models of a fleet, signed form by form: a signature beside each .onnx file, for `lock` to pin."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgewright.artifact.card import SIGNATURE_FILE, Card
from edgewright.artifact.lock import SOURCE, LockedFile, LockedModel
from edgewright.artifact.model_signature import files_of
from edgewright.errors import FieldPath, Finding
from edgewright.ship.file import write_file
from edgewright.ship.signing.keys import PrivateKey
from edgewright.ship.signing.models import not_signed, sign_model, signer_of_model
from edgewright.ship.signing.trusted import Trusted
from edgewright.workshop.source import signature_file


@dataclass(frozen=True, slots=True)
class SignedForm:
    """A form and the file of its signature, by its path below the fleet's folder; `new` where it was written,
    `signer` where it was asked who has signed it."""

    model: str
    form: str
    file: str
    new: bool
    signer: str = ""


def sign_forms(
    name: str, model: LockedModel, folder: Path, key: PrivateKey, told: Callable[[str], None]
) -> Iterator[SignedForm | Finding]:
    """Sign every form of a model that is locked and lies here. Raises FleetError (`cannot-write`)."""
    for form in model.variants:
        card = Card(name, model, form)
        told(f"{name}/{form}")
        findings = list(_changed(card, folder))
        yield from findings
        if not findings:
            text = sign_model(name, files_of(card), key).decode()
            file = signature_file(folder / card.locked.file)
            new = not file.is_file() or file.read_bytes() != text.encode()
            if new:
                write_file(file, text)
            yield SignedForm(name, form, file.relative_to(folder).as_posix(), new)


def check_forms(
    name: str, model: LockedModel, folder: Path, any_of: Sequence[Trusted]
) -> Iterator[SignedForm | Finding]:
    """Every form of a model that is locked, with whoever of the trusted has signed it, or that nobody has.

    Raises FleetError (`sigstore-failed`).
    """
    for form in model.variants:
        card = Card(name, model, form)
        file = signature_file(folder / card.locked.file)
        content = file.read_bytes() if file.is_file() else None
        signer = signer_of_model(content, files_of(card), any_of)
        if isinstance(signer, str):
            yield not_signed(f"{name}/{form}", signer, _path_of(card))
        else:
            yield SignedForm(name, form, file.relative_to(folder).as_posix(), False, str(signer))


def _path_of(card: Card) -> FieldPath:
    own = ("source",) if card.form == SOURCE else ("variants", card.form)
    return ("models", card.name, *own)


def _changed(card: Card, folder: Path) -> Iterator[Finding]:
    """Files that are not here, or not those that were locked: who signs must have seen what is signed."""
    for name, file in card.files:
        if name != SIGNATURE_FILE and (why := _difference(folder / file.file, file)):
            remedy = "run `edgewright lock` first, where the files lie"
            yield Finding(
                "lock-mismatch", "error", f"{file.file} {why}", remedy, _path_of(card), waivable=False
            )


def _difference(path: Path, file: LockedFile) -> str:
    try:
        with path.open("rb") as stream:
            found = f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
    except OSError as error:
        return f"cannot be read: {(error.strerror or 'unknown reason').lower()}"
    return "" if found == file.digest else f"is {found[:19]}…, and fleet.lock says {file.digest[:19]}…"
