"""Pushes files to a registry or pulls them from it: edgewright_registry.py push|pull REPOSITORY FOLDER.

A push makes an artifact of every file of the folder; a pull brings its layers into the folder.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from edgewright.artifact.oci import (
    EMPTY_TYPE,
    MANIFEST_TYPE,
    Artifact,
    Blob,
    Descriptor,
    blob_of,
    canonical_json,
    described,
    measured_blob,
)
from edgewright.ship.registry import Client, Repository

TAG: Final = "v1"
LAYER: Final = "application/octet-stream"
TITLE: Final = "org.opencontainers.image.title"


def read(file: Path) -> Callable[[], Iterator[bytes]]:
    def chunks() -> Iterator[bytes]:
        with file.open("rb") as stream:
            while chunk := stream.read(2**20):
                yield chunk

    return chunks


def push(repository: Repository, folder: Path) -> None:
    files: dict[str, Blob] = {file.name: measured_blob(read(file)) for file in sorted(folder.iterdir())}
    config = blob_of(b"{}")
    layers = [described(LAYER, blob, {TITLE: name}).values for name, blob in files.items()]
    manifest = {
        "artifactType": "application/vnd.edgewright.benchmark",
        "config": described(EMPTY_TYPE, config).values,
        "layers": layers,
        "mediaType": MANIFEST_TYPE,
        "schemaVersion": 2,
    }
    repository.push(Artifact(canonical_json(manifest), blobs=(config, *files.values())), [TAG])


def pull(repository: Repository, folder: Path) -> None:
    manifest = repository.manifest(TAG)
    assert manifest is not None
    repository.download_all(
        {
            folder / layer["annotations"][TITLE]: Descriptor(
                layer["mediaType"], layer["digest"], layer["size"]
            )
            for layer in manifest.values["layers"]
        }
    )


with Client() as client:
    {"push": push, "pull": pull}[sys.argv[1]](client.repository(sys.argv[2]), Path(sys.argv[3]))
