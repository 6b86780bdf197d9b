"""A ring's tag in the registry beside what stacks/rings.yaml says: where they differ, what was put there."""

from __future__ import annotations

from typing import Final

from edgewright.artifact.rings import Age, ClassRings
from edgewright.errors import Finding
from edgewright.plan.promotion import ring_path

_AGES: Final[dict[Age, str]] = {
    "older": "which is older: whatever was mended since is broken again, and a good signature does not change that",
    "newer": "which is newer: it has skipped the rings before",
    "unknown": "which this file does not know",
}


def ring_differs(class_name: str, ring: str, rings: ClassRings, at_tag: str | None) -> Finding | None:
    """The finding that a tag is elsewhere than at the digest of the file; None where it is there."""
    should = rings.rings[ring].runs.release
    if at_tag == should.digest:
        return None
    ought = f"`{ring}` of `{class_name}` should run release {should.number} ({should.digest[:19]})"
    message = f"{ought}, and the registry has no such tag"
    remedy = "run `edgewright publish`, which makes it; if that has run since the file changed, find out who took it"
    if at_tag is not None:
        remedy = (
            "run `edgewright publish`, which makes the tag follow; if that has run since the file changed, find "
            "out who moved it"
        )
        message = f"{ought}, and its tag is at {_named(rings, ring, at_tag)}"
    return Finding(
        "ring-differs",
        "error",
        message,
        remedy,
        (*ring_path(class_name, ring), "digest"),
        waivable=False,
    )


def _named(rings: ClassRings, ring: str, digest: str) -> str:
    number = rings.number_of(digest)
    what = digest[:19] if number is None else f"release {number} ({digest[:19]})"
    return f"{what}, {_AGES[rings.age(ring, digest)]}"
