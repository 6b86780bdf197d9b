"""An OCI image layout: artifacts as the files of a folder, and back from such a folder to artifacts.

Neither opens a file: what is written is a mapping of paths to chunks of bytes, and what is read comes from
a function that somebody with a folder or an archive hands in. Nothing in a layout is believed: every document
and every blob is compared with the digest and the size that it was named by.
Source: OCI image-spec 1.1, image-layout.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from edgewright.artifact.json_document import read_descriptor, read_document
from edgewright.artifact.oci import (
    INDEX_TYPE,
    MANIFEST_TYPE,
    Artifact,
    Blob,
    Descriptor,
    canonical_json,
)
from edgewright.errors import FieldPath, Finding, FleetError

Open: TypeAlias = Callable[[str], Iterable[bytes]]
"""The bytes of a file of the layout, by its path with slashes (`blobs/sha256/…`), in chunks from the
beginning. Raises OSError where there is none."""

INDEX: Final = "index.json"
MARK: Final = "oci-layout"
VERSION: Final = "1.0.0"
REF_NAME: Final = "org.opencontainers.image.ref.name"

LARGEST_DOCUMENT: Final = 4 * 2**20
"""Bytes of a manifest or an index: what registries take (distribution-spec 1.1, "Pushing Manifests")."""

_DEEPEST = 3  # an index of indexes of images; nobody nests further
_INDEXES = (INDEX_TYPE, "application/vnd.docker.distribution.manifest.list.v2+json")
_IMAGES = (MANIFEST_TYPE, "application/vnd.docker.distribution.manifest.v2+json")


@dataclass(frozen=True, slots=True)
class Entry:
    """An artifact of a layout, and the name that the layout's index gives it."""

    artifact: Artifact
    name: str | None = None


def layout_files(entries: Sequence[Entry]) -> dict[str, Callable[[], Iterable[bytes]]]:
    """The files of a layout with these artifacts: path ⇒ its bytes in chunks, each time from the beginning."""
    files: dict[str, Callable[[], Iterable[bytes]]] = {}
    for entry in entries:
        for blob in blobs_of(entry.artifact):
            files[_path(blob.digest)] = blob.chunks
    mark = canonical_json({"imageLayoutVersion": VERSION})
    index = canonical_json(
        {"manifests": [_named(each).values for each in entries], "mediaType": INDEX_TYPE, "schemaVersion": 2}
    )
    return dict(sorted({**files, INDEX: lambda: [index], MARK: lambda: [mark]}.items()))


def blobs_of(artifact: Artifact) -> Iterator[Blob]:
    """Everything that an artifact is made of, its manifests too, what is named before what names it."""
    yield from artifact.blobs
    for child in artifact.children:
        yield from blobs_of(child)
    yield Blob(artifact.digest, len(artifact.manifest), lambda: [artifact.manifest])


def _named(entry: Entry) -> Descriptor:
    found = entry.artifact.descriptor
    return replace(found, annotations={REF_NAME: entry.name}) if entry.name else found


def read_layout(open_file: Open, name: str | None = None, field: FieldPath = ()) -> Artifact:
    """The artifact of that name, or the only one. Its manifests have been compared with their digests; its
    blobs are when somebody reads them to the end (`check_blobs`).

    Raises FleetError (`layout-damaged`) at `field`, here and while a blob is read.
    """
    entries = read_entries(open_file, field)
    found = [each for each in entries if name is None or each.name == name]
    if len(found) == 1:
        return found[0].artifact
    named = ", ".join(sorted(each.name or each.artifact.digest[:19] for each in entries)) or "nothing"
    wanted = "one is wanted" if name is None else f"one called `{name}` is wanted"
    raise FleetError([_damaged(f"the layout holds {named}; {wanted}", field)])


def read_entries(open_file: Open, field: FieldPath = ()) -> tuple[Entry, ...]:
    """Every artifact that a layout's index names, in its order. Raises FleetError as `read_layout` does."""
    reader = _Reader(open_file, field)
    mark = reader.document(MARK, reader.whole(MARK))
    if mark.get("imageLayoutVersion") != VERSION:
        raise reader.damaged(MARK, f"is no layout of version {VERSION}")
    index = reader.document(INDEX, reader.whole(INDEX))
    found = reader.descriptors(INDEX, index.get("manifests"))
    return tuple(Entry(reader.artifact(each, 1), each.annotations.get(REF_NAME)) for each in found)


def check_blobs(artifact: Artifact) -> None:
    """Reads every blob once. Raises FleetError with all that is wrong with them."""
    findings: list[Finding] = []
    for blob in {each.digest: each for each in blobs_of(artifact)}.values():
        try:
            for _ in blob.chunks():
                pass
        except FleetError as error:
            findings.extend(error.findings)
    if findings:
        raise FleetError(findings)


@dataclass(frozen=True, slots=True)
class _Reader:
    """A layout that is being read, and the field that its findings point at."""

    open_file: Open
    field: FieldPath

    def artifact(self, descriptor: Descriptor, depth: int) -> Artifact:
        """What a descriptor names: an image with its blobs, or an index with its children."""
        path, kind = _path(descriptor.digest), descriptor.media_type
        if kind not in _IMAGES + _INDEXES or depth > _DEEPEST:
            raise self.damaged(path, f"is a `{kind[:80]}` here, where an image or an index is wanted")
        if descriptor.size > LARGEST_DOCUMENT:
            raise self.damaged(path, f"is larger than {LARGEST_DOCUMENT:,} bytes")
        content = b"".join(self.blob(descriptor).chunks())
        values = self.document(path, content)
        if values.get("mediaType", kind) != kind:
            raise self.damaged(path, "is of another media type than it was named with")
        if kind in _INDEXES:
            named = self.descriptors(path, values.get("manifests"))
            return Artifact(content, kind, (), tuple(self.artifact(each, depth + 1) for each in named))
        layers = self.descriptors(path, values.get("layers"))
        config = self.descriptors(path, [values.get("config")])
        return Artifact(content, kind, tuple(self.blob(each) for each in (*config, *layers)))

    def blob(self, descriptor: Descriptor) -> Blob:
        """A blob whose bytes are compared with its digest and size as they are read."""
        return Blob(descriptor.digest, descriptor.size, lambda: self._compared(descriptor))

    def _compared(self, descriptor: Descriptor) -> Iterator[bytes]:
        path, found, left = _path(descriptor.digest), hashlib.sha256(), descriptor.size
        for chunk in self._opened(path):
            found.update(chunk)
            left -= len(chunk)
            if left < 0:
                break
            yield chunk
        if left:
            than = "longer" if left < 0 else "shorter"
            raise self.damaged(path, f"is {than} than the {descriptor.size:,} bytes that it was named with")
        if f"sha256:{found.hexdigest()}" != descriptor.digest:
            raise self.damaged(path, f"has other bytes than its name says: sha256:{found.hexdigest()}")

    def whole(self, path: str) -> bytes:
        """A file that nothing names by its digest."""
        content = b""
        for chunk in self._opened(path):
            content += chunk
            if len(content) > LARGEST_DOCUMENT:
                raise self.damaged(path, f"is larger than {LARGEST_DOCUMENT:,} bytes")
        return content

    def _opened(self, path: str) -> Iterator[bytes]:
        try:
            yield from self.open_file(path)
        except OSError as error:
            raise self.damaged(path, f"cannot be read: {error.strerror or 'there is none'}") from error

    def document(self, path: str, content: bytes) -> Mapping[str, Any]:
        """The JSON object that a file is."""
        found = read_document(content)
        if found is None:
            raise self.damaged(path, "is no JSON object, or gives a name twice")
        return found

    def descriptors(self, path: str, values: Any) -> tuple[Descriptor, ...]:
        """What a document names."""
        found = [read_descriptor(each) for each in values] if isinstance(values, list) else [None]
        known = tuple(each for each in found if each is not None)
        if len(known) != len(found):
            raise self.damaged(path, "names something without a media type, a sha256 digest and a size")
        return known

    def damaged(self, path: str, flaw: str) -> FleetError:
        return FleetError([_damaged(f"`{path}` {flaw}", self.field)])


def _path(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _damaged(message: str, field: FieldPath) -> Finding:
    remedy = "write the layout anew: `buildah push IMAGE oci:FOLDER` or `skopeo copy docker://… oci:FOLDER`"
    return Finding("layout-damaged", "error", message, remedy, field, waivable=False)
