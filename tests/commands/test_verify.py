"""`edgewright verify` against a real registry: clean after publishing, and whatever is wrong has its place."""

from __future__ import annotations

import json
import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from tests.cosign import needs_cosign, signed
from tests.real import running_registry
from tests.shipped import PASSWORD, Shipped, shipped_from

from edgewright.artifact.bom import MEDIA_TYPE as BILL
from edgewright.artifact.oci import EMPTY_TYPE, Artifact, blob_of, described, image_manifest
from edgewright.artifact.signature import signature_tag
from edgewright.commands.main import main
from edgewright.ship.registry import Access, Client, Repository


@pytest.fixture
def clean(shipped: Shipped, capsys: pytest.CaptureFixture[str]) -> Shipped:
    """A fleet that was published, and whose first ring runs it."""
    assert main(["promote", "careful", "canary", shipped.fleet]) == 0
    assert shipped.publish() == 0
    capsys.readouterr()
    return shipped


def verified(shipped: Shipped, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, Any]]:
    """The exit code and what JSON says."""
    code = main(["verify", shipped.fleet, "--format", "json", *more])
    values: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, values


def artifact(values: dict[str, Any], title: str) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = [each for each in values["artifacts"] if each["title"] == title]
    return found


def test_what_was_published_is_clean(clean: Shipped, capsys: pytest.CaptureFixture[str]) -> None:
    code, values = verified(clean, capsys, "--deep")
    assert (code, values["findings"]) == (0, [])
    assert all(each["there"] for each in values["artifacts"])
    assert {tuple(each["signedBy"]) for each in values["artifacts"]} == {("keys/fleet.pub",)}
    assert artifact(values, "kiosk manifests")["rings"] == ["canary"]
    assert values["notShipped"] == ["defects 1.2.0 source amd64", "defects 1.2.0 source arm64"]


def test_it_needs_no_files_and_no_key(clean: Shipped, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("models", "build", "private"):
        shutil.rmtree(clean.folder / name)
    assert verified(clean, capsys)[0] == 0


def test_the_table(clean: Shipped, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", clean.fleet]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].split("  ")[0] == "WHAT"
    assert shown[-1] == (
        "artifacts: 7, none of them with something wrong; tags of rings: 2, none of them with something wrong"
    )
    (line,) = [each for each in shown if each.startswith("gate manifests")]
    assert line.endswith("yes              keys/fleet.pub  canary")


def test_nothing_was_published(shipped: Shipped, capsys: pytest.CaptureFixture[str]) -> None:
    code, values = verified(shipped, capsys)
    assert code == 1
    assert {each["rule"] for each in values["findings"]} == {"artifact-missing"}
    assert len(values["findings"]) == 7
    (image,) = [each for each in values["findings"] if each["message"].startswith("server ")]
    assert (image["file"], image["line"], image["path"]) == (shipped.fleet, 13, "runtimes.cpu.images.amd64")


# --- Signatures


def repository_of(shipped: Shipped, client: Client, name: str) -> Repository:
    return client.repository(f"{shipped.registry}/{shipped.prefix}/{name}")


def test_by_another_key(clean: Shipped, capsys: pytest.CaptureFixture[str]) -> None:
    """The fleet trusts other keys now than those that have signed."""
    clean.edit("anyOf: [{key: keys/fleet.pub}, {key: keys/next.pub}]", "anyOf: [{key: keys/next.pub}]")
    code, values = verified(clean, capsys)
    assert code == 1
    assert "signature-refused" in {each["rule"] for each in values["findings"]}
    assert all(not each["signedBy"] for each in values["artifacts"])


def test_unsigned(clean: Shipped, capsys: pytest.CaptureFixture[str]) -> None:
    with Client(Access()) as client:
        repository = repository_of(clean, client, "server")
        (tag,) = [each for each in repository.tags() if each.endswith(".sig")]
        other = repository.resolve(next(each for each in repository.tags() if each != tag))
        assert other is not None
        assert tag == signature_tag(other.digest)
        repository.tag(other.digest, tag)  # what lies there now is no signature
    code, values = verified(clean, capsys)
    assert code == 1
    (finding,) = values["findings"]
    assert finding["path"] == "runtimes.cpu.images.amd64"
    assert artifact(values, "server")["signedBy"] == []


def test_of_two_descriptions_both_are_looked_at(clean: Shipped, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody has attached a bill of materials of their own, which the one that is signed must not hide."""
    title = "defects 1.2.0 int8 amd64"
    with Client(Access()) as client:
        repository = repository_of(clean, client, "models/defects")
        model = repository.manifest(artifact(verified(clean, capsys)[1], title)["digest"])
        assert model is not None
        config = blob_of(b"{}")
        manifest = image_manifest(
            described(EMPTY_TYPE, config), [], artifact_type=BILL, subject=model.descriptor
        )
        repository.push_referrer(Artifact(manifest, blobs=(config,)))
    code, values = verified(clean, capsys)
    assert code == 1
    assert [each["rule"] for each in values["findings"]] == ["not-signed"]
    bills = [each for each in artifact(values, title)["referrers"] if each["title"].endswith("materials")]
    assert sorted(each["signedBy"] for each in bills) == [[], ["keys/fleet.pub"]]


@needs_cosign
def test_what_cosign_has_signed_counts(
    shipped: Shipped, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests import cosign

    monkeypatch.setattr(cosign, "PASSWORD", PASSWORD)
    assert shipped.publish() == 0
    capsys.readouterr()
    _, before = verified(shipped, capsys)
    for each in before["artifacts"]:
        for one in (each, *each.get("referrers", ())):
            signed(f"{one['repository']}@{one['digest']}", Path(shipped.key("next")))
    code, after = verified(shipped, capsys)
    assert (code, after["findings"]) == (0, [])
    assert {tuple(each["signedBy"]) for each in after["artifacts"]} == {("keys/fleet.pub", "keys/next.pub")}


# --- Storage that somebody has touched


@pytest.fixture
def storage(
    shipped_template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Any:
    """A published fleet whose registry is its own, and the folder where that keeps its blobs."""
    monkeypatch.setenv("EDGEWRIGHT_KEY_PASSWORD", PASSWORD)
    with running_registry(tmp_path / "registry") as address:
        fleet = shipped_from(shipped_template, tmp_path / "fleet", address, "edge")
        assert fleet.publish() == 0
        capsys.readouterr()
        yield fleet, tmp_path / "registry" / "storage" / "docker" / "registry" / "v2" / "blobs" / "sha256"


def largest(folder: Path) -> Path:
    """The file of the model's layer."""
    return max((path for path in folder.rglob("data")), key=lambda path: path.stat().st_size)


def test_changed_bytes_are_found_by_reading_them(
    storage: tuple[Shipped, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    fleet, blobs = storage
    data = largest(blobs)
    content = bytearray(data.read_bytes())
    content[1000] ^= 1
    data.write_bytes(content)
    assert verified(fleet, capsys)[0] == 0  # the size is the same
    code, values = verified(fleet, capsys, "--deep")
    assert code == 1
    assert {each["rule"] for each in values["findings"]} == {"registry-lies"}
    assert {each["path"] for each in values["findings"]} == {"models.defects.variants.int8"}
    assert data.parent.name in values["findings"][0]["message"]
    assert not artifact(values, "defects 1.2.0 int8 amd64")["there"]


def test_a_changed_manifest_is_found_and_the_rest_is_looked_at(
    storage: tuple[Shipped, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    fleet, blobs = storage
    digest = artifact(verified(fleet, capsys)[1], "kiosk manifests")["digest"].removeprefix("sha256:")
    data = blobs / digest[:2] / digest / "data"
    data.write_bytes(data.read_bytes().replace(b"kiosk", b"kiosq"))
    code, values = verified(fleet, capsys)
    assert code == 1
    assert {each["path"] for each in values["findings"]} == {"deviceClasses.kiosk"}
    assert [each["title"] for each in values["artifacts"] if not each["there"]] == ["kiosk manifests"]


def test_a_blob_of_another_size_is_found_at_once(
    storage: tuple[Shipped, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    fleet, blobs = storage
    data = largest(blobs)
    data.write_bytes(data.read_bytes()[:-1])
    assert verified(fleet, capsys)[0] == 1


def test_a_blob_that_is_gone_is_found_and_comes_back(
    storage: tuple[Shipped, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    fleet, blobs = storage
    data = largest(blobs)
    shutil.rmtree(data.parent)
    code, values = verified(fleet, capsys)
    assert code == 1
    assert {each["rule"] for each in values["findings"]} == {"artifact-missing"}
    assert data.parent.name in values["findings"][0]["message"]
    assert values["findings"][0]["line"] == 11
    assert fleet.publish() == 0
    capsys.readouterr()
    assert verified(fleet, capsys, "--deep")[0] == 0


# --- Rings


def test_an_old_artifact_under_a_rings_tag(clean: Shipped, capsys: pytest.CaptureFixture[str]) -> None:
    with Client(Access()) as client:
        repository = repository_of(clean, client, "manifests/kiosk")
        old = repository.resolve("canary")
        assert old is not None
        clean.edit("memory: 1Gi, ephemeral", "memory: 900Mi, ephemeral")
        assert main(["promote", "careful", "canary", clean.fleet]) == 0
        assert clean.publish() == 0
        capsys.readouterr()
        assert verified(clean, capsys)[0] == 0
        repository.tag(old.digest, "canary")
    code, values = verified(clean, capsys)
    assert code == 1
    (finding,) = values["findings"]
    assert finding["rule"] == "ring-differs"
    assert "which is older" in finding["message"]
    assert finding["file"].endswith("rings.yaml")
    assert artifact(values, "kiosk manifests, release 1")["rings"] == ["canary"]
    assert main(["verify", clean.fleet]) == 1
    assert capsys.readouterr().out.splitlines()[-1].endswith("rings: 2, 1 of them with something wrong")


def test_a_release_that_a_rollback_needs_is_asked_for(
    clean: Shipped, capsys: pytest.CaptureFixture[str]
) -> None:
    rings = clean.folder / "stacks" / "rings.yaml"
    text = rings.read_text()
    digest = next(line for line in text.splitlines() if "digest: sha256:" in line).rpartition(":")[2]
    rings.write_text(text.replace(digest, "0" * 64))
    code, values = verified(clean, capsys)
    assert code == 1
    assert {each["rule"] for each in values["findings"]} == {"artifact-missing", "ring-differs"}
    assert {Path(each["file"]).name for each in values["findings"]} == {"rings.yaml"}


def test_a_registry_that_is_not_there(
    shipped: Shipped, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = tuple(
        0 if each.name == "retries" else getattr(Access(), each.name) for each in fields(Access)
    )
    monkeypatch.setattr(Access.__init__, "__defaults__", impatient)
    Path(shipped.fleet).write_text(Path(shipped.fleet).read_text().replace(shipped.registry, "127.0.0.1:9"))
    assert main(["verify", shipped.fleet]) == 1
    assert "registry-unreachable" in capsys.readouterr().err
    assert shipped.publish() == 1
    assert "registry-unreachable" in capsys.readouterr().err


def test_the_manifests_of_another_class_are_asked_for_where_the_ring_has_them(
    clean: Shipped, capsys: pytest.CaptureFixture[str]
) -> None:
    _, values = verified(clean, capsys)
    kiosk, gate = (artifact(values, f"{name} manifests")["digest"] for name in ("kiosk", "gate"))
    rings = clean.folder / "stacks" / "rings.yaml"
    rings.write_text(rings.read_text().replace(gate, kiosk))
    code, values = verified(clean, capsys)
    assert code == 1
    assert not artifact(values, "gate manifests, release 1")["there"]
