"""An artifact into a registry: blobs side by side, then what names them, the top manifest and its tags last.

Whatever is interrupted leaves blobs and no manifest that names what is missing; running it again sends the rest.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from edgewright.artifact.oci import Artifact, Blob
from edgewright.errors import FleetError
from edgewright.ship.registry.manifests import read_manifest, write_manifest
from edgewright.ship.registry.names import RepositoryName, checked_digest, checked_reference
from edgewright.ship.registry.stopping import SIGNS, Stopped
from edgewright.ship.registry.transport import Transport
from edgewright.ship.registry.upload import push_blob

_Item = TypeVar("_Item")
_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did. `sent` are the digests of blobs that travelled, `written` those of manifests that the
    registry lacked, `tagged` the tags that pointed elsewhere or nowhere before; `by_registry` whether the
    registry lists the artifact under its subject by itself."""

    digest: str
    sent: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    tagged: tuple[str, ...] = ()
    by_registry: bool = False


def push(
    transport: Transport, name: RepositoryName, artifact: Artifact, tags: Iterable[str],
    told: Callable[[int], object], sources: Sequence[RepositoryName] = (),
) -> Pushed:  # fmt: skip
    """Make the registry have the artifact and its tags. Raises FleetError with what is wrong of each blob."""
    wanted = [checked_reference(tag) for tag in dict.fromkeys(tags)]
    blobs = list({blob.digest: blob for blob in _blobs(artifact)}.values())
    for blob in blobs:
        checked_digest(blob.digest)
    alone = one_at_a_time(told)

    def one(blob: Blob) -> bool:
        return push_blob(transport, name, blob, alone, sources)

    travelled = side_by_side(transport, one, blobs)
    written, by_registry = _manifests(transport, name, artifact)
    tagged = tuple(tag for tag in wanted if point(transport, name, artifact, tag))
    sent = tuple(blob.digest for blob, went in zip(blobs, travelled, strict=True) if went)
    return Pushed(artifact.digest, sent, written, tagged, by_registry)


def point(transport: Transport, name: RepositoryName, artifact: Artifact, tag: str) -> bool:
    """Make a tag point at a manifest whose blobs are there; whether it did not before. Raises FleetError."""
    present = read_manifest(transport, name, tag)
    if present is not None and present.digest == artifact.digest:
        return False
    write_manifest(transport, name, artifact, tag)
    return True


def one_at_a_time(told: Callable[[int], object]) -> Callable[[int], object]:
    """The same, for whoever cannot be told two things at once."""
    lock = threading.Lock()

    def alone(count: int) -> None:
        with lock:
            told(count)

    return alone


def side_by_side(transport: Transport, work: Callable[[_Item], _Done], items: Sequence[_Item]) -> list[_Done]:
    """What the work gives for each item, several at once. Where one fails, those under way end soon.

    Raises FleetError with the findings of all that failed.
    """
    stop = threading.Event()

    def guarded(item: _Item) -> _Done | FleetError | Stopped:
        try:
            return work(item)
        except (FleetError, Stopped) as error:
            stop.set()
            return error

    workers = max(1, transport.access.workers)
    pool = ThreadPoolExecutor(workers, "registry", initializer=SIGNS.set, initargs=((*SIGNS.get(), stop),))
    try:
        results = list(pool.map(guarded, items))
    finally:
        stop.set()  # for what is still under way where this thread was interrupted
        pool.shutdown(cancel_futures=True)
    faults = [result for result in results if isinstance(result, FleetError)]
    if faults:
        raise FleetError(dict.fromkeys(finding for fault in faults for finding in fault.findings))
    if any(isinstance(result, Stopped) for result in results):
        raise Stopped  # by those whom we work for
    return [result for result in results if not isinstance(result, FleetError | Stopped)]


def _blobs(artifact: Artifact) -> Iterator[Blob]:
    yield from artifact.blobs
    for child in artifact.children:
        yield from _blobs(child)


def _manifests(
    transport: Transport, name: RepositoryName, artifact: Artifact
) -> tuple[tuple[str, ...], bool]:
    """Write what the registry lacks, children first: it refuses an index of what it does not have."""
    written: list[str] = []
    for child in artifact.children:
        written += _manifests(transport, name, child)[0]
    if read_manifest(transport, name, artifact.digest) is not None:
        return tuple(written), False
    by_registry = write_manifest(transport, name, artifact, artifact.digest)
    return (*written, artifact.digest), by_registry
