"""Where `lock` finds what does not lie in the fleet's folder: image layouts that were built, and a registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edgewright.artifact.image import IMAGE_TYPES, NoImageError, pulled_sizes
from edgewright.artifact.layout import Entry, read_entries
from edgewright.artifact.oci import Artifact, Descriptor
from edgewright.assembly.publication.chunks import chunks_of
from edgewright.errors import FieldPath, Finding, FleetError

if TYPE_CHECKING:
    from edgewright.ship.registry import Manifest, Repository
REGISTRY: Final[FieldPath] = ("registry",)
"""The field that says where the registry is: what is wrong with it is said there."""


@dataclass(frozen=True, slots=True)
class Registry:
    """A registry as a way from names to repositories. One that cannot be reached is asked once and no more."""

    repository: Callable[[str], Repository]
    silent: list[FleetError] = field(default_factory=list)

    def manifest(self, name: str, reference: str) -> Manifest | None:
        """What the repository has under a tag or digest; None for nothing. Raises FleetError."""
        if self.silent:
            raise self.silent[0]
        try:
            return self.repository(name).manifest(reference)
        except FleetError as error:
            if any(each.rule == "registry-unreachable" for each in error.findings):
                self.silent.append(error)
            raise

    def sizes(self, name: str, manifest: Manifest) -> dict[str, int]:
        """Architecture ⇒ bytes of an image. Raises FleetError, and NoImageError where it is none."""
        repository = self.repository(name)

        def fetch(descriptor: Descriptor) -> bytes:
            if descriptor.media_type not in IMAGE_TYPES:
                return repository.blob(descriptor.digest, descriptor.size)
            found = repository.manifest(descriptor.digest)
            if found is None:
                raise NoImageError(f"names {descriptor.digest[:19]}…, which the registry does not have")
            return found.content

        return pulled_sizes(manifest.content, manifest.media_type, fetch)


@dataclass(frozen=True, slots=True)
class Sources:
    """What may be asked beside the fleet's folder.

    layouts: a folder of OCI layouts, each by the name of its image. registry: None where nobody is asked.
    verify: ask the registry for what is pinned as well. upgrade: images whose digest may move.
    """

    layouts: Path
    registry: Registry | None = None
    verify: bool = False
    upgrade: frozenset[str] = frozenset()


def built_image(layouts: Path, name: str, tag: str, path: FieldPath) -> Artifact | None:
    """The image of a layout: the one called by the tag, or the only one; None where there is no folder for it.

    Raises FleetError (`layout-damaged`) at `path`.
    """
    folder = layouts / name
    if not folder.is_dir():
        return None
    entries = read_entries(partial(chunks_of, folder), path)
    chosen = [each for each in entries if each.name == tag] or list(entries)
    if len(chosen) != 1:
        raise FleetError([_several(folder, chosen, tag, path)])
    return chosen[0].artifact


def built_sizes(image: Artifact) -> dict[str, int]:
    """Architecture ⇒ bytes of an image of a layout. Raises NoImageError where it is none, and FleetError."""
    documents = {each.digest: each.manifest for each in image.children}
    blobs = {blob.digest: blob for each in (image, *image.children) for blob in each.blobs}

    def fetch(descriptor: Descriptor) -> bytes:
        if descriptor.digest in documents:
            return documents[descriptor.digest]
        return b"".join(blobs[descriptor.digest].chunks())

    return pulled_sizes(image.manifest, image.media_type, fetch)


def _several(folder: Path, entries: list[Entry], tag: str, path: FieldPath) -> Finding:
    names = ", ".join(sorted(each.name or each.artifact.digest[:19] for each in entries)) or "nothing"
    return Finding(
        "layout-damaged",
        "error",
        f"the layout {folder.name} holds {names}, and none is called `{tag}`",
        f"write it anew, or give the image the name `{tag}` in it",
        path,
        waivable=False,
    )
