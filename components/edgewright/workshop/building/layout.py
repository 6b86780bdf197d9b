"""OCI layouts of one architecture each ⇒ one layout, whose index names one thing: an image, or an index of images.

Source: OCI image-spec 1.1, image-layout.md and image-index.md.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgewright.artifact.oci import INDEX_TYPE, canonical_json, sha256
from edgewright.catalogue import Architecture


@dataclass(frozen=True, slots=True)
class Built:
    """What a layout holds: the digest that fleet.lock gets, and what a device of each architecture pulls, in
    bytes as they are stored."""

    digest: str
    sizes: Mapping[Architecture, int]


def join(layouts: Mapping[Architecture, Path], target: Path) -> Built:
    """Move the images of `layouts` into one layout in the empty folder `target`."""
    found: dict[Architecture, dict[str, Any]] = {}
    sizes: dict[Architecture, int] = {}
    for architecture, layout in sorted(layouts.items()):
        found[architecture] = json.loads((layout / "index.json").read_bytes())["manifests"][0]
        sizes[architecture] = _pulled(layout, found[architecture]["digest"])
        shutil.copytree(layout / "blobs", target / "blobs", dirs_exist_ok=True)
    named = [_named(each, architecture) for architecture, each in found.items()]
    top = named[0] if len(named) == 1 else _index(target, named)
    (target / "oci-layout").write_bytes(canonical_json({"imageLayoutVersion": "1.0.0"}))
    index = {"manifests": [top], "mediaType": INDEX_TYPE, "schemaVersion": 2}
    (target / "index.json").write_bytes(canonical_json(index))
    return Built(top["digest"], sizes)


def _named(descriptor: Mapping[str, Any], architecture: Architecture) -> dict[str, Any]:
    plain = {name: descriptor[name] for name in ("mediaType", "digest", "size")}
    return plain | {"platform": {"architecture": architecture, "os": "linux"}}


def _index(target: Path, named: list[dict[str, Any]]) -> dict[str, Any]:
    """Write an index of images as a blob; what names it."""
    content = canonical_json({"manifests": named, "mediaType": INDEX_TYPE, "schemaVersion": 2})
    _blob(target, sha256(content)).write_bytes(content)
    return {"mediaType": INDEX_TYPE, "digest": sha256(content), "size": len(content)}


def _pulled(layout: Path, digest: str) -> int:
    manifest = json.loads(_blob(layout, digest).read_bytes())
    return sum({each["digest"]: each["size"] for each in (manifest["config"], *manifest["layers"])}.values())


def _blob(layout: Path, digest: str) -> Path:
    return layout / "blobs" / digest.replace(":", "/")
