"""stacks/rings.yaml: what is written is read back, and what is wrong is found at its place, all at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.artifact.rings import ClassRings, Held, Release, Ring, Rings
from edgewright.artifact.rings_file import read_rings, rings_values
from edgewright.document.document import parse_document
from edgewright.document.emit import emit
from edgewright.document.source import Source
from edgewright.errors import Finding

NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
TIMES = st.datetimes(datetime(2026, 1, 1), datetime(2099, 1, 1)).map(  # noqa: DTZ001 - hypothesis wants naive ones
    lambda time: time.replace(microsecond=0, tzinfo=UTC)
)
REASONS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs")), min_size=1, max_size=40
)
A, B, C = (f"sha256:{letter * 64}" for letter in "abc")

TEXT = f"""\
ringsVersion: 1
fleet: tiny
classes:
  kiosk:
    rings:
      canary:
        release: 2
        digest: {B}
        since: "2026-11-02T00:00:00Z"
        previous:
          release: 1
          digest: {A}
          since: "2026-11-01T00:00:00Z"
    releases:
    - number: 1
      digest: {A}
    - number: 2
      digest: {B}
"""


def read(text: str) -> tuple[Rings, tuple[Finding, ...]]:
    return read_rings(parse_document(Source("rings.yaml", text)))


@st.composite
def class_rings(draw: st.DrawFn) -> ClassRings:
    """Releases that rise, and rings that run some of them, or ones that are forgotten."""
    numbers = sorted(draw(st.sets(st.integers(2, 99), min_size=1, max_size=6)))
    releases = tuple(Release(number, f"sha256:{number:064x}") for number in numbers)
    forgotten = Release(1, f"sha256:{0:064x}")

    def held(latest: datetime) -> Held:
        since = latest - timedelta(seconds=draw(st.integers(0, 10**6)))
        return Held(draw(st.sampled_from([*releases, forgotten])), since)

    def ring() -> Ring:
        runs = held(draw(TIMES))
        before = [held(runs.since) if draw(st.booleans()) else None for _ in range(2)]
        return Ring(runs, before[0], before[1], draw(st.none() | REASONS))

    names = draw(st.lists(NAMES, max_size=3, unique=True))
    return ClassRings({name: ring() for name in names}, releases)


@given(NAMES, st.dictionaries(NAMES, class_rings(), max_size=3))
def test_what_is_written_is_read_back(fleet: str, classes: dict[str, ClassRings]) -> None:
    rings = Rings(fleet, classes)
    text = emit(rings_values(rings))
    assert read(text) == (rings, ())
    assert emit(rings_values(read(text)[0])) == text


def test_the_example_is_right() -> None:
    rings, findings = read(TEXT)
    assert findings == ()
    assert emit(rings_values(rings)) == TEXT


@pytest.mark.parametrize(
    ("before", "after", "at", "what"),
    [
        ("ringsVersion: 1", "ringsVersion: 2", (1, 15), "no rings.yaml of version 1"),
        ("fleet: tiny", "fleet: 7", (2, 8), "`fleet` is no text"),
        ("  kiosk:", "  kiosk: 7\n  other:", (4, 10), "`kiosk` is no mapping"),
        ("    rings:", "    ring:", (5, 5), "no field `ring` here; did you mean `rings`?"),
        ("        release: 2", "        release: two", (7, 18), "whole number of 1 or more"),
        ("        release: 2", "        release: true", (7, 18), "whole number of 1 or more"),
        ("        release: 2", "        releases: 2", (7, 9), "did you mean `release`?"),
        (f"        digest: {B}", f"        digest: {B[:-1]}", (8, 17), "is no digest"),
        (f"        digest: {B}", f"        digest: {B.upper()}", (8, 17), "is no digest"),
        (f"        digest: {B}\n        since", f"        digest: {C}\n        since", (8, 17), "release 2 is"),
        ("\"2026-11-02T00:00:00Z\"", "2026-11-02", (9, 16), "no time in UTC"),
        ("\"2026-11-02T00:00:00Z\"", "\"2026-11-02T00:00:00+01:00\"", (9, 16), "no time in UTC"),
        ("\"2026-11-02T00:00:00Z\"", "\"2026-13-02T00:00:00Z\"", (9, 16), "no time in UTC"),
        ("\"2026-11-02T00:00:00Z\"", "\"2026-11-02T00:00:00.5Z\"", (9, 16), "no time in UTC"),
        ("\"2026-11-01T00:00:00Z\"", "\"2026-12-01T00:00:00Z\"", (13, 18), "would have begun afterwards"),
        ("        previous:", "        forced: ''\n        previous:", (10, 17), "no text of 1 to 500"),
        ("    - number: 2", "    - number: 1", (17, 15), "numbers only rise"),
        (f"    - number: 2\n      digest: {B}", f"    - number: 3\n      digest: {A}", (18, 15), "twice"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_at_its_place(before: str, after: str, at: tuple[int, int], what: str) -> None:
    assert before in TEXT
    _, findings = read(TEXT.replace(before, after, 1))
    hits = [each for each in findings if what in each.message]
    assert hits, findings
    assert all(each.rule == "rings-unreadable" and not each.waivable for each in findings)
    place = hits[0].place
    assert place is not None
    assert (place.line, place.column) == at


@pytest.mark.parametrize(
    ("before", "after"), [("release: 2", "release: 3"), (TEXT[TEXT.index("    releases:") :], "")]
)
def test_no_ring_runs_a_release_that_is_yet_to_come(before: str, after: str) -> None:
    """Else what enters next would have a lower number than what it follows, or one that is given already."""
    _, findings = read(TEXT.replace(before, after))
    assert findings
    assert "the last of the releases" in findings[0].message


def test_everything_is_told_at_once() -> None:
    text = (
        TEXT.replace('"2026-11-02T00:00:00Z"', "never")
        .replace(f"digest: {A}", "digest: no")
        .replace("fleet: tiny", "")
    )
    _, findings = read(text)
    assert len(findings) == 4


@pytest.mark.parametrize(
    "text", ["", "7", "[]", "a: &x 1", "ringsVersion: 1\nfleet: x\n", "\tx", "classes: {}"]
)
def test_no_text_is_too_strange(text: str) -> None:
    _, findings = read(text)
    assert findings


@given(st.text(max_size=60) | st.builds("ringsVersion: 1\nclasses: {}".format, st.text(max_size=60)))
def test_any_text_is_rings_or_findings(text: str) -> None:
    rings, findings = read(text)
    assert findings or rings.fleet
