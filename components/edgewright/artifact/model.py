"""A model as an OCI image: from its files to manifest and digest, with nothing read, kept or sent here.

The image is one that Kubernetes mounts as a volume of type `image`, an init container copies from and
`ctr images import` takes: an image manifest with its own artifactType, an image config, and one tar layer.
The layer is not compressed (weights shrink by a few per cent only), so that it can be mapped, compared and
patched in place. All its times, owners and modes are fixed: the digest says what the files are, and
nothing of who packed them or when.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from edgewright.artifact import tar
from edgewright.errors import FieldPath, Finding, FleetError

ARTIFACT_TYPE = "application/vnd.edgewright.model.v1"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"

ROOT = "models"
"""The folder of the layer that holds every file."""

_LONGEST_STEP, _LONGEST_NAME = 255, 1024  # bytes; what Linux takes, and far more than anybody needs


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file to pack. `name` is its path below `models/`, with slashes; `size` is in bytes; `chunks` gives
    the content from its beginning each time it is called."""

    name: str
    size: int
    chunks: Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class ModelArtifact:
    """What is pushed for a model, save the layer's bytes, which `layer` gives. Digests are `sha256:…`;
    `digest` is the manifest's: what a manifest of Kubernetes names after the `@`."""

    manifest: bytes
    config: bytes
    config_digest: str
    layer_digest: str
    layer_size: int
    digest: str


def model_artifact(
    name: str,
    version: str,
    variant: str | None,
    files: Sequence[ModelFile],
    labels: Mapping[str, str],
    *,
    architecture: str = "amd64",
    field: FieldPath = (),
) -> ModelArtifact:
    """The image of a model; reads every file once, a chunk at a time.

    `labels` become annotations of the manifest and labels of the config, beside the title, the version and
    the variant. An image config must name an architecture although a model has none; containerd unpacks an
    image of another one when it is mounted instead of when it is pulled.
    Raises FleetError (`model-file-name`, `model-changed`) whose findings point at `field`.
    Source: OCI image-spec v1.1, manifest.md, config.md and layer.md.
    """
    layer_digest, layer_size = _digest_and_size(layer(files, field))
    annotations = _annotations(name, version, variant, labels)
    config = _json(
        {
            "architecture": architecture,
            "config": {"Labels": annotations},
            "created": "1970-01-01T00:00:00Z",
            "os": "linux",
            "rootfs": {"diff_ids": [layer_digest], "type": "layers"},
        }
    )
    config_digest, _ = _digest_and_size([config])
    manifest = _json(
        {
            "annotations": annotations,
            "artifactType": ARTIFACT_TYPE,
            "config": _descriptor(CONFIG_TYPE, config_digest, len(config)),
            "layers": [_descriptor(LAYER_TYPE, layer_digest, layer_size)],
            "mediaType": MANIFEST_TYPE,
            "schemaVersion": 2,
        }
    )
    digest, _ = _digest_and_size([manifest])
    return ModelArtifact(manifest, config, config_digest, layer_digest, layer_size, digest)


def layer(files: Sequence[ModelFile], field: FieldPath = ()) -> Iterator[bytes]:
    """The bytes of the tar layer, in chunks no larger than the files' own: entries sorted by path, folders
    0755, files 0644, owner 0, time 0. Raises FleetError as `model_artifact` does."""
    contents = _by_path(files, field)
    for path in sorted(_folders(contents) | contents.keys()):
        file = contents.get(path)
        if file is None:
            yield tar.folder_header(path)
        else:
            yield tar.file_header(path, file.size)
            yield from _content(file, field)
            yield tar.padding(file.size)
    yield tar.END


def _by_path(files: Sequence[ModelFile], field: FieldPath) -> dict[str, ModelFile]:
    """The files under their paths in the layer, once each name is known to be one that any device can
    unpack, and to mean one file below `models/`."""
    if not files:
        raise FleetError([Finding("model-file-name", "error", "the model has no file", "name one", field)])
    contents = {f"{ROOT}/{file.name}": file for file in files}
    findings = [_bad_name(file.name, flaw, field) for file in files if (flaw := _flaw(file.name))]
    twice = [name for name, times in Counter(file.name for file in files).items() if times > 1]
    findings += [_bad_name(name, "is there twice", field) for name in twice]
    both = sorted(_folders(contents) & contents.keys())
    findings += [_bad_name(contents[path].name, "is a folder as well", field) for path in both]
    if findings:
        raise FleetError(findings)
    return contents


def _folders(paths: Iterable[str]) -> set[str]:
    """Every folder that one of the paths lies in."""
    return {path[:end] for path in paths for end, sign in enumerate(path) if sign == "/"}


def _flaw(name: str) -> str:
    """What makes a name unfit for a layer; empty where nothing does."""
    steps = name.split("/")
    if any(step in ("", ".", "..") for step in steps) or "\\" in name:
        return "does not lie below its folder"
    if any(ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0 or 0xD800 <= ord(sign) < 0xE000 for sign in name):
        return "has characters that are no text"
    if any(step.startswith(".wh.") for step in steps):
        return "means `remove this file` in an image layer"
    if len(name.encode()) > _LONGEST_NAME or any(len(step.encode()) > _LONGEST_STEP for step in steps):
        return "is too long for a file system"
    return ""


def _bad_name(name: str, flaw: str, field: FieldPath) -> Finding:
    shown = ascii(name if len(name) <= 80 else f"{name[:79]}...")[1:-1]
    message = f"the model's file `{shown}` {flaw}"
    return Finding(
        "model-file-name", "error", message, "rename it, and what refers to it in the model", field
    )


def _content(file: ModelFile, field: FieldPath) -> Iterator[bytes]:
    """The file's chunks, as many bytes as its header has promised."""
    left = file.size
    for chunk in file.chunks():
        left -= len(chunk)
        if left < 0:
            break
        yield chunk
    if left:
        message = f"the model's file `{file.name}` grew or shrank while it was read"
        raise FleetError([Finding("model-changed", "error", message, "run again once it is written", field)])


def _annotations(name: str, version: str, variant: str | None, labels: Mapping[str, str]) -> dict[str, str]:
    own = {"org.opencontainers.image.title": name, "org.opencontainers.image.version": version}
    own |= {"dev.edgewright.model.variant": variant} if variant else {}
    taken = own.keys() & labels.keys()
    if taken:
        raise ValueError(f"labels that the artifact sets itself: {', '.join(sorted(taken))}")
    return {**labels, **own}


def _descriptor(media_type: str, digest: str, size: int) -> dict[str, str | int]:
    return {"digest": digest, "mediaType": media_type, "size": size}


def _digest_and_size(chunks: Iterable[bytes]) -> tuple[str, int]:
    found, size = hashlib.sha256(), 0
    for chunk in chunks:
        found.update(chunk)
        size += len(chunk)
    return f"sha256:{found.hexdigest()}", size


def _json(value: object) -> bytes:
    """JSON with sorted keys and no spaces: one way to write a value, so one digest."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
