"""Signatures of models: OpenSSF's own verifier takes ours, we take its own, and nobody a changed model."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import model_signing
import pytest
from tests.ship.signing.test_keys import FORMS

from edgewright.artifact.bundle import bundle, signed_bytes
from edgewright.errors import FleetError
from edgewright.ship.signing.keys import PrivateKey, generate, private_key
from edgewright.ship.signing.models import sign_model, verify_model
from edgewright.ship.signing.trusted import Trusted, TrustedIdentity, TrustedKey


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder as a model is mounted: files of several depths."""
    folder = tmp_path / "models"
    files = {
        "model.onnx": b"graph",
        "weights.bin": b"\0" * 99,
        "a/b.bin": b"1",
        "a-b.bin": b"2",
        "a/é.bin": b"",
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def digests(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
        for file in folder.rglob("*")
        if file.is_file()
    }


def trust(key: PrivateKey) -> list[Trusted]:
    return [TrustedIdentity("https://ci.example", "me"), TrustedKey("keys/fleet.pub", key.public)]


@pytest.fixture
def signed(model: Path, fleet_key: PrivateKey) -> Path:
    (model / "model.sig").write_bytes(sign_model("defects", digests(model), fleet_key))
    return model


def refused(folder: Path, trusted: list[Trusted]) -> str:
    with pytest.raises(FleetError) as error:
        verify_model(folder, trusted)
    (finding,) = error.value.findings
    assert finding.rule == "model-not-signed"
    return finding.message


def by_openssf(folder: Path, key: PrivateKey, tmp_path: Path) -> None:
    """Have the folder verified by model-signing. Raises ValueError."""
    public = tmp_path / "key.pub"
    public.write_text(key.public.pem)
    config = model_signing.verifying.Config()  # type: ignore[no-untyped-call]
    config.use_elliptic_key_verifier(public_key=public)
    config.verify(folder, folder / "model.sig")


def test_who_has_signed_is_known(signed: Path, fleet_key: PrivateKey, strangers_key: PrivateKey) -> None:
    assert str(verify_model(signed, trust(fleet_key))) == "keys/fleet.pub"
    assert "a key that is not trusted" in refused(signed, trust(strangers_key))
    assert "a key that is not trusted" in refused(signed, [])


def test_the_same_files_and_key_give_the_same_bytes(model: Path, fleet_key: PrivateKey) -> None:
    files = digests(model)
    assert sign_model("x", files, fleet_key) == sign_model("x", dict(reversed(files.items())), fleet_key)


def test_openssfs_verifier_takes_ours(
    signed: Path, fleet_key: PrivateKey, strangers_key: PrivateKey, tmp_path: Path
) -> None:
    by_openssf(signed, fleet_key, tmp_path)
    with pytest.raises(ValueError, match="Key mismatch"):
        by_openssf(signed, strangers_key, tmp_path)
    (signed / "model.onnx").write_bytes(b"Graph")
    with pytest.raises(ValueError, match="Signature mismatch"):
        by_openssf(signed, fleet_key, tmp_path)


def test_we_take_what_openssfs_signer_signs(model: Path, tmp_path: Path) -> None:
    file = tmp_path / "fleet.key"
    file.write_text(FORMS["PKCS#8"])
    file.chmod(0o600)
    key = private_key(file)
    config = model_signing.signing.Config()  # type: ignore[no-untyped-call]
    config.use_elliptic_key_signer(private_key=file)
    config.sign(model, model / "model.sig")
    assert str(verify_model(model, trust(key))) == "keys/fleet.pub"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: (folder / "a" / "b.bin").write_bytes(b"2"), "changed: a/b.bin"),
        (lambda folder: (folder / "more.bin").write_bytes(b""), "not signed: more.bin"),
        (lambda folder: (folder / "weights.bin").unlink(), "missing: weights.bin"),
        (lambda folder: (folder / "a-b.bin").rename(folder / "c.bin"), "missing: a-b.bin"),
        (lambda folder: (folder / "link").symlink_to("model.onnx"), "not signed: link"),
        (lambda folder: (folder / "model.sig").unlink(), "there is no signature"),
        (lambda folder: (folder / "model.sig").write_text("{}"), "no signed statement"),
    ],
)
def test_a_changed_model_is_refused(change: object, said: str, signed: Path, fleet_key: PrivateKey) -> None:
    assert callable(change)
    change(signed)
    assert said in refused(signed, trust(fleet_key))


def test_a_link_in_place_of_a_file_is_none(signed: Path, fleet_key: PrivateKey, tmp_path: Path) -> None:
    (signed / "model.onnx").rename(tmp_path / "elsewhere")
    (signed / "model.onnx").symlink_to(tmp_path / "elsewhere")
    assert "changed: model.onnx" in refused(signed, trust(fleet_key))


def test_a_signature_of_something_else(signed: Path, fleet_key: PrivateKey) -> None:
    content = json.dumps(
        {"_type": "https://in-toto.io/Statement/v1", "predicate": {}, "predicateType": "x", "subject": []}
    ).encode()
    (signed / "model.sig").write_bytes(bundle(content, fleet_key.sign(signed_bytes(content)), ""))
    assert "no signature of a model" in refused(signed, trust(fleet_key))


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(FleetError) as error:
        verify_model(tmp_path / "missing", trust(generate()))
    assert error.value.findings[0].rule == "cannot-read"
