"""`edgewright sign`: every form of every model, once it is locked, and not a word of the key anywhere."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import pytest
from tests.cosign import PASSWORD

from edgewright.commands.main import main
from edgewright.ship.signing.keys import private_key
from edgewright.ship.signing.models import verify_model
from edgewright.ship.signing.trusted import TrustedKey

ROOT = Path(__file__).parents[2]
MODELS = "models/surface-defects"
FORMS = ("model.onnx", "model.int8.onnx")
FLEET = """\
apiVersion: edgewright.dev/v1alpha1
fleet: acme
registry: registry.acme.example/edge
deviceClasses:
  kiosk: {board: intel-n100-8gb, software: {k3s: v1.36.2+k3s1, os: debian-13}}
models:
  surface-defects:
    version: 3.4.0
    source: models/surface-defects
    variants: {int8: {precision: int8}}
workloads:
  inspect:
    {model: surface-defects, runtime: cpu, tiers: [onnxruntime-cpu/int8], resources: {cpu: 2, memory: 2Gi}}
"""
Shown = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fleet with two forms of the example's model, and its lock."""
    folder = tmp_path_factory.mktemp("signing")
    (folder / MODELS).mkdir(parents=True)
    for form in FORMS:
        shutil.copy(ROOT / MODELS / form, folder / MODELS / form)
    (folder / "fleet.yaml").write_text(FLEET)
    assert main(["lock", str(folder)]) == 0
    return folder


@pytest.fixture(autouse=True)
def fleet(locked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: the fleet, locked; and a key outside of it."""
    folder = tmp_path / "fleet"
    shutil.copytree(locked, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("EDGEWRIGHT_KEY_PASSWORD", PASSWORD)
    assert main(["key", "../fleet.key"]) == 0
    return folder


def mounted(folder: Path, form: str) -> Path:
    """A form as a device has it mounted."""
    target = folder / "mounted" / form
    target.mkdir(parents=True)
    lying = folder / MODELS / form
    shutil.copy(lying, target / "model.onnx")
    shutil.copy(f"{lying}.sig", target / "model.sig")
    return target


def test_every_form_is_signed_and_locked(fleet: Path, capsys: Shown) -> None:
    before = Path("fleet.lock").read_text()
    capsys.readouterr()
    assert main(["sign", "--key", "../fleet.key"]) == 0
    said = capsys.readouterr()
    assert said.out.count(f": signed, {MODELS}/") == 2
    assert said.out.endswith("run `edgewright lock`: it puts the signatures into the artifacts\n")
    key = private_key(Path("../fleet.key"), PASSWORD.encode)
    for form in FORMS:
        assert str(verify_model(mounted(fleet, form), [TrustedKey("fleet", key.public)])) == "fleet"
    assert main(["lock"]) == 0
    assert Path("fleet.lock").read_text().count("model.onnx.sig") == 1
    assert Path("fleet.lock").read_text() != before
    capsys.readouterr()
    assert main(["sign", "--key", "../fleet.key"]) == 0
    assert capsys.readouterr().out.count(": signed before, ") == 2
    assert main(["lock", "--check"]) == 0
    hidden(fleet, said.out + said.err)


def hidden(fleet: Path, said: str) -> None:
    """What a key is stands in nothing that was written or said."""
    key = private_key(fleet.parent / "fleet.key", PASSWORD.encode)
    number = key._key.private_numbers().private_value.to_bytes(32, "big")
    texts = [PASSWORD, number.hex(), base64.b64encode(number).decode()[:-2]]
    texts += (fleet.parent / "fleet.key").read_text().splitlines()[1:-1]
    written = said.encode() + b"".join(each.read_bytes() for each in fleet.rglob("*") if each.is_file())
    assert not [text for text in texts if text.encode() in written]
    assert number not in written


def test_a_model_that_is_not_locked(capsys: Shown) -> None:
    Path("fleet.lock").unlink()
    assert main(["sign", "--key", "../fleet.key"]) == 1
    said = capsys.readouterr().err
    assert "error[not-locked]" in said
    assert "nothing was signed" in said


def test_a_model_that_has_changed_since(capsys: Shown) -> None:
    with Path(f"{MODELS}/model.int8.onnx").open("ab") as file:
        file.write(b"\0")
    capsys.readouterr()
    assert main(["sign", "--key", "../fleet.key"]) == 1
    said = capsys.readouterr()
    assert said.out.count(": signed, ") == 1
    assert "error[lock-mismatch]" in said.err
    assert not Path(f"{MODELS}/model.int8.onnx.sig").exists()


def test_one_model_of_several_and_one_that_is_none(capsys: Shown) -> None:
    assert main(["sign", "--key", "../fleet.key", "--model", "surface-defects"]) == 0
    capsys.readouterr()
    assert main(["sign", "--key", "../fleet.key", "--model", "other"]) == 2
    assert "no model is called `other`; there are surface-defects" in capsys.readouterr().err


@pytest.mark.parametrize(("mode", "rule"), [(0o644, "key-exposed"), (0o600, "key-locked")])
def test_a_key_that_does_not_do(mode: int, rule: str, capsys: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("../fleet.key").chmod(mode)
    monkeypatch.setenv("EDGEWRIGHT_KEY_PASSWORD", "wrong one")
    capsys.readouterr()
    assert main(["sign", "--key", "../fleet.key"]) == 1
    said = capsys.readouterr().err
    assert f"error[{rule}]" in said
    assert "wrong one" not in said
    assert list(Path(MODELS).glob("*.sig")) == []


def test_a_broken_fleet(capsys: Shown) -> None:
    Path("fleet.yaml").write_text("apiVersion: [")
    assert main(["sign", "--key", "../fleet.key"]) == 1
    assert "nothing was signed" in capsys.readouterr().err


SIGNED = """\
security:
  signatures: [{images: [registry.acme.example/edge/**], anyOf: [{key: fleet.pub}, {key: next.pub}]}]
"""


def test_who_has_signed_is_checked(capsys: Shown) -> None:
    Path("fleet.yaml").write_text(FLEET + SIGNED)
    assert main(["key", "../next.key"]) == 0
    for name in ("fleet.pub", "next.pub"):
        shutil.copy(f"../{name}", name)
    assert main(["sign", "--check"]) == 1
    assert capsys.readouterr().err.count("error[model-not-signed]") == 2
    assert main(["sign", "--key", "../next.key"]) == 0
    capsys.readouterr()
    assert main(["sign", "--check"]) == 0
    assert capsys.readouterr().out.count(": signed by next.pub, ") == 2
    Path("fleet.yaml").write_text(FLEET + SIGNED.replace(", {key: next.pub}", ""))
    assert main(["sign", "--check"]) == 1
    assert "a key that is not trusted" in capsys.readouterr().err
    Path("fleet.yaml").write_text(FLEET)
    assert main(["sign", "--check"]) == 1


def test_a_key_or_a_check(capsys: Shown) -> None:
    for words in (["sign"], ["sign", "--check", "--key", "../fleet.key"]):
        assert main(words) == 2
        assert "--key FILE; or --check" in capsys.readouterr().err
