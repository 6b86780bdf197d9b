"""Signatures of models in the format of OpenSSF model signing: made with a key, checked where a model is mounted.

The format is written here and not by model-signing 1.1.1, because that reads the private key by itself, knows
no key of cosign's, and signs a folder: ours exists in the layer only. Its verifier takes what is written here,
and what it signs is taken here: the tests show both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from edgewright.artifact.bundle import LARGEST_BUNDLE, bundle, signed_bytes
from edgewright.artifact.card import SIGNATURE_FILE
from edgewright.artifact.model_signature import differences, model_statement, signed_files
from edgewright.document.source import cannot_read
from edgewright.errors import FieldPath, Finding, FleetError
from edgewright.ship.signing.keys import PrivateKey
from edgewright.ship.signing.roots import Roots
from edgewright.ship.signing.statements import statement_in
from edgewright.ship.signing.trusted import Trusted


def sign_model(name: str, files: Mapping[str, str], key: PrivateKey) -> bytes:
    """The bundle over a model's files, which are given by their names in the layer and their digests.

    The same files and key give the same bytes.
    """
    content = model_statement(name, files)
    hint = hashlib.sha256(key.public.pem.encode()).hexdigest()  # as model-signing names a key
    return bundle(content, key.sign(signed_bytes(content)), hint)


def verify_model(folder: Path, any_of: Sequence[Trusted], roots: Roots | None = None) -> Trusted:
    """Who of the trusted has signed the files of a folder, as its `model.sig` says: no other file may be there.

    Raises FleetError (`model-not-signed`, `cannot-read`).
    """
    try:
        there = {path: digest for path, digest in _digests(folder) if path != SIGNATURE_FILE}
        content = _content(folder / SIGNATURE_FILE)
    except OSError as error:
        raise FleetError([cannot_read(str(folder), error)]) from None
    signer = signer_of_model(content, there, any_of, roots)
    if isinstance(signer, str):
        raise FleetError([not_signed(f"the model in {folder}", signer)])
    return signer


def signer_of_model(
    content: bytes | None, files: Mapping[str, str], any_of: Sequence[Trusted], roots: Roots | None = None
) -> Trusted | str:
    """Who of the trusted has signed these files in the bundle `content`; in words why nobody has.

    Raises FleetError (`sigstore-failed`).
    """
    if content is None:
        return "there is no signature"
    found = statement_in(content, any_of, roots or Roots())
    if isinstance(found, str):
        return f"its signature {found}"
    statement, signer = found
    try:
        wrong = differences(signed_files(statement), files)
    except ValueError as error:
        return f"the signature of {signer}: {error}"
    return f"{signer} has signed other files ({wrong})" if wrong else signer


def _content(file: Path) -> bytes | None:
    if not file.is_file():
        return None
    with file.open("rb") as stream:
        return stream.read(LARGEST_BUNDLE)


def _digests(folder: Path) -> Iterator[tuple[str, str]]:
    """Each file below a folder and its digest; what is neither a file nor a folder is none that was signed."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            yield from ((f"{path.name}/{name}", digest) for name, digest in _digests(path))
        elif path.is_file() and not path.is_symlink():
            with path.open("rb") as stream:
                yield path.name, f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
        else:
            yield path.name, "no file"


def not_signed(model: str, why: str, path: FieldPath = ()) -> Finding:
    """That nobody who is trusted stands for a model."""
    message = f"{model} is not signed by anybody who is trusted: {why}"
    remedy = "see where it comes from; if it is yours, sign it with `edgewright sign`, and lock and publish it anew"
    return Finding("model-not-signed", "error", message, remedy, path)
