"""The box that cosign keeps a private key in: bytes and a password ⇒ a PEM text, and back.

Source: go-securesystemslib 0.11.0, encrypted/encrypted.go; cosign 3.1.2, pkg/cosign/keys.go.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from nacl.utils import random

LABELS: Final = ("ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY")
"""What such a PEM block is called: today, and in cosign before 2.0."""

# The strengths that go-securesystemslib reads, 32 to 128 MiB of memory; another could keep us busy for hours.
_N: Final = (1 << 15, 1 << 16, 1 << 17)
_MEMORY: Final = 1 << 28


def seal(content: bytes, password: bytes) -> str:
    """The content in such a box, as a PEM text; an empty password is one too."""
    salt, nonce = random(32), random(SecretBox.NONCE_SIZE)
    params = {"N": _N[1], "r": 8, "p": 1}
    sealed = SecretBox(_stretched(password, salt, params)).encrypt(content, nonce).ciphertext
    box = {
        "kdf": {"name": "scrypt", "params": params, "salt": _text(salt)},
        "cipher": {"name": "nacl/secretbox", "nonce": _text(nonce)},
        "ciphertext": _text(sealed),
    }
    text = _text(json.dumps(box, separators=(",", ":")).encode())
    lines = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    return f"-----BEGIN {LABELS[0]}-----\n{lines}\n-----END {LABELS[0]}-----\n"


def unseal(block: str, password: bytes) -> bytes | None:
    """What is in the box of a PEM block; None where the password does not open it.

    Raises ValueError, KeyError or TypeError where it is no such box.
    """
    box = json.loads(base64.b64decode("".join(block.splitlines()[1:-1]), validate=True))
    kdf, cipher = box["kdf"], box["cipher"]
    if (kdf["name"], cipher["name"]) != ("scrypt", "nacl/secretbox"):
        raise ValueError("another encryption")
    opener = SecretBox(_stretched(password, base64.b64decode(kdf["salt"]), kdf["params"]))
    try:
        return opener.decrypt(base64.b64decode(box["ciphertext"]), base64.b64decode(cipher["nonce"]))
    except CryptoError:
        return None


def _stretched(password: bytes, salt: bytes, params: Mapping[str, Any]) -> bytes:
    n, r, p = params["N"], params["r"], params["p"]
    if n not in _N or (r, p) != (8, 1):
        raise ValueError("another strength")
    return hashlib.scrypt(password, salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=32)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
