"""Every kind of artifact through somebody else's program into a real registry: skopeo takes each as it is."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.artifact.cards import FILES, WHOLE, image

from edgewright.artifact.bom import bom_artifact
from edgewright.artifact.card import card_values
from edgewright.artifact.layout import Entry, layout_files
from edgewright.artifact.manifests import MANIFESTS, NODE_FILES, POLICIES, folder_artifact
from edgewright.artifact.modelpack import modelpack_artifact
from edgewright.artifact.oci import Artifact

pytestmark = pytest.mark.skipif(
    not shutil.which("skopeo"), reason="skopeo is not installed: apt-get install skopeo"
)

MODEL = image(WHOLE)
TEXTS = {"kiosk/inspect.yaml": b"kind: Deployment\n"}
ARTIFACTS: dict[str, Artifact] = {
    "model": MODEL,
    "modelpack": modelpack_artifact(WHOLE, MODEL),
    "bom": bom_artifact(WHOLE, MODEL),
    "manifests": folder_artifact(MANIFESTS, TEXTS, title="kiosk", version="1.0.0"),
    "node": folder_artifact(NODE_FILES, TEXTS, title="kiosk"),
    "policies": folder_artifact(POLICIES, TEXTS, title="acme"),
}


def skopeo(*arguments: str) -> bytes:
    return subprocess.run(["skopeo", *arguments], check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("layout")
    for path, chunks in layout_files([Entry(each, name) for name, each in ARTIFACTS.items()]).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"".join(chunks()))
    return folder


@pytest.mark.parametrize("name", ARTIFACTS)
def test_skopeo_takes_it_to_a_registry_as_it_is(name: str, layout: Path, registry: str) -> None:
    target = f"docker://{registry}/skopeo/{name}:one"
    skopeo(
        "copy",
        "--insecure-policy",
        "--preserve-digests",
        "--dest-tls-verify=false",
        f"oci:{layout}:{name}",
        target,
    )
    assert skopeo("inspect", "--raw", "--tls-verify=false", target) == ARTIFACTS[name].manifest


def test_skopeo_shows_the_card(layout: Path, registry: str, tmp_path: Path) -> None:
    shown = json.loads(skopeo("inspect", f"oci:{layout}:model"))
    assert shown["Digest"] == MODEL.digest
    assert shown["Labels"]["org.opencontainers.image.version"] == "3.4.0"
    assert json.loads(shown["Labels"]["dev.edgewright.model"]) == card_values(WHOLE)


@pytest.mark.skipif(not shutil.which("tar"), reason="tar is not installed")
@pytest.mark.parametrize("name", ["model", "modelpack", "manifests", "node", "policies"])
def test_tar_unpacks_the_layer(name: str, tmp_path: Path) -> None:
    content = b"".join(ARTIFACTS[name].blobs[1].chunks())
    (tmp_path / "layer").write_bytes(content)
    subprocess.run(["tar", "-xf", "layer"], check=True, cwd=tmp_path)
    files = TEXTS
    if name in ("model", "modelpack"):
        files = {f"models/{inside}": FILES[file.file] for inside, file in WHOLE.files}
    assert {path: (tmp_path / path).read_bytes() for path in files} == files
