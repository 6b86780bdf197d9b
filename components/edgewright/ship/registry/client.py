"""The client: what the rest of ship asks of registries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from edgewright.artifact.oci import Artifact, Blob, Descriptor
from edgewright.errors import FleetError
from edgewright.ship.registry import blobs, download, manifests, push, referrers, tags, upload
from edgewright.ship.registry.access import Access
from edgewright.ship.registry.faults import failed
from edgewright.ship.registry.manifests import Manifest
from edgewright.ship.registry.names import RepositoryName, checked_digest, checked_reference, repository_name
from edgewright.ship.registry.push import Pushed
from edgewright.ship.registry.referrers import Referrer
from edgewright.ship.registry.transport import Transport

Told = Callable[[int], object]
"""Told how many bytes more have travelled; each byte is told once, one call at a time."""


def _nobody(count: int) -> None:
    """Whom nothing needs to be told."""


class Client:
    """Registries, as far as an Access reaches: connections and tokens are kept until it is closed."""

    def __init__(self, access: Access | None = None) -> None:
        self._transport = Transport(access or Access())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._transport.close()

    def repository(self, name: str) -> Repository:
        """The repository of that name, asked for nothing yet. Raises FleetError (`registry-name`)."""
        return Repository(self._transport, repository_name(name))


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository of a registry.

    Each call raises FleetError with `registry-unreachable`, `registry-refused`, `registry-lies`,
    `registry-failed` or `registry-credentials` where the registry does not do its part, and with
    `registry-name` for a tag or digest that can be none.
    """

    _transport: Transport
    name: RepositoryName

    def manifest(self, reference: str) -> Manifest | None:
        """The manifest under a tag or digest; none where the registry has none."""
        return manifests.read_manifest(self._transport, self.name, reference)

    def resolve(self, reference: str) -> Descriptor | None:
        """What a tag or digest points at, out of the manifest itself: what a HEAD says cannot be checked."""
        found = self.manifest(reference)
        return None if found is None else found.descriptor

    def has_blob(self, digest: str, size: int | None = None) -> bool:
        """Whether the registry says that it has the blob."""
        return blobs.has_blob(self._transport, self.name, digest, size)

    def blob(self, digest: str, size: int | None = None, limit: int = manifests.LARGEST) -> bytes:
        """The bytes of a small blob, which are those of its digest."""
        return blobs.read_blob(self._transport, self.name, digest, size, limit)

    def download(self, digest: str, size: int, path: Path, told: Told = _nobody) -> None:
        """Make `path` hold the blob: it streams, resumes, and is verified before it is there."""
        download.download(self._transport, self.name, digest, size, path, told)

    def download_all(self, wanted: Mapping[Path, Descriptor], told: Told = _nobody) -> None:
        """Make each path hold its blob, several at once."""
        alone = push.one_at_a_time(told)

        def one(item: tuple[Path, Descriptor]) -> None:
            self.download(item[1].digest, item[1].size, item[0], alone)

        push.side_by_side(self._transport, one, list(wanted.items()))

    def push_blob(self, blob: Blob, told: Told = _nobody, sources: Sequence[Repository] = ()) -> bool:
        """Make the registry have the blob; True where its bytes travelled. `sources` may have it already."""
        checked_digest(blob.digest)
        return upload.push_blob(self._transport, self.name, blob, told, [each.name for each in sources])

    def push(
        self, artifact: Artifact, tags: Iterable[str] = (), told: Told = _nobody,
        sources: Sequence[Repository] = (),
    ) -> Pushed:  # fmt: skip
        """Make the registry have the artifact under its digest and the tags; read back and compared."""
        names = [each.name for each in sources]
        return push.push(self._transport, self.name, artifact, tags, told, names)

    def tag(self, digest: str, tag: str) -> bool:
        """Point a tag at a manifest that is there; True where it pointed elsewhere before."""
        found = self.manifest(checked_digest(digest))
        if found is None:
            how = f"it has no manifest {digest} for the tag {tag}"
            raise FleetError([failed(str(self.name), how, "Push the artifact first.")])
        artifact = Artifact(found.content, found.media_type)
        return push.point(self._transport, self.name, artifact, checked_reference(tag))

    def tags(self) -> list[str]:
        """Every tag, sorted; none where the registry does not know the repository."""
        return tags.tags(self._transport, self.name)

    def push_referrer(self, artifact: Artifact, told: Told = _nobody) -> Pushed:
        """Push an artifact whose manifest has a `subject`, so that `referrers` of that one list it."""
        return referrers.push_referrer(self._transport, self.name, artifact, told)

    def referrers(self, digest: str, artifact_type: str | None = None) -> list[Referrer]:
        """Who refers to the manifest, by the registry's list or the tag `sha256-<hex>`."""
        return referrers.referrers(self._transport, self.name, digest, artifact_type)
