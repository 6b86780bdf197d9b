"""Prints the digest of every artifact of the fleet in this folder: run by test_two_places.

python digests.py UMASK
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

from edgewright.artifact.bom import bom_artifact
from edgewright.artifact.card import Card
from edgewright.artifact.layout import Entry, layout_files
from edgewright.artifact.manifests import MANIFESTS, NODE_FILES, POLICIES, folder_artifact
from edgewright.artifact.model import model_artifact, model_layer
from edgewright.artifact.modelpack import modelpack_artifact
from edgewright.artifact.oci import Artifact, sha256
from edgewright.assembly import assemble
from edgewright.assembly.publication.chunks import chunks_of
from edgewright.workshop.locking import lock_fleet


def models(folder: Path) -> Iterator[Artifact]:
    """Every model as it is locked here and now, with what refers to it."""
    found = assemble(Path("fleet.yaml"), today=date(2026, 11, 1), unlocked=True)
    assert found.fleet is not None, found.findings
    lock, _ = lock_fleet(found.fleet, folder, found.catalogue, found.lock, lambda _: None)
    for name, model in lock.models.items():
        for form, locked in model.variants.items():
            card = Card(name, model, form)
            layer = model_layer(card, partial(chunks_of, folder))
            for architecture, digest in locked.artifacts.items():
                image = model_artifact(card, layer, architecture)
                assert image.digest == digest
                yield from (image, modelpack_artifact(card, image), bom_artifact(card, image))


def folders(rendered: Path) -> Iterator[Artifact]:
    """What was rendered, as each kind of folder."""
    texts = {str(path): path.read_bytes() for path in rendered.rglob("*") if path.is_file()}
    for kind in (MANIFESTS, NODE_FILES, POLICIES):
        yield folder_artifact(kind, texts, title="all", version="1.0.0")


def main() -> None:
    os.umask(int(sys.argv[1], 8))
    found = [*models(Path.cwd()), *folders(Path("rendered"))]
    for artifact in found:
        sys.stdout.write(f"{artifact.digest}\n")
    for path, chunks in layout_files([Entry(each, each.digest) for each in found]).items():
        sys.stdout.write(f"{path} {sha256(b''.join(chunks()))}\n")


if __name__ == "__main__":
    main()
