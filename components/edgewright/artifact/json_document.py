"""JSON that came from elsewhere: manifests, indexes and what they name, read and not believed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from edgewright.artifact.oci import Descriptor, is_digest


def read_document(content: bytes) -> dict[str, Any] | None:
    """The object that JSON text in UTF-8 holds; None where it is none, or says a name twice: then two
    readers might take two different things out of bytes with one digest."""
    try:
        found = json.loads(content.decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def read_descriptor(value: Any) -> Descriptor | None:
    """What a descriptor says; None where it is none that can be checked."""
    if not isinstance(value, Mapping):
        return None
    media_type, digest, size = (value.get(name) for name in ("mediaType", "digest", "size"))
    if not isinstance(media_type, str) or not is_digest(digest):
        return None
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        return None
    annotations = value.get("annotations") or {}
    if not isinstance(annotations, Mapping):
        return None
    kept = {key: text for key, text in annotations.items() if isinstance(text, str)}
    return Descriptor(media_type, digest, size, kept)
