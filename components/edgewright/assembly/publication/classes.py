"""What is made for each device class: its manifests, its node files, and its policies by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from edgewright.artifact.manifests import MANIFESTS, NODE_FILES, POLICIES, Kind, folder_artifact
from edgewright.assembly.publication import publication as shipped
from edgewright.assembly.publication.publication import Publication, kept_tag
from edgewright.plan import ClassPlan, Plan
from edgewright.plan.signing import (
    manifests_repository,
    node_repository,
    policies_repository,
    signers_of,
)
from edgewright.render import Manifest, files_of

_APPLIED: Final = ("delivery/", "manifests/", "policies/")


def class_publications(plan: Plan, manifests: Sequence[Manifest]) -> Iterator[Publication]:
    """The artifacts of each class that something runs on, manifests last. Raises FleetError."""
    files = files_of(plan, manifests)
    parts = [(planned, _parts(files, planned.name)) for planned in plan.classes]
    for kind in ("policies", "node", "manifests"):
        for planned, of_class in parts:
            if of_class[kind]:
                yield _publication(plan, planned, kind, of_class[kind])


def _parts(files: Mapping[str, str], class_name: str) -> dict[shipped.Kind, dict[str, bytes]]:
    """The files of each artifact, by their paths in it.

    What Flux applies has a Kustomization for each folder (render/delivery.py): what pulls it next time is in it.
    """
    of_class = _below(files, f"{class_name}/")
    return {
        "policies": _below(files, f"{class_name}/policies/"),
        "node": _below(files, f"{class_name}/node/"),
        "manifests": {path: text for path, text in of_class.items() if path.startswith(_APPLIED)},
    }


def _below(files: Mapping[str, str], folder: str) -> dict[str, bytes]:
    """The files below a folder, by their paths from there."""
    return {
        path.removeprefix(folder): text.encode() for path, text in files.items() if path.startswith(folder)
    }


def _publication(
    plan: Plan, planned: ClassPlan, kind: shipped.Kind, files: Mapping[str, bytes]
) -> Publication:
    form, repository = _form(plan, planned, kind)
    title = {"node": "node files"}.get(kind, kind)
    artifact = folder_artifact(
        form, files, title=f"{title} of {planned.name} in {plan.fleet.fleet}", field=planned.path
    )
    return Publication(
        kind,
        f"{planned.name} {title}",
        repository,
        artifact.digest,
        planned.path,
        (planned.name,),
        artifact,
        (kept_tag(artifact.digest),),
        signers_of(plan.fleet, repository) is not None,
    )


def _form(plan: Plan, planned: ClassPlan, kind: shipped.Kind) -> tuple[Kind, str]:
    """What the artifact is to those who pull it, and where it lies."""
    if kind == "manifests":
        return MANIFESTS, manifests_repository(plan.fleet, planned.name)
    if kind == "node":
        return NODE_FILES, node_repository(plan.fleet, planned.name)
    return POLICIES, policies_repository(plan.fleet, planned.name)
