"""Private keys: the only file that reads them. What comes out signs, and shows nobody what it signs with.

Read are PKCS#8 and SEC1 in PEM, plain and encrypted, and the form of cosign's own key files.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_pem_private_key,
)

from edgewright.document.source import cannot_read
from edgewright.errors import Finding, FleetError
from edgewright.ship.signing.cosign_key import LABELS, seal, unseal
from edgewright.ship.signing.public import PublicKey, as_public

Password = Callable[[], bytes | None]
"""Asked for a password only where a key is encrypted; None where nobody knows it."""

PASSWORD_VARIABLES: Final = ("EDGEWRIGHT_KEY_PASSWORD", "COSIGN_PASSWORD")

_MOST_BYTES: Final = 1 << 16
_BLOCK: Final = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----\s(.*?)-----END \1-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key that signs; `encrypted` says whether its file was. It prints as its public half, and can be neither
    copied nor pickled."""

    public: PublicKey
    encrypted: bool
    _key: ec.EllipticCurvePrivateKey = field(repr=False, compare=False)

    def sign(self, content: bytes) -> bytes:
        """The signature (DER) over the content: ECDSA with SHA-256, the same each time (RFC 6979)."""
        return self._key.sign(content, _algorithm())

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key stays where it is")


def _algorithm() -> ec.ECDSA:
    try:
        return ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    except UnsupportedAlgorithm:  # an OpenSSL before 3.2: as secure, with other bytes each time
        return ec.ECDSA(hashes.SHA256())


def password_from(environment: Mapping[str, str], ask: Password = lambda: None) -> Password:
    """The password of the environment, Edgewright's variable before cosign's; else whatever `ask` says."""

    def password() -> bytes | None:
        for name in PASSWORD_VARIABLES:
            if name in environment:
                return os.fsencode(environment[name])  # its very bytes, whatever they are
        return ask()

    return password


def private_key(path: Path, password: Password = lambda: None) -> PrivateKey:
    """The key in a file, which nobody else may be able to read.

    Raises FleetError (`cannot-read`, `key-exposed`, `key-unreadable`, `key-locked`, `key-unfit`), never with
    a word of what is in the file.
    """
    text, mode = _read(path)
    label, block = _block(text, path)
    if mode & 0o077:
        raise FleetError([_exposed(path, mode)])
    try:
        key = _opened(label, block, password, path)
    except (ValueError, TypeError, KeyError, UnsupportedAlgorithm):
        raise _unreadable(path, "is damaged, or of a form that is not known") from None
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return PrivateKey(as_public(key.public_key(), str(path)), "ENCRYPTED" in block, key)
    as_public(key.public_key(), str(path))
    raise AssertionError("a key of another kind was let through")


def generate() -> PrivateKey:
    """A new key."""
    key = ec.generate_private_key(ec.SECP256R1())
    return PrivateKey(as_public(key.public_key(), "the new key"), False, key)


def _read(path: Path) -> tuple[str, int]:
    """What is in the file, and who may read it: asked of what was opened. A pipe is open to nobody else."""
    try:
        with path.open("rb") as stream:
            found = os.fstat(stream.fileno())
            if stat.S_ISDIR(found.st_mode):
                raise IsADirectoryError(21, "Is a directory")
            mode = stat.S_IMODE(found.st_mode) if stat.S_ISREG(found.st_mode) else 0
            return stream.read(_MOST_BYTES).decode("latin-1"), mode
    except (OSError, ValueError) as error:
        raise FleetError([cannot_read(str(path), error)]) from None


def _exposed(path: Path, mode: int) -> Finding:
    message = f"the private key {path} can be read by others on this machine (mode {mode:04o})"
    return Finding(
        "key-exposed", "error", message, f"chmod 600 {path}; if others were there, make a new pair"
    )


def _block(text: str, path: Path) -> tuple[str, str]:
    """The label and the whole text of the block that is the private key. Raises FleetError."""
    labels = [match[1] for match in _BLOCK.finditer(text)]
    for match in _BLOCK.finditer(text):
        if match[1].endswith("PRIVATE KEY"):
            if match[1] == "OPENSSH PRIVATE KEY":
                raise _unreadable(path, "is a key for ssh")
            return match[1], match[0]
    if "PUBLIC KEY" in labels or "CERTIFICATE" in labels:
        raise _unreadable(path, "is public; signing takes the private key that belongs to it")
    raise _unreadable(path, "is no private key in PEM form")


def _unreadable(path: Path, what: str) -> FleetError:
    remedy = "name a key that `edgewright key`, `cosign generate-key-pair` or `openssl genpkey` has made"
    return FleetError([Finding("key-unreadable", "error", f"{path} {what}", remedy)])


def _opened(label: str, block: str, password: Password, path: Path) -> Any:
    """The key of a PEM block. Raises ValueError and the like where it is damaged, FleetError where locked."""
    if label in LABELS:
        der = unseal(block, _asked(password, path))
        if der is None:
            raise _locked(path, "the password does not open it")
        return load_der_private_key(der, None)
    pem = block.encode("latin-1")
    if label != "ENCRYPTED PRIVATE KEY" and "Proc-Type: 4,ENCRYPTED" not in block:
        return load_pem_private_key(pem, None)
    secret = _asked(password, path)
    try:
        return load_pem_private_key(pem, secret)
    except (ValueError, TypeError):  # an empty password is a TypeError
        raise _locked(path, "the password does not open it, or it is damaged") from None


def _asked(password: Password, path: Path) -> bytes:
    secret = password()
    if secret is None:
        raise _locked(path, "no password was given")
    return secret


def _locked(path: Path, why: str) -> FleetError:
    remedy = f"set {PASSWORD_VARIABLES[0]} to the key's password, or run where it can be asked for"
    return FleetError([Finding("key-locked", "error", f"{path} is encrypted: {why}", remedy)])


def key_file(key: PrivateKey, password: bytes) -> str:
    """The key as cosign's own key files have it, encrypted with the password: both tools can sign with it."""
    return seal(key._key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), password)
