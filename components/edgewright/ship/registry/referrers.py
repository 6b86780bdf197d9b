"""What refers to a manifest: signatures, bills of materials, descriptions in another format.

A registry without the referrers API (distribution 3.1 is one) keeps the list under a tag that clients write.
Source: distribution-spec 1.1, "Listing Referrers" and "Pushing Manifests with Subject".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from edgewright.artifact.oci import INDEX_TYPE, Artifact, Descriptor, canonical_json, is_digest
from edgewright.errors import FleetError
from edgewright.ship.registry.faults import failed, lies, said
from edgewright.ship.registry.manifests import read_manifest, write_manifest
from edgewright.ship.registry.messages import Request
from edgewright.ship.registry.names import RepositoryName, checked_digest
from edgewright.ship.registry.pages import pages
from edgewright.ship.registry.push import Pushed, push
from edgewright.ship.registry.transport import Transport

_MOST_ROUNDS: Final = 3


@dataclass(frozen=True, slots=True)
class Referrer:
    """A manifest that refers to another one, and of what kind it says that it is."""

    descriptor: Descriptor
    artifact_type: str = ""


def referrers_tag(digest: str) -> str:
    """The tag under which clients keep the list: `sha256-<hex>`."""
    return checked_digest(digest).replace(":", "-")


def referrers(
    transport: Transport, name: RepositoryName, digest: str, artifact_type: str | None = None
) -> list[Referrer]:
    """Who refers to the manifest, in the registry's order. Raises FleetError."""
    entries = _from_api(transport, name, digest)
    if entries is None:
        entries = _from_tag(transport, name, digest)
    found = [_referrer(entry, name) for entry in entries]
    return [each for each in found if artifact_type in (None, each.artifact_type)]


def push_referrer(
    transport: Transport, name: RepositoryName, artifact: Artifact, told: Callable[[int], object]
) -> Pushed:
    """Push an artifact whose manifest has a `subject`, and list it there where the registry does not.

    Raises FleetError.
    """
    values = json.loads(artifact.manifest)
    subject = checked_digest(str(values.get("subject", {}).get("digest")))
    pushed = push(transport, name, artifact, (), told)
    if not pushed.by_registry and _from_api(transport, name, subject) is None:
        _list(transport, name, subject, _entry(artifact, values))
    return pushed


def _list(transport: Transport, name: RepositoryName, subject: str, entry: dict[str, Any]) -> None:
    """Add the entry to the list under the tag; others may be adding theirs, so look whether it stayed."""
    for _ in range(_MOST_ROUNDS):
        entries = _from_tag(transport, name, subject)
        if any(each.get("digest") == entry["digest"] for each in entries):
            return
        index = {"manifests": [*entries, entry], "mediaType": INDEX_TYPE, "schemaVersion": 2}
        try:
            write_manifest(
                transport, name, Artifact(canonical_json(index), INDEX_TYPE), referrers_tag(subject)
            )
        except FleetError as error:
            # Somebody else's list came back: theirs is under the tag now.
            if any(finding.rule != "registry-lies" for finding in error.findings):
                raise
    if not any(each.get("digest") == entry["digest"] for each in _from_tag(transport, name, subject)):
        how = f"its list of what refers to {subject} does not keep {entry['digest']}"
        raise FleetError([failed(str(name), how, "Run it again when nobody else writes to it.")])


def _entry(artifact: Artifact, values: dict[str, Any]) -> dict[str, Any]:
    kind = values.get("artifactType") or values.get("config", {}).get("mediaType", "")
    notes = values.get("annotations")
    return artifact.descriptor.values | {"artifactType": kind} | ({"annotations": notes} if notes else {})


def _from_api(transport: Transport, name: RepositoryName, digest: str) -> list[dict[str, Any]] | None:
    """The entries that the registry lists; none where it has no such list."""
    url = f"{transport.root(name)}/referrers/{checked_digest(digest)}"
    request = Request("GET", url, name, (f"repository:{name.path}:pull",), {"Accept": INDEX_TYPE})
    found: list[dict[str, Any]] = []
    for reply in pages(transport, request):
        if reply.status in (400, 404, 405):
            return None
        if reply.status != 200:
            how = f"it answers {reply.status} for referrers{said(reply.content)}"
            raise FleetError([failed(str(name), how)])
        if reply.headers.get("Content-Type", "").partition(";")[0].strip() != INDEX_TYPE:
            return None  # a registry without the API, behind somebody who answers everything
        found += _entries(reply.content, name)
    return found


def _from_tag(transport: Transport, name: RepositoryName, digest: str) -> list[dict[str, Any]]:
    found = read_manifest(transport, name, referrers_tag(digest))
    return _entries(found.content, name) if found is not None and found.media_type == INDEX_TYPE else []


def _entries(content: bytes, name: RepositoryName) -> list[dict[str, Any]]:
    try:
        entries: Any = json.loads(content)["manifests"]
    except (ValueError, LookupError, TypeError, RecursionError):
        entries = None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise FleetError([lies(str(name), "its list of referrers is no image index")])
    return entries


def _referrer(entry: dict[str, Any], name: RepositoryName) -> Referrer:
    digest, size, kind = entry.get("digest"), entry.get("size"), entry.get("mediaType")
    if not is_digest(digest) or type(size) is not int or not isinstance(kind, str):
        raise FleetError([lies(str(name), "its list of referrers names something without digest or size")])
    notes = entry.get("annotations")
    plain = {str(key): str(value) for key, value in notes.items()} if isinstance(notes, dict) else {}
    return Referrer(Descriptor(kind, digest, size, plain), str(entry.get("artifactType") or ""))
