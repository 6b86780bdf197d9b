"""A server that was given keys serves what one of them has signed, and nothing else."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given
from hypothesis import strategies as st
from model_signing import signing
from tests.runtime_images.serving import MODELS, configuration, model_tier, served

from edgewright_runtime.config import read_config
from edgewright_runtime.promise import broken_promises
from edgewright_runtime.signature import SignatureFault, signed_files

KEY = ec.generate_private_key(ec.SECP256R1())
ES256 = ec.ECDSA(hashes.SHA256())
FIELDS = (
    *("_type", "predicateType", "predicate", "resources", "serialization", "method", "algorithm", "digest"),
    *(
        "name",
        "subject",
        "sha256",
        "mediaType",
        "dsseEnvelope",
        "payload",
        "payloadType",
        "signatures",
        "sig",
    ),
)


def public(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def signed_model(folder: Path, key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    """A tier of a model that a key has signed, with a file of weights beside it."""
    models = folder / "models"
    models.mkdir()
    shutil.copyfile(MODELS / "model.int8.onnx", models / "model.onnx")
    (models / "weights").mkdir()
    (models / "weights/w.bin").write_bytes(b"weights")
    sign(models, key)
    return model_tier(models / "model.onnx")


def sign(models: Path, key: ec.EllipticCurvePrivateKey) -> None:
    """As `model_signing sign key` does."""
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    private = models.parent / "private.pem"
    private.write_bytes(pem)
    (models / "model.sig").unlink(missing_ok=True)  # else the new one would be over the old one too
    signer = signing.Config()  # type: ignore[no-untyped-call]
    signer.use_elliptic_key_signer(private_key=private).sign(models, models / "model.sig")
    private.unlink()


def faults(folder: Path, tier: dict[str, Any], *keys: str) -> str:
    tier["model"]["signedBy"] = list(keys)
    file = folder / "server.json"
    file.write_text(json.dumps(configuration(tier)))
    return "; ".join(broken_promises(read_config(file)))


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()])
def test_what_one_of_the_keys_has_signed_is_right(tmp_path: Path, curve: ec.EllipticCurve) -> None:
    key, other = ec.generate_private_key(curve), ec.generate_private_key(ec.SECP256R1())
    tier = signed_model(tmp_path, key)
    assert faults(tmp_path, tier, public(key)) == ""
    assert faults(tmp_path, tier, public(other), public(key)) == ""
    assert faults(tmp_path, tier, "no key", public(ed25519.Ed25519PrivateKey.generate()), public(key)) == ""
    assert "was not made by the key of the fleet" in faults(tmp_path, tier, public(other))
    assert "no public key in PEM" in faults(tmp_path, tier, "no key")


CHANGES: dict[str, Callable[[Path], object]] = {
    "changed: weights/w.bin": lambda models: (models / "weights/w.bin").write_bytes(b"other"),
    "missing: weights/w.bin": lambda models: (models / "weights/w.bin").unlink(),
    "not signed: more.bin": lambda models: (models / "more.bin").write_bytes(b""),
    "more.bin beside it is a link": lambda models: (models / "more.bin").symlink_to("weights/w.bin"),
    "model.sig: No such file or directory": lambda models: (models / "model.sig").unlink(),
    "no signature of a model": lambda models: (models / "model.sig").write_bytes(b"{}"),
    "more than 16,777,216 bytes": lambda models: (models / "model.sig").write_bytes(b" " * (1 << 25)),
}


@pytest.mark.parametrize("said", CHANGES)
def test_what_is_not_as_it_was_signed_is_told(tmp_path: Path, said: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    tier = signed_model(tmp_path, key)
    CHANGES[said](tmp_path / "models")
    assert said in faults(tmp_path, tier, public(key))


def test_a_signature_that_was_altered_anywhere_is_none(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    signed_model(tmp_path, key)
    content = (tmp_path / "models/model.sig").read_bytes()
    assert set(signed_files(content, [public(key)])) == {"model.onnx", "weights/w.bin"}
    values = json.loads(content)
    payload = base64.b64decode(values["dsseEnvelope"]["payload"])
    for at in range(0, len(payload), 7):
        wrong = bytearray(payload)
        wrong[at] ^= 1
        values["dsseEnvelope"]["payload"] = base64.b64encode(wrong).decode()
        with pytest.raises(SignatureFault, match="not made by the key"):
            signed_files(json.dumps(values).encode(), [public(key)])


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("sha256") | st.just("aGk="),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6),
    max_leaves=20,
)


@given(ANYTHING, st.binary(max_size=20))
def test_whatever_lies_there_is_a_signature_or_is_not(value: object, raw: bytes) -> None:
    for content in (raw, json.dumps(value).encode()):
        with pytest.raises(SignatureFault):
            signed_files(content, ["no key"])


@given(ANYTHING)
def test_whatever_was_signed_it_lists_files_or_is_refused(value: object) -> None:
    payload = json.dumps(value).encode()
    signature = KEY.sign(b"DSSEv1 28 application/vnd.in-toto+json %d %s" % (len(payload), payload), ES256)
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": "application/vnd.in-toto+json",
        "signatures": [{"sig": base64.b64encode(signature).decode()}],
    }
    whole = {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "dsseEnvelope": envelope}
    with pytest.raises(SignatureFault, match=r"does not list|something else"):
        signed_files(json.dumps(whole).encode(), [public(KEY)])


def test_without_a_right_signature_it_never_becomes_ready(tmp_path: Path) -> None:
    tier = signed_model(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    other = ec.generate_private_key(ec.SECP256R1())
    tier["model"]["signedBy"] = [public(other)]
    with served(configuration(tier), tmp_path, ready=False) as running:
        said = running.wait_until_it_says("faults")
        assert "was not made by the key of the fleet" in said["faults"][0]
        assert running.get("/v2/models/surface-defects/ready")[0] == 503
    sign(tmp_path / "models", other)
    with served(configuration(tier), tmp_path) as running:
        assert running.get("/v2/models/surface-defects/ready")[0] == 200
