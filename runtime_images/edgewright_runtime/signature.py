"""Whether a model's files are those that somebody has signed, by OpenSSF model signing.

The signature is a Sigstore bundle beside the files: a DSSE envelope around an in-toto statement that lists each
file with its digest. An image volume is checked by nobody else before it is mounted.
Source: model-signing 1.1.1, _signing/signing.py (class Payload) and sign_ec_key.py; DSSE 1.0, protocol.md.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

SIGNATURE_FILE: Final = "model.sig"
"""Its name beside the model's files."""

_LARGEST: Final = 16 << 20
"""Bytes; a model of ten thousand files takes about 2 MiB."""

_BUNDLE: Final = "application/vnd.dev.sigstore.bundle"
_PAYLOAD: Final = "application/vnd.in-toto+json"
_STATEMENT: Final = "https://in-toto.io/Statement/v1"
_PREDICATE: Final = "https://model_signing/signature/v1.0"
_MOST_NAMED: Final = 5


class SignatureFault(Exception):
    """A signature that does not hold; the text says why."""


def signature_fault(folder: Path, known: Mapping[Path, str], keys: Sequence[str]) -> str:
    """Why the files in a folder are not what one of the keys (PEM) has signed; empty where they are.

    `known` are digests (`sha256:…`) of files that have been read already.
    """
    file = folder / SIGNATURE_FILE
    try:
        signed = signed_files(_read(file), keys)
        told = _differences(signed, dict(_there(folder, known)))
    except OSError as error:
        return f"{error.filename or file}: {error.strerror or error}"
    except SignatureFault as error:
        return f"{file}: {error}"
    return f"{file} is not over the files beside it: {told}" if told else ""


def signed_files(content: bytes, keys: Sequence[str]) -> dict[str, str]:
    """The files that a signature by one of the keys is over ⇒ their digests. Raises SignatureFault."""
    try:
        value = json.loads(content)
        envelope = value["dsseEnvelope"]
        if not str(value["mediaType"]).startswith(_BUNDLE) or envelope["payloadType"] != _PAYLOAD:
            raise SignatureFault("it is no signature of a model")
        payload = base64.b64decode(envelope["payload"], validate=True)
        signatures = [base64.b64decode(each["sig"], validate=True) for each in envelope["signatures"]]
    except (KeyError, TypeError, ValueError, RecursionError):
        raise SignatureFault("it is no signature of a model") from None
    _verify(payload, signatures, keys)
    try:
        return _resources(json.loads(payload))
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError):
        raise SignatureFault("it does not list the files of a model") from None


def _read(file: Path) -> bytes:
    if file.exists() and not file.is_file():
        raise SignatureFault("it is no file")
    with file.open("rb") as stream:
        content = stream.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise SignatureFault(f"it has more than {_LARGEST:,} bytes")
    return content


def _verify(payload: bytes, signatures: Sequence[bytes], keys: Sequence[str]) -> None:
    """Raise SignatureFault where no key has signed the payload."""
    # Late: most servers have no key, and this is a quarter of what they else import.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec

    signed = b"DSSEv1 %d %s %d %s" % (len(_PAYLOAD), _PAYLOAD.encode(), len(payload), payload)
    unfit = ""
    for text in keys:
        try:
            key, algorithm = _key(text)
        except SignatureFault as error:
            unfit = f" ({error})"
            continue
        for signature in signatures:
            with suppress(InvalidSignature):
                key.verify(signature, signed, ec.ECDSA(algorithm))
                return
    by = "the key" if len(keys) == 1 else f"any of the {len(keys)} keys"
    raise SignatureFault(f"it was not made by {by} of the fleet{unfit}: sign the model, publish and lock it")


def _key(text: str) -> Any:
    """An ECDSA key and the hash that belongs to its curve."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    known = {"secp256r1": hashes.SHA256(), "secp384r1": hashes.SHA384(), "secp521r1": hashes.SHA512()}
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise SignatureFault("one of the configuration's keys is no public key in PEM") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name not in known:
        raise SignatureFault("one of the configuration's keys is not for ECDSA on P-256, P-384 or P-521")
    return key, known[key.curve.name]


def _resources(statement: Any) -> dict[str, str]:
    """What a statement lists; the digest over all digests has to be the one that it is about."""
    if statement["_type"] != _STATEMENT or statement["predicateType"] != _PREDICATE:
        raise SignatureFault("it says something else than what a model consists of")
    predicate = statement["predicate"]
    resources = predicate["resources"]
    if predicate["serialization"]["method"] != "files" or {each["algorithm"] for each in resources} - {
        "sha256"
    }:
        raise SignatureFault("it is not over whole files by SHA-256")
    root = hashlib.sha256(b"".join(bytes.fromhex(each["digest"]) for each in resources)).hexdigest()
    found = {str(each["name"]): f"sha256:{each['digest']}" for each in resources}
    if [each["digest"]["sha256"] for each in statement["subject"]] != [root] or len(found) != len(resources):
        raise SignatureFault("it contradicts itself")
    return found


def _there(folder: Path, known: Mapping[Path, str]) -> Iterator[tuple[str, str]]:
    """Every file below a folder by its name there, with its digest."""
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if file.is_symlink():
            raise SignatureFault(f"{name} beside it is a link, which no signature covers")
        if name != SIGNATURE_FILE and not file.is_dir():
            yield name, known.get(file) or file_digest(file)


def file_digest(file: Path) -> str:
    """The digest of a file's bytes (`sha256:…`), read a mebibyte at a time. Raises OSError, also where it is no
    file: a pipe or a device would be read for ever."""
    if file.exists() and not file.is_file():
        raise OSError(f"it is no file, but {'a folder' if file.is_dir() else 'a pipe or a device'}")
    found = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            found.update(chunk)
    return f"sha256:{found.hexdigest()}"


def _differences(signed: Mapping[str, str], there: Mapping[str, str]) -> str:
    """What of the files is not as it was signed, in words; empty where all is."""
    lines = {
        "changed": [name for name in signed.keys() & there.keys() if signed[name] != there[name]],
        "not signed": there.keys() - signed.keys(),
        "missing": signed.keys() - there.keys(),
    }
    return "; ".join(f"{what}: {_listed(sorted(names))}" for what, names in lines.items() if names)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
