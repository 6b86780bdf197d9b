"""A resource for what a device class pulls: pushed, signed and tagged; its outputs are the digests.

Its provider runs in a process of its own and publishes from the files of the fleet, as `edgewright publish`
does. The state holds the path of a key, and never a key. Nothing happens in a preview. A resource that goes
leaves its artifacts where they are, because devices run them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from edgewright.assembly.publication import Shipment
from edgewright.program.kept_folder import place, told_plainly

_FIELDS = ("fleet", "part", "artifacts", "rings", "key", "ca")


class ArtifactsNotPublished(Exception):
    """What the provider answers with where something keeps it from publishing: the findings, in one line."""


class ArtifactsProvider(ResourceProvider):
    """Publishes the artifacts of one class, and looks whether they are still there."""

    serialize_as_secret_always = False

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Another fleet or class is another resource; other artifacts, another key, or something lost an update."""
        changed = [name for name in _FIELDS if _olds.get(name) != _news.get(name)]
        lost = _olds.get("digests") != digests(_news["artifacts"])
        moved = [name for name in changed if name in ("fleet", "part")]
        return DiffResult(changes=bool(changed) or lost, replaces=moved)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Push and sign what the registry lacks, and let the class's tags follow its rings."""
        return CreateResult(f"{props['fleet']}/{props['part']}", _published(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """The same as at first: what is there already does not travel."""
        return UpdateResult(_published(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Which of the artifacts the registry still has, so that a refresh sees what somebody removed."""
        from edgewright.program.publishing import there

        with told_plainly(ArtifactsNotPublished):
            found = there(props.get("artifacts", {}), props.get("ca"))
        return ReadResult(id_, {**props, "digests": digests(found)})

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Nothing: devices run what was published, and a rollback needs what they ran before."""


def _published(props: dict[str, Any]) -> dict[str, Any]:
    from edgewright.program.publishing import publish_class

    with told_plainly(ArtifactsNotPublished):
        ca = place(props["ca"]) if props.get("ca") else None
        key = place(props["key"]) if props.get("key") else None
        publish_class(place(props["fleet"]), props["part"], props["artifacts"], key, ca)
    return {**{name: props.get(name) for name in _FIELDS}, "digests": digests(props["artifacts"])}


def digests(artifacts: Mapping[str, str]) -> dict[str, str]:
    """Title ⇒ digest of artifacts that are named by repository and digest."""
    return {title: reference.rpartition("@")[2] for title, reference in artifacts.items()}


def references(found: Shipment) -> dict[str, str]:
    """Title ⇒ repository@digest of everything in a shipment."""
    return {each.title: each.reference for each in found.publications}


class PublishedArtifacts(Resource, module="edgewright", name="Artifacts"):
    """What one device class pulls, in the registry: title ⇒ `repository@digest`.

    `rings` are the digests that its rings are to run: another one is an update, so that the tags follow.
    `key` is the path of the private key that signs, relative to Pulumi.yaml's folder; its password is in the
    environment. Its name is that of the fleet's file and the class, so a component can be renamed.
    """

    fleet: pulumi.Output[str]
    part: pulumi.Output[str]
    artifacts: pulumi.Output[Mapping[str, str]]
    rings: pulumi.Output[Mapping[str, str]]
    digests: pulumi.Output[Mapping[str, str]]

    def __init__(
        self,
        fleet: str,
        part: str,
        artifacts: Mapping[str, str],
        rings: Mapping[str, str],
        key: str | None,
        ca: str | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {
            "fleet": fleet,
            "part": part,
            "artifacts": dict(artifacts),
            "rings": dict(rings),
            "key": key,
            "ca": ca,
            "digests": None,
        }
        # Pulumi shows `[retain]` beside what goes, before anybody says yes.
        kept = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(retain_on_delete=True))
        super().__init__(ArtifactsProvider(), f"{fleet}/{part}", props, kept)
