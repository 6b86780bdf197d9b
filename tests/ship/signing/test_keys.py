"""Private keys: every form of file that people have, and not a word of what is in it."""

from __future__ import annotations

import base64
import copy
import json
import os
import pickle
import subprocess
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from tests.cosign import PASSWORD, cosign, made_pair, needs_cosign

from edgewright.errors import Finding, FleetError
from edgewright.ship.signing.cosign_key import seal, unseal
from edgewright.ship.signing.keys import generate, key_file, password_from, private_key
from edgewright.ship.signing.public import public_key

KEY = ec.generate_private_key(ec.SECP256R1())
DER = KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
SECRET = PASSWORD.encode()


def right() -> bytes:
    return SECRET


def pem(form: PrivateFormat = PrivateFormat.PKCS8, lock: KeySerializationEncryption | None = None) -> str:
    return KEY.private_bytes(Encoding.PEM, form, lock or NoEncryption()).decode()


LOCK = BestAvailableEncryption(SECRET)
FORMS = {
    "PKCS#8": pem(),
    "PKCS#8, encrypted": pem(lock=LOCK),
    "SEC1": pem(PrivateFormat.TraditionalOpenSSL),
    "SEC1, encrypted": pem(PrivateFormat.TraditionalOpenSSL, LOCK),
    "SEC1 behind its parameters": "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    + pem(PrivateFormat.TraditionalOpenSSL),
    "cosign": seal(DER, SECRET),
    "cosign, old": seal(DER, SECRET).replace("SIGSTORE", "COSIGN"),
    "lines of Windows": pem().replace("\n", "\r\n"),
    "with words in front": "Bag Attributes\n    friendlyName: fleet\n" + pem(),
}
LOCKED = [name for name, text in FORMS.items() if "ENCRYPTED" in text]


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "fleet.key"
    path.write_bytes(text.encode())
    path.chmod(mode)
    return path


def refused(path: Path, secret: bytes | None = SECRET) -> Finding:
    with pytest.raises(FleetError) as error:
        private_key(path, lambda: secret)
    assert error.value.__cause__ is None  # a reason underneath could show what was read
    (finding,) = error.value.findings
    return finding


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_key_signs(form: str, tmp_path: Path) -> None:
    key = private_key(written(tmp_path, FORMS[form]), right)
    signature = key.sign(b"text")
    assert key.public.verifies(signature, b"text")
    assert not key.public.verifies(signature, b"another")
    assert not generate().public.verifies(signature, b"text")
    assert signature == key.sign(b"text"), "the same text gets the same signature"
    assert key.public == private_key(written(tmp_path, pem()), right).public


@pytest.mark.parametrize("form", LOCKED)
@pytest.mark.parametrize("secret", [b"wrong", b"", None])
def test_a_key_that_stays_locked(form: str, secret: bytes | None, tmp_path: Path) -> None:
    finding = refused(written(tmp_path, FORMS[form]), secret)
    assert finding.rule == "key-locked"
    assert ("no password was given" in finding.message) == (secret is None)
    assert "EDGEWRIGHT_KEY_PASSWORD" in finding.remedy


def test_nobody_is_asked_for_a_password_that_is_not_needed(tmp_path: Path) -> None:
    def asked() -> bytes:
        raise AssertionError("asked")

    private_key(written(tmp_path, pem()), asked)


def test_where_a_password_comes_from() -> None:
    both = {"EDGEWRIGHT_KEY_PASSWORD": "ours", "COSIGN_PASSWORD": "cosign's"}
    assert password_from(both)() == b"ours"
    assert password_from({"COSIGN_PASSWORD": ""}, lambda: b"asked")() == b""
    assert password_from({}, lambda: b"asked")() == b"asked"
    assert password_from({})() is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o777])
def test_a_key_that_others_can_reach(mode: int, tmp_path: Path) -> None:
    finding = refused(written(tmp_path, pem(), mode))
    assert finding.rule == "key-exposed"
    assert f"{mode:04o}" in finding.message
    assert "chmod 600" in finding.remedy


def test_the_link_to_an_exposed_key_is_no_way_round(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(written(tmp_path, pem(), 0o644))
    assert refused(tmp_path / "link").rule == "key-exposed"


def test_a_key_out_of_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    writer = threading.Thread(target=pipe.write_text, args=(pem(),))
    writer.start()
    key = private_key(pipe, right)
    writer.join()
    assert key.public.fingerprint == private_key(written(tmp_path, pem()), right).public.fingerprint


PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
BOX = "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n{}\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n"
NO_KEYS = {
    "public": (PUBLIC, "is public"),
    "certificate": ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "is public"),
    "text": ("fleet.key\n", "no private key in PEM form"),
    "nothing": ("", "no private key in PEM form"),
    "cut off": (pem()[:120], "no private key in PEM form"),
    "damaged": (pem().replace("M", "A", 3), "damaged"),
    "no base64": ("-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n", "damaged"),
    "an empty box": (BOX.format("e30="), "damaged"),
    "a box of lists": (BOX.format("W10="), "damaged"),
    "no box": (BOX.format("!"), "damaged"),
    "ssh": ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", "for ssh"),
}


@pytest.mark.parametrize("name", NO_KEYS)
def test_what_is_no_private_key(name: str, tmp_path: Path) -> None:
    text, said = NO_KEYS[name]
    finding = refused(written(tmp_path, text))
    assert finding.rule == "key-unreadable"
    assert said in finding.message


@pytest.mark.parametrize("name", ["public", "certificate", "text"])
def test_what_is_no_private_key_is_not_to_be_closed(name: str, tmp_path: Path) -> None:
    """Everybody may read a public key: `chmod 600` would not make it one that signs."""
    text, said = NO_KEYS[name]
    finding = refused(written(tmp_path, text, 0o644))
    assert finding.rule == "key-unreadable"
    assert said in finding.message


@pytest.mark.parametrize("name", ["missing", "."])
def test_what_is_no_file(name: str, tmp_path: Path) -> None:
    assert refused(tmp_path / name).rule == "cannot-read"


@pytest.mark.parametrize("n", [1 << 14, 1 << 18, 1 << 30, -1, "65536", None])
def test_a_box_that_would_keep_us_busy_is_not_opened(n: object, tmp_path: Path) -> None:
    box = json.loads(base64.b64decode("".join(FORMS["cosign"].splitlines()[1:-1])))
    box["kdf"]["params"]["N"] = n
    text = BOX.format(base64.b64encode(json.dumps(box).encode()).decode())
    assert refused(written(tmp_path, text)).rule == "key-unreadable"


OTHERS: dict[str, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey] = {
    "the curve secp384r1": ec.generate_private_key(ec.SECP384R1()),
    "the curve secp256k1": ec.generate_private_key(ec.SECP256K1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate(),
    "RSA": rsa.generate_private_key(65537, 2048),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_keys_of_another_kind(kind: str, tmp_path: Path) -> None:
    key = OTHERS[kind]
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    private = refused(written(tmp_path, text))
    with pytest.raises(FleetError) as error:
        public_key(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())
    for finding in (private, *error.value.findings):
        assert finding.rule == "key-unfit"
        assert kind in finding.message


def test_public_keys() -> None:
    assert public_key(PUBLIC).pem == PUBLIC
    for text, rule in ((pem(), "private-key"), ("x", "no-public-key"), (PUBLIC[:80], "no-public-key")):
        with pytest.raises(FleetError) as error:
            public_key(text, "keys/fleet.pub")
        assert error.value.findings[0].rule == rule
        assert "keys/fleet.pub" in error.value.findings[0].message


def _secrets(text: str) -> list[str]:
    """What of the key must stand nowhere: its number, in the ways that programs print numbers and bytes."""
    number = KEY.private_numbers().private_value
    raw = number.to_bytes(32, "big")
    return [text.splitlines()[1][:40], PASSWORD, str(number), f"{number:x}", raw.hex(), repr(raw)[2:-1]]


@pytest.mark.parametrize("form", FORMS)
def test_a_key_shows_itself_nowhere(form: str, tmp_path: Path) -> None:
    path = written(tmp_path, FORMS[form])
    key = private_key(path, right)
    shown = [repr(key), str(key), f"{key}", repr([key])]
    for text in (FORMS[form][:-40], FORMS[form].replace("P", "Q")):
        finding = refused(written(tmp_path, text))
        shown += [repr(finding), str(FleetError([finding]))]
    for secret in _secrets(FORMS[form].partition("PRIVATE KEY-----")[2]):
        assert not [each for each in shown if secret and secret in each]


def test_a_key_cannot_be_carried_away() -> None:
    key = generate()
    for carry in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="stays where it is"):
            carry(key)


@pytest.mark.parametrize(
    ("content", "password"),
    [(b"", b""), (bytes(100), "ü \0".encode()), (b"x", b"y" * 99)],
    ids=["empty", "zeros", "long"],
)
def test_a_box_gives_back_what_was_put_in(content: bytes, password: bytes) -> None:
    assert unseal(seal(content, password), password) == content
    assert unseal(seal(content, password), password + b" ") is None


@needs_cosign
def test_keys_of_cosigns_making(tmp_path: Path) -> None:
    path = made_pair(tmp_path)
    key = private_key(path, right)
    assert key.public == public_key(path.with_suffix(".pub").read_text())
    assert refused(path, b"wrong").rule == "key-locked"


@needs_cosign
def test_cosign_reads_keys_of_our_making(tmp_path: Path) -> None:
    key = generate()
    path = written(tmp_path, key_file(key, SECRET))
    run = cosign("public-key", "--key", path)
    assert run.returncode == 0, run.stderr
    assert run.stdout == key.public.pem


def test_keys_of_openssls_making(tmp_path: Path) -> None:
    path = tmp_path / "fleet.key"
    words = [
        "genpkey",
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-aes256",
        "-pass",
        "env:P",
    ]
    try:
        subprocess.run(
            ["openssl", *words, "-out", path],
            env={**os.environ, "P": PASSWORD},
            check=True,
            capture_output=True,
        )
    except FileNotFoundError:
        pytest.skip("openssl is not there")
    path.chmod(0o600)
    assert private_key(path, right).sign(b"x")
