"""Layouts of one architecture each, put into one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from edgewright.artifact.oci import (
    CONFIG_TYPE,
    INDEX_TYPE,
    MANIFEST_TYPE,
    blob_of,
    canonical_json,
    described,
    sha256,
)
from edgewright.catalogue import Architecture
from edgewright.workshop.building.layout import join

LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+zstd"


def write(layout: Path, architecture: Architecture) -> Path:
    """What a builder writes: an image with a layer that both architectures have, and one of its own."""
    config = blob_of(canonical_json({"architecture": architecture, "os": "linux"}))
    layers = [blob_of(b"shared"), blob_of(b"of " + architecture.encode())]
    manifest = canonical_json(
        {
            "config": described(CONFIG_TYPE, config).values,
            "layers": [described(LAYER_TYPE, each).values for each in layers],
            "mediaType": MANIFEST_TYPE,
            "schemaVersion": 2,
        }
    )
    folder = layout / "blobs/sha256"
    folder.mkdir(parents=True)
    for content in (manifest, *(b"".join(each.chunks()) for each in (config, *layers))):
        (folder / sha256(content).removeprefix("sha256:")).write_bytes(content)
    named = {"digest": sha256(manifest), "mediaType": MANIFEST_TYPE, "size": len(manifest)}
    annotated = named | {"annotations": {"org.opencontainers.image.ref.name": "a-builder's-own"}}
    (layout / "index.json").write_bytes(canonical_json({"manifests": [annotated], "schemaVersion": 2}))
    return layout


def read(layout: Path, digest: str) -> dict[str, Any]:
    content = (layout / "blobs" / digest.replace(":", "/")).read_bytes()
    assert sha256(content) == digest
    found: dict[str, Any] = json.loads(content)
    return found


def test_one_image_stays_itself(tmp_path: Path) -> None:
    built = join({"amd64": write(tmp_path / "a", "amd64")}, tmp_path / "out")
    [named] = json.loads((tmp_path / "out/index.json").read_bytes())["manifests"]
    assert named["digest"] == built.digest
    assert named["platform"] == {"architecture": "amd64", "os": "linux"}
    assert "annotations" not in named
    manifest = read(tmp_path / "out", built.digest)
    assert built.sizes == {"amd64": sum(each["size"] for each in (manifest["config"], *manifest["layers"]))}


def test_two_images_get_an_index(tmp_path: Path) -> None:
    layouts: dict[Architecture, Path] = {
        "arm64": write(tmp_path / "b", "arm64"),
        "amd64": write(tmp_path / "a", "amd64"),
    }
    built = join(layouts, tmp_path / "out")
    [named] = json.loads((tmp_path / "out/index.json").read_bytes())["manifests"]
    assert (named["digest"], named["mediaType"]) == (built.digest, INDEX_TYPE)
    index = read(tmp_path / "out", built.digest)
    assert [each["platform"]["architecture"] for each in index["manifests"]] == ["amd64", "arm64"]
    for each in index["manifests"]:
        for blob in read(tmp_path / "out", each["digest"])["layers"]:
            assert (tmp_path / "out/blobs" / blob["digest"].replace(":", "/")).stat().st_size == blob["size"]
