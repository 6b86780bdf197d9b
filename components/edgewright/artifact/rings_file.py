"""stacks/rings.yaml as a file: the plain values that it holds, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from edgewright.artifact.rings import ClassRings, Held, Release, Ring, Rings
from edgewright.artifact.strict import Strict, time_text
from edgewright.document.document import Document
from edgewright.errors import FieldPath, Finding

RINGS_VERSION: Final = 1
LONGEST_REASON: Final = 500

_REMEDY: Final = "correct it, or bring the file back out of git: `git log` says who changed what"
_HELD: Final = ("release", "digest", "since")
_RING: Final = (*_HELD, "forced", "previous", "returnedFrom")
_LONGEST_NAME: Final = 253


def rings_values(rings: Rings) -> dict[str, Any]:
    """The plain values that the file holds, in the order of classes and rings that they are given in."""
    return {
        "ringsVersion": RINGS_VERSION,
        "fleet": rings.fleet,
        "classes": {
            name: {
                "rings": {ring: _ring_values(each) for ring, each in of_class.rings.items()},
                "releases": [{"number": each.number, "digest": each.digest} for each in of_class.releases],
            }
            for name, of_class in rings.classes.items()
        },
    }


def _ring_values(ring: Ring) -> dict[str, Any]:
    values = _held_values(ring.runs)
    if ring.forced is not None:
        values["forced"] = ring.forced
    if ring.previous is not None:
        values["previous"] = _held_values(ring.previous)
    if ring.returned_from is not None:
        values["returnedFrom"] = _held_values(ring.returned_from)
    return values


def _held_values(held: Held) -> dict[str, Any]:
    return {"release": held.release.number, "digest": held.release.digest, "since": time_text(held.since)}


def read_rings(document: Document) -> tuple[Rings, tuple[Finding, ...]]:
    """What a rings.yaml says; what cannot be read in it is left out and a finding, all of them at once."""
    if document.findings:
        return Rings(""), document.findings
    reading = Strict("rings-unreadable", _REMEDY, document)
    value = document.value
    version = value.get("ringsVersion") if isinstance(value, dict) else None
    if version is True or version != RINGS_VERSION:
        reading.wrong(("ringsVersion",), f"this is no rings.yaml of version {RINGS_VERSION}")
        return Rings(""), tuple(reading.findings)
    reading.mapping((), value, ("ringsVersion", "fleet", "classes"))
    fleet = reading.text(("fleet",), value.get("fleet"), most=_LONGEST_NAME)
    of_classes = reading.mapping(("classes",), value.get("classes"))
    classes = {name: _class_rings(reading, ("classes", name), each) for name, each in of_classes.items()}
    return Rings(fleet or "", classes), tuple(reading.findings)


def _class_rings(reading: Strict, path: FieldPath, value: Any) -> ClassRings:
    entry = reading.mapping(path, value, ("rings", "releases"))
    releases = tuple(_releases(reading, (*path, "releases"), entry.get("releases", [])))
    rings: dict[str, Ring] = {}
    for name, each in reading.mapping((*path, "rings"), entry.get("rings", {})).items():
        ring = _ring(reading, (*path, "rings", name), each, releases)
        if ring is not None:
            rings[name] = ring
    return ClassRings(rings, releases)


def _releases(reading: Strict, path: FieldPath, value: Any) -> Iterator[Release]:
    if not isinstance(value, list):
        reading.wrong(path, "`releases` is no list")
        return
    last: Release = Release(0, "")
    digests: set[str] = set()
    for index, each in enumerate(value):
        here = (*path, index)
        entry = reading.mapping(here, each, ("number", "digest"))
        number = reading.count((*here, "number"), entry.get("number"), least=1)
        digest = reading.digest((*here, "digest"), entry.get("digest"))
        if number is None or digest is None:
            continue
        if number <= last.number:
            reading.wrong((*here, "number"), f"{number} comes after {last.number}, and numbers only rise")
        elif digest in digests:
            reading.wrong((*here, "digest"), "this artifact is here twice")
        else:
            last = Release(number, digest)
            digests.add(digest)
            yield last


def _ring(reading: Strict, path: FieldPath, value: Any, releases: tuple[Release, ...]) -> Ring | None:
    entry = reading.mapping(path, value, _RING)
    if not entry:
        return None
    runs = _held(reading, path, entry, releases)
    before: dict[str, Held | None] = {}
    for name in ("previous", "returnedFrom"):
        if name in entry:
            inner = reading.mapping((*path, name), entry[name], _HELD)
            before[name] = held = _held(reading, (*path, name), inner, releases)
            if runs is not None and held is not None and held.since > runs.since:
                reading.wrong((*path, name, "since"), "it ran before, and would have begun afterwards")
    forced = None
    if "forced" in entry:
        forced = reading.text((*path, "forced"), entry["forced"], most=LONGEST_REASON)
    return None if runs is None else Ring(runs, before.get("previous"), before.get("returnedFrom"), forced)


def _held(
    reading: Strict, path: FieldPath, entry: dict[str, Any], releases: tuple[Release, ...]
) -> Held | None:
    number = reading.count((*path, "release"), entry.get("release"), least=1)
    digest = reading.digest((*path, "digest"), entry.get("digest"))
    since = reading.time((*path, "since"), entry.get("since"))
    if number is None or digest is None or since is None:
        return None
    if number > (last := releases[-1].number if releases else 0):
        reading.wrong((*path, "release"), f"release {number} comes after {last}, the last of the releases")
    known = next((each for each in releases if each.number == number), None)
    if known is not None and known.digest != digest:
        reading.wrong((*path, "digest"), f"release {number} is {known.digest[:19]} among the releases")
    return Held(Release(number, digest), since)
