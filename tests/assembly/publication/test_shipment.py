"""What a fleet ships: which artifacts, where, in which order, and what keeps them from being published."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from tests.shipped import write_image
from tests.small import ROOT, found, only

from edgewright.assembly import Assembled, assemble
from edgewright.assembly.publication import (
    IMAGES,
    KINDS,
    Publication,
    Shipment,
    kept_tag,
    shipment,
    version_tag,
)
from edgewright.assembly.publication.images import image_in

DAY = date(2026, 11, 1)


@cache
def example() -> Assembled:
    """The example fleet, which has a class with an admission gate."""
    return assemble(ROOT / "fleet.yaml", today=DAY, unlocked=True)


@pytest.fixture
def folder(shipped_template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped_template, tmp_path / "fleet"))


def assembled_in(folder: Path) -> Assembled:
    return assemble(folder / "fleet.yaml", today=DAY)


def shipped_in(folder: Path) -> Shipment:
    return shipment(assembled_in(folder), folder, folder / IMAGES)


def titles(found: Shipment) -> list[str]:
    return [each.title for each in found.publications]


def edited(folder: Path, old: str, new: str) -> None:
    text = (folder / "fleet.yaml").read_text()
    assert old in text
    (folder / "fleet.yaml").write_text(text.replace(old, new))


def test_a_pipe_in_a_layout_keeps_nobody_waiting(folder: Path) -> None:
    path = next((folder / IMAGES / "server" / "blobs" / "sha256").iterdir())
    for each in path.parent.iterdir():
        each.unlink()
        os.mkfifo(each)
    (finding,) = found(shipped_in(folder).findings, "layout-damaged")
    assert "cannot be read: it is no file" in finding.message


def test_what_is_named_comes_before_what_names_it(folder: Path) -> None:
    assert titles(shipped_in(folder)) == [
        "defects 1.2.0 int8 amd64",
        "defects 1.2.0 int8 arm64",
        "server",
        "kiosk node files",
        "gate node files",
        "kiosk manifests",
        "gate manifests",
    ]


def test_each_has_its_repository_and_a_tag_that_keeps_it(folder: Path) -> None:
    found = shipped_in(folder).publications
    prefix = "127.0.0.1:1/edge"
    assert {each.repository.removeprefix(prefix) for each in found} == {
        "/models/defects", "/server", "/node/kiosk", "/node/gate", "/manifests/kiosk", "/manifests/gate",
    }  # fmt: skip
    assert [each.tags for each in found[:3]] == [
        ("1.2.0-int8-amd64",),
        ("1.2.0-int8-arm64",),
        (kept_tag(found[2].digest),),
    ]
    assert all(len(each.tags) == 1 for each in found)


def test_what_manifests_name_is_shipped(folder: Path) -> None:
    found = shipped_in(folder).publications
    text = "".join(
        content.decode() for each in found if each.kind == "manifests" for content in files(each).values()
    )
    for each in found:
        assert (each.reference in text) == (each.kind in ("model", "image"))


def files(publication: Publication) -> dict[str, bytes]:
    """The files of a folder that was packed."""
    assert publication.artifact is not None
    _, layer = publication.artifact.blobs
    with tarfile.open(fileobj=io.BytesIO(b"".join(layer.chunks())), mode="r:gz") as archive:
        opened = {each.name: archive.extractfile(each) for each in archive if each.isfile()}
        return {name: stream.read() for name, stream in opened.items() if stream}


def test_manifests_are_what_flux_applies_and_nothing_else() -> None:
    by_title = {each.title: each for each in shipment(example()).publications}
    manifests, policies = files(by_title["gateway manifests"]), files(by_title["gateway policies"])
    assert {name.partition("/")[0] for name in manifests} == {"delivery", "manifests", "policies"}
    assert policies
    assert {f"policies/{name}" for name in policies} < manifests.keys()
    assert "line-camera policies" not in by_title
    assert files(by_title["kiosk node files"]).keys() >= {"etc/rancher/k3s/config.yaml"}


def test_a_class_needs_its_own_things(folder: Path) -> None:
    assert titles(shipped_in(folder).of("gate")) == [
        "defects 1.2.0 int8 arm64", "server", "gate node files", "gate manifests",
    ]  # fmt: skip


def test_the_same_from_everywhere(folder: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(folder, tmp_path / "elsewhere" / "deep"))
    ours, theirs = shipped_in(folder).publications, shipped_in(other).publications
    assert [(each.reference, each.sizes) for each in ours] == [
        (each.reference, each.sizes) for each in theirs
    ]


def test_without_a_folder_digests_are_known_and_bytes_are_not(folder: Path) -> None:
    bare = shipment(assembled_in(folder)).publications
    whole = shipped_in(folder).publications
    assert [each.reference for each in bare] == [each.reference for each in whole]
    assert [each.artifact is None for each in bare[:3]] == [True] * 3
    assert not any(each.referrers for each in bare)


def test_models_that_lie_elsewhere_are_left_to_the_registry(folder: Path) -> None:
    (folder / "models" / "model.int8.onnx").unlink()
    assert [each.artifact is None for each in shipped_in(folder).publications[:3]] == [True, True, False]


def test_a_model_is_described_by_two_referrers(folder: Path) -> None:
    model = shipped_in(folder).publications[0]
    assert [each.title.partition(": ")[2] for each in model.referrers] == ["ModelPack", "bill of materials"]
    assert {each.repository for each in model.referrers} == {model.repository}
    assert model.sizes.keys() > model.referrers[0].sizes.keys() - {model.referrers[0].digest}


def test_a_fleet_with_errors_ships_nothing(folder: Path) -> None:
    edited(folder, "memory: 1Gi", "memory: 100Gi")
    assert shipped_in(folder) == Shipment(())


def test_kinds_have_an_order() -> None:
    kinds = [each.kind for each in shipment(example()).publications]
    assert kinds == sorted(kinds, key=KINDS.index)
    assert {"policies", "node", "manifests", "model"} <= set(kinds)


# --- What is wrong


def test_what_has_no_digest_is_told() -> None:
    names = {each.message.split("`")[1] for each in found(shipment(example()).findings, "not-locked")}
    assert names == {"runtime-cpu", "runtime-tensorrt-cuda13", "runtime-tensorrt-jetpack6"}


def test_a_registry_that_the_fleet_does_not_allow(folder: Path) -> None:
    assembled = assembled_in(folder)
    assert assembled.plan is not None
    fleet = assembled.plan.fleet
    security = fleet.security.model_copy(update={"registries": ("127.0.0.1:1/edge/models/**",)})
    plan = replace(assembled.plan, fleet=fleet.model_copy(update={"security": security}))
    found = only(shipment(replace(assembled, plan=plan)).findings, "registry-not-allowed")
    assert found.level == "error"
    assert "`127.0.0.1:1/edge/server` and 4 more" in found.message


def test_what_no_rule_covers_is_a_warning(folder: Path) -> None:
    edited(folder, "images: [127.0.0.1:1/edge/**]", "images: [127.0.0.1:1/edge/manifests/**]")
    found = shipped_in(folder)
    assert only(found.findings, "published-unsigned").level == "warning"
    assert [each.signed for each in found.publications] == [False] * 5 + [True] * 2


def test_files_that_are_not_those_that_were_locked(folder: Path) -> None:
    assembled = assembled_in(folder)
    shutil.copy(folder / "models" / "model.onnx", folder / "models" / "model.int8.onnx")
    found = shipment(assembled, folder, folder / IMAGES).findings
    assert only(found, "model-changed").path == ("models", "defects", "variants", "int8")


def test_a_lock_that_pins_something_else(folder: Path) -> None:
    """By hand, or by another version that packed in another way."""
    text = (folder / "fleet.lock").read_text()
    first = shipped_in(folder).publications[0]
    (folder / "fleet.lock").write_text(text.replace(first.digest, f"sha256:{'1' * 64}"))
    assert "would be published as" in only(shipped_in(folder).findings, "lock-mismatch").message


def test_a_layout_that_is_damaged(folder: Path) -> None:
    (folder / IMAGES / "server" / "index.json").write_text("{")
    assert only(shipped_in(folder).findings, "layout-damaged").level == "error"


def test_an_image_is_taken_by_its_digest_alone(tmp_path: Path) -> None:
    made = write_image(tmp_path / "server", b"x")
    found = image_in(tmp_path / "server", made.digest)
    assert found is not None
    assert found.digest == made.digest
    assert image_in(tmp_path / "server", f"sha256:{'0' * 64}") is None
    assert image_in(tmp_path / "nothing", made.digest) is None


# --- Tags


@pytest.mark.parametrize(
    ("version", "tag"),
    [("3.4.0", "3.4.0-int8-amd64"), ("1.0.0-rc.1+build.5", "1.0.0-rc.1_build.5-int8-amd64")],
)
def test_a_version_is_a_tag(version: str, tag: str) -> None:
    assert version_tag(version, "int8", "amd64") == tag


def test_the_tag_that_keeps_something_is_no_rings_name() -> None:
    assert kept_tag(f"sha256:{'ab' * 32}") == "kept.abababababababab"
