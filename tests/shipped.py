"""A small fleet with keys, a model and an image of its own, whose registry is a real one on this machine."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.small import ROOT

from edgewright.artifact.layout import Entry, layout_files
from edgewright.artifact.oci import (
    CONFIG_TYPE,
    INDEX_TYPE,
    Artifact,
    blob_of,
    canonical_json,
    described,
    image_manifest,
)
from edgewright.commands.main import main
from edgewright.ship.registry import Access, Client
from edgewright.ship.signing.keys import generate, key_file

PASSWORD = "of the test"
FLEET = """\
apiVersion: edgewright.dev/v1alpha1
fleet: shipped
registry: {registry}/{prefix}
deviceClasses:
  kiosk: {{board: intel-n100-8gb, software: {{k3s: v1.36.2+k3s1}}}}
  gate: {{board: raspberry-pi-5-8gb, software: {{k3s: v1.36.2+k3s1}}}}
models:
  defects:
    version: 1.2.0
    source: models/model.onnx
    variants: {{int8: {{precision: int8}}}}
runtimes:
  cpu: {{backends: [onnxruntime-cpu], images: {{amd64: server, arm64: server}}}}
workloads:
  inspect:
    model: defects
    runtime: cpu
    rollout: careful
    tiers: [onnxruntime-cpu/int8]
    resources: {{cpu: 1, memory: 1Gi, ephemeralStorage: 1Gi}}
rollouts:
  careful:
    stages:
      - {{ring: canary, upTo: 10%, soak: 1h}}
      - {{ring: everyone, upTo: 100%}}
security:
  registries: [{registry}/{prefix}/**]
  signatures:
    - images: [{registry}/{prefix}/**]
      anyOf: [{{key: keys/fleet.pub}}, {{key: keys/next.pub}}]
"""


@dataclass(frozen=True)
class Shipped:
    """A folder with such a fleet, and where it is published."""

    folder: Path
    registry: str
    prefix: str

    @property
    def fleet(self) -> str:
        """The path of its fleet.yaml, as a command takes it."""
        return str(self.folder / "fleet.yaml")

    def key(self, name: str = "fleet") -> str:
        """The path of a private key."""
        return str(self.folder / "private" / f"{name}.key")

    def publish(self, *more: str, key: str = "fleet") -> int:
        """`edgewright publish` with a key; its exit code."""
        return main(["publish", self.fleet, "--key", self.key(key), *more])

    def edit(self, old: str, new: str) -> None:
        """Change the text of fleet.yaml."""
        path = Path(self.fleet)
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


def template(folder: Path) -> Path:
    """A folder with keys, a model, an image and what pins them, for any number of fleets."""
    for name in ("keys", "private", "models", "stacks"):
        (folder / name).mkdir(parents=True)
    for name in ("fleet", "next", "other"):
        write_key(folder, name)
    source = ROOT / "models" / "surface-defects"
    for name in ("model.onnx", "model.int8.onnx"):
        shutil.copy(source / name, folder / "models" / name)
    write_image(folder / "build" / "images" / "server", b"the server")
    (folder / "fleet.yaml").write_text(FLEET.format(registry="127.0.0.1:1", prefix="edge"))
    assert main(["lock", str(folder / "fleet.yaml"), "--offline"]) == 0
    return folder


def shipped_from(template: Path, folder: Path, registry: str, prefix: str) -> Shipped:
    """A fleet of its own, published below a prefix of the registry."""
    shutil.copytree(template, folder)
    (folder / "fleet.yaml").write_text(FLEET.format(registry=registry, prefix=prefix))
    return Shipped(folder, registry, prefix)


def write_key(folder: Path, name: str) -> None:
    """A new pair of keys: the public one among the fleet's, the private one beside."""
    key = generate()
    private = folder / "private" / f"{name}.key"
    private.write_text(key_file(key, PASSWORD.encode()))
    private.chmod(0o600)
    (folder / "keys" / f"{name}.pub").write_text(key.public.pem)


def write_image(folder: Path, content: bytes) -> Artifact:
    """The layout of an image for two architectures, whose only file says `content`."""
    children = [_image(architecture, content) for architecture in ("amd64", "arm64")]
    named = [
        each.descriptor.values | {"platform": {"architecture": architecture, "os": "linux"}}
        for architecture, each in zip(("amd64", "arm64"), children, strict=True)
    ]
    index = canonical_json({"manifests": named, "mediaType": INDEX_TYPE, "schemaVersion": 2})
    artifact = Artifact(index, INDEX_TYPE, (), tuple(children))
    for path, chunks in layout_files([Entry(artifact)]).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"".join(chunks()))
    return artifact


def _image(architecture: str, content: bytes) -> Artifact:
    layer = blob_of(content)
    config: dict[str, Any] = {
        "architecture": architecture,
        "os": "linux",
        "rootfs": {"diff_ids": [layer.digest], "type": "layers"},
    }
    blob = blob_of(canonical_json(config))
    layers = [described("application/vnd.oci.image.layer.v1.tar", layer)]
    return Artifact(image_manifest(described(CONFIG_TYPE, blob), layers), blobs=(blob, layer))


def published(
    shipped: Shipped, capsys: pytest.CaptureFixture[str], *more: str, key: str = "fleet"
) -> dict[str, Any]:
    """What a run with JSON says."""
    capsys.readouterr()
    assert shipped.publish("--format", "json", *more, key=key) == 0
    values: dict[str, Any] = json.loads(capsys.readouterr().out)
    return values


def there(shipped: Shipped) -> list[str]:
    """The tags of all that could be in the registry."""
    names = ("models/defects", "server", "node/kiosk", "node/gate", "manifests/kiosk", "manifests/gate")
    with Client(Access()) as client:
        prefix = f"{shipped.registry}/{shipped.prefix}"
        return [f"{name}:{tag}" for name in names for tag in client.repository(f"{prefix}/{name}").tags()]
