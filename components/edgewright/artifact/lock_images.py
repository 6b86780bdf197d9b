"""Images in fleet.lock: the plain values that stand for them, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgewright.artifact.lock import LockedImage
from edgewright.artifact.lock_fields import a_digest, a_text, a_whole, tried, unreadable
from edgewright.document.document import Document
from edgewright.errors import FieldPath, Finding


def image_values(images: Mapping[str, LockedImage], missing: Mapping[str, str]) -> dict[str, Any]:
    """What stands below `images`, in a fixed order."""
    values: dict[str, Any] = {name: _values(image) for name, image in images.items()}
    values |= {name: {"notLocked": reason} for name, reason in missing.items()}
    return dict(sorted(values.items()))


def _values(image: LockedImage) -> dict[str, Any]:
    values: dict[str, Any] = {"digest": image.digest}
    if image.tag is not None:
        values["tag"] = image.tag
    if image.size is not None:
        values["size"] = image.size
    if image.sizes:
        values["sizes"] = dict(sorted(image.sizes.items()))
    return values


def read_images(
    document: Document, section: Mapping[str, Any], findings: list[Finding]
) -> tuple[dict[str, LockedImage], dict[str, str]]:
    """The images with a digest, and why others have none; what cannot be read is left out and a finding."""
    images: dict[str, LockedImage] = {}
    missing: dict[str, str] = {}
    for name, value in section.items():
        entry = value if isinstance(value, dict) else {}
        digest = tried(a_digest, entry.get("digest"))
        if digest is not None:
            images[name] = _read(document, ("images", name), digest, entry, findings)
        elif isinstance(entry.get("notLocked"), str):
            missing[name] = entry["notLocked"]
        else:
            message = f"`{name}` has no digest of the form sha256:…"
            findings.append(unreadable(document, ("images", name), message))
    return images, missing


def _read(
    document: Document, path: FieldPath, digest: str, entry: Mapping[str, Any], findings: list[Finding]
) -> LockedImage:
    read: dict[str, Any] = {}
    for field, reader, message in (
        ("tag", a_text, "this is no tag"),
        ("size", a_whole, "this is no number of bytes"),
        ("sizes", _sizes, "these are no numbers of bytes by architecture"),
    ):
        value = tried(reader, entry[field]) if field in entry else None
        if value is not None:
            read[field] = value
        elif field in entry:
            findings.append(unreadable(document, (*path, field), message))
    return LockedImage(digest, **read)


def _sizes(value: Any) -> dict[str, int]:
    return {a_text(architecture): a_whole(size) for architecture, size in value.items()}
