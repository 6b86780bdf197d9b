"""EdgeFleet: a fleet.yaml, or a fleet in Python, as one Pulumi component."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi

from edgewright.assembly import Assembled, assemble, assemble_fleet
from edgewright.assembly.day import today
from edgewright.errors import Finding, FleetError
from edgewright.fleet import Fleet
from edgewright.program.arguments import check_arguments
from edgewright.program.diagnostics import base_folder, stop, warn
from edgewright.program.kept_folder import KeptFolder, digest
from edgewright.program.objects import KubernetesObject, on_cluster, register
from edgewright.program.shipping import Shipping, shipping
from edgewright.program.toolchain import check_toolchain
from edgewright.render import files_of
from edgewright.ship.folder import check_folder


class EdgeFleet(pulumi.ComponentResource):
    """Everything that `edgewright render` makes of a fleet, as resources.

    `fleet`: the path of a fleet.yaml, relative to Pulumi.yaml's folder, or a fleet in Python (whose
    files lie in that folder). `folder`: where the files go, as one resource for each class; None for
    none. `cluster`: the device class whose objects are applied to the provider's cluster; None for none.
    `unlocked`: let stand-ins replace what fleet.lock has no digest for. `publish`: push and sign what each
    class pulls, as one resource for each; `key` is the path of the private key, `ca` a file of certificates
    that the registry is trusted by.

    Outputs: `folders` (class ⇒ path), `digests` (class ⇒ SHA-256 over its files), `findings` (what was
    found, one text each), `objects` (name ⇒ resource, for dependencies of your own), `published` (class ⇒
    title ⇒ digest).
    Raises pulumi.RunError where the fleet has an error: every finding is shown, and nothing is changed.
    """

    folders: pulumi.Output[Mapping[str, str]]
    digests: pulumi.Output[Mapping[str, str]]
    findings: pulumi.Output[list[str]]
    published: pulumi.Output[Mapping[str, Mapping[str, str]]]
    objects: Mapping[str, KubernetesObject]

    def __init__(
        self,
        name: str,
        *,
        fleet: str | os.PathLike[str] | Fleet = "fleet.yaml",
        folder: str | os.PathLike[str] | None = "rendered",
        cluster: str | None = None,
        unlocked: bool = False,
        publish: bool = False,
        key: str | os.PathLike[str] | None = None,
        ca: str | os.PathLike[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("edgewright:index:EdgeFleet", name, None, opts)
        stop(list(check_arguments(fleet, folder, cluster, unlocked, publish, key, ca)), self)
        base = base_folder()
        root = rooted(folder, base) if folder else None
        assembled = _assembled(fleet, base, unlocked)
        found = (
            *assembled.findings,
            *check_toolchain(base, Path.cwd(), keeps_folders=root is not None or publish),
        )
        shipped = Shipping()
        if publish and not isinstance(fleet, Fleet):
            shipped = shipping(assembled, base / fleet, signed=bool(key))
        found = (*found, *map(_placed(assembled), shipped.findings))
        stop((*found, *_about_cluster(assembled, cluster), *_about_folder(root, base)), self)
        parts = {} if root is None else _parts(assembled)
        kept = {part: KeptFolder(f"{root}", part, *both, _below(self)) for part, both in parts.items()}
        self.objects = self._apply(assembled, cluster)
        artifacts = shipped.register(self, _file(fleet, base) or "", _file(key, base), _file(ca, base))
        warn(found, self, kept)
        self.folders = pulumi.Output.from_input({part: f"{root}/{part}" for part in kept})
        self.digests = pulumi.Output.from_input({part: digest({**a, **b}) for part, (a, b) in parts.items()})
        self.findings = pulumi.Output.from_input([f"[{each.rule}] {each.message}" for each in found])
        published: Any = {
            part: each.digests for part, each in artifacts.items()
        }  # Outputs in a plain mapping
        self.published = pulumi.Output.from_input(published)
        outputs = {"folders": self.folders, "digests": self.digests, "findings": self.findings}
        self.register_outputs(outputs | {"published": self.published})

    def _apply(self, assembled: Assembled, cluster: str | None) -> dict[str, KubernetesObject]:
        """The objects of one class on a cluster."""
        mine = [each for each in assembled.manifests if each.path.partition("/")[0] == cluster]
        return register(filter(on_cluster, mine), self)


def _placed(assembled: Assembled) -> Callable[[Finding], Finding]:
    """Puts findings at their places in fleet.yaml, where they have none yet."""
    document = assembled.document
    return lambda each: each if each.place or document is None else document.locate(each)


def _below(component: EdgeFleet) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(parent=component)


def _parts(assembled: Assembled) -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    """Class ⇒ its files, and those of them that hold a Secret, apart."""
    assert assembled.plan is not None
    secret = {each.path for each in assembled.manifests if each.body["kind"] == "Secret"}
    parts: dict[str, tuple[dict[str, str], dict[str, str]]] = {}
    for path, text in files_of(assembled.plan, assembled.manifests).items():
        files, hidden = parts.setdefault(path.partition("/")[0], ({}, {}))
        (hidden if path in secret else files)[path] = text
    return parts


def rooted(folder: str | os.PathLike[str], base: Path) -> str:
    """A folder by its one name: relative to `base` where it lies below, however it was written; else absolute."""
    path = Path(os.path.normpath(base / folder))
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else str(path)


def _file(path: str | os.PathLike[str] | Fleet | None, base: Path) -> str | None:
    return rooted(path, base) if path and not isinstance(path, Fleet) else None


def _about_folder(root: str | None, base: Path) -> list[Finding]:
    """What is wrong with the folder before anything is written into it."""
    if root is None:
        return []
    try:
        check_folder(base / root)
    except FleetError as error:
        return list(error.findings)
    return []


def _assembled(fleet: str | os.PathLike[str] | Fleet, base: Path, unlocked: bool) -> Assembled:
    if isinstance(fleet, Fleet):
        return assemble_fleet(fleet, base, unlocked=unlocked)
    return assemble(base / fleet, today=today(), unlocked=unlocked)


def _about_cluster(assembled: Assembled, cluster: str | None) -> list[Finding]:
    """A class for the cluster that the fleet does not have, or that has nothing to apply."""
    if cluster is None or assembled.plan is None:
        return []
    known = [each.name for each in assembled.plan.classes]
    if cluster in known:
        return []
    return [
        Finding(
            "unknown-reference",
            "error",
            f"the cluster is to get the objects of `{cluster}`, and the fleet has no such device class",
            f"write one of {', '.join(known)}",
        )
    ]
