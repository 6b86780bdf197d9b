"""The server images that a fleet's classes run: from a layout that lies here, or to be in the registry already."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from edgewright.artifact.layout import INDEX, read_entries
from edgewright.artifact.oci import Artifact
from edgewright.assembly.publication.chunks import chunks_of
from edgewright.assembly.publication.publication import Publication, kept_tag
from edgewright.errors import FieldPath
from edgewright.plan import Plan
from edgewright.plan.signing import signers_of

IMAGES: Final = "build/images"
"""Where layouts of images lie below the fleet's folder: a folder for each, by its name."""


def image_publications(plan: Plan, layouts: Path | None) -> list[Publication]:
    """Every image that a workload runs in, in the order of names. Raises FleetError (`layout-damaged`)."""
    used: dict[tuple[str, str], tuple[FieldPath, list[str]]] = {}
    for planned in plan.classes:
        for deployed in planned.workloads:
            image = deployed.image
            if image.digest is None:
                continue
            _, classes = used.setdefault((image.name, image.digest), (image.path, []))
            if planned.name not in classes:
                classes.append(planned.name)
    return [
        _publication(plan, name, digest, path, tuple(classes), layouts)
        for (name, digest), (path, classes) in sorted(used.items(), key=lambda each: each[0])
    ]


def _publication(
    plan: Plan, name: str, digest: str, path: FieldPath, classes: tuple[str, ...], layouts: Path | None
) -> Publication:
    repository = f"{plan.fleet.registry}/{name}"
    artifact = image_in(layouts / name, digest, path) if layouts else None
    signed = signers_of(plan.fleet, repository) is not None
    return Publication(
        "image", name, repository, digest, path, classes, artifact, (kept_tag(digest),), signed
    )


def image_in(layout: Path, digest: str, field: FieldPath = ()) -> Artifact | None:
    """The artifact of that digest in a folder; None where there is no layout, or another image in it."""
    if not (layout / INDEX).is_file():
        return None
    entries = read_entries(partial(chunks_of, layout), field)
    return next((each.artifact for each in entries if each.artifact.digest == digest), None)
