"""Folders as artifacts: what Flux and everybody's tar read in them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.artifact.manifests import MANIFESTS, NODE_FILES, POLICIES, Kind, folder_artifact
from edgewright.artifact.oci import Artifact
from edgewright.errors import FleetError

FILES = {"kiosk/inspect.yaml": b"kind: Deployment\n", "kiosk/kustomization.yaml": b"resources: []\n"}
NAMES = st.from_regex(r"[a-z]{1,5}(/[a-z]{6,9})?\.yaml", fullmatch=True)


def made(files: dict[str, bytes] = FILES, kind: Kind = MANIFESTS, **said: Any) -> Artifact:
    return folder_artifact(kind, files, **({"title": "kiosk"} | said))


def unpacked(artifact: Artifact) -> bytes:
    return gzip.decompress(b"".join(artifact.blobs[1].chunks()))


def test_the_digests_are_these() -> None:
    """Devices have them in their rings: a release that changes one rolls out to every device."""
    assert (
        made(version="1.0.0").digest
        == "sha256:574eeb43ecdc5def388aae23cd265d4f2bc100deddbc292f688f4e124096c05a"
    )
    assert (
        made(kind=NODE_FILES).digest
        == "sha256:2d1a2073f6c313512de4da1f116abec8e8320b4eee2cd3f06e235607c3445742"
    )
    assert (
        made(kind=POLICIES).digest
        == "sha256:402ea3cb7a022be48344220a72a447537c7623b48cf2cf9f243a4048761ea59b"
    )


@given(st.dictionaries(NAMES, st.binary(max_size=300), min_size=1, max_size=5), st.data())
def test_the_files_come_back_whatever_their_order(files: dict[str, bytes], data: st.DataObject) -> None:
    artifact = made(files)
    with tarfile.open(fileobj=io.BytesIO(unpacked(artifact)), mode="r:") as opened:
        members = opened.getmembers()
        found = {each.name: extracted.read() for each in members if (extracted := opened.extractfile(each))}
    assert found == files
    assert {(each.mode, each.mtime, each.uid) for each in members if each.isfile()} == {(0o644, 0, 0)}
    again = dict(data.draw(st.permutations(list(files.items()))))
    assert made(again).digest == artifact.digest


def test_fluxs_layout() -> None:
    manifest = json.loads(made(version="1.0.0").manifest)
    assert manifest["config"]["mediaType"] == "application/vnd.cncf.flux.config.v1+json"
    assert [each["mediaType"] for each in manifest["layers"]] == [
        "application/vnd.cncf.flux.content.v1.tar+gzip"
    ]
    assert "artifactType" not in manifest
    config = json.loads(b"".join(made().blobs[0].chunks()))
    digest = hashlib.sha256(unpacked(made())).hexdigest()
    assert config["rootfs"] == {"type": "layers", "diff_ids": [f"sha256:{digest}"]}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (NODE_FILES, "application/vnd.edgewright.node.v1"),
        (POLICIES, "application/vnd.edgewright.policies.v1"),
    ],
)
def test_types_of_our_own(kind: Kind, name: str) -> None:
    manifest = json.loads(made(kind=kind).manifest)
    assert manifest["artifactType"] == name
    assert manifest["config"]["mediaType"] == "application/vnd.oci.empty.v1+json"
    assert manifest["config"]["digest"] == f"sha256:{hashlib.sha256(b'{}').hexdigest()}"


def test_what_is_known_is_said_and_nothing_else() -> None:
    assert json.loads(made().manifest)["annotations"] == {"org.opencontainers.image.title": "kiosk"}
    said = {"version": "1.0.0", "source": "https://git.example/fleet", "revision": "main@sha1:0a"}
    artifact = made(version=said["version"], source=said["source"], revision=said["revision"])
    assert json.loads(artifact.manifest)["annotations"] == {
        "org.opencontainers.image.title": "kiosk",
        **{f"org.opencontainers.image.{name}": text for name, text in said.items()},
    }


def test_every_name_that_cannot_be_packed_is_told() -> None:
    with pytest.raises(FleetError) as raised:
        made({"../up.yaml": b"", ".wh.x": b"", "a": b"", "a/b": b""}, field=("security", "policies", 0))
    assert [(each.rule, each.path) for each in raised.value.findings] == [
        ("artifact-file-name", ("security", "policies", 0))
    ] * 3
    assert raised.value.findings[0].message == (
        "the file `../up.yaml` cannot be packed: it does not lie below its folder"
    )
