"""stacks/rings.yaml of a fleet: where it is looked for, and what is wrong in it for this fleet."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.rolling_fleet import START
from tests.small import plan_of, smallest

from edgewright.artifact.rings import ClassRings, Release, Rings, entered, moved
from edgewright.assembly.rings import ReadRings, placed, read_rings_of, rings_beside, rings_text
from edgewright.document.document import parse_document
from edgewright.document.source import Source
from edgewright.errors import Finding, Note

STAGES = [{"ring": "canary", "upTo": "1%", "soak": "1h"}, {"ring": "everyone", "upTo": "100%"}]
PLAN = plan_of(smallest(rollouts={"careful": {"stages": STAGES}}, workloads__read__rollout="careful"))
A = "sha256:" + "a" * 64


def read(tmp_path: Path, text: str) -> ReadRings:
    file = tmp_path / "rings.yaml"
    file.write_text(text)
    return read_rings_of(PLAN, file, START)


def written() -> str:
    rings = moved(entered(ClassRings(), "canary", A, START), "everyone", Release(1, A), START)
    return rings_text(PLAN, Rings("tiny", {"kiosk": rings}))


def test_it_lies_in_stacks_or_beside_the_fleet(tmp_path: Path) -> None:
    assert rings_beside(tmp_path / "fleet.yaml") == tmp_path / "rings.yaml"
    (tmp_path / "stacks").mkdir()
    assert rings_beside(tmp_path / "fleet.yaml") == tmp_path / "stacks" / "rings.yaml"
    assert rings_beside(Path("/dev/stdin")).name == "rings.yaml"


def test_where_there_is_no_file_nothing_runs_yet(tmp_path: Path) -> None:
    found = read_rings_of(PLAN, tmp_path / "gone.yaml", START)
    assert (found.rings, found.findings) == (Rings("tiny"), ())


def test_what_is_written_has_the_order_of_the_fleet_and_says_what_it_is(tmp_path: Path) -> None:
    text = written()
    assert text.startswith("# Which artifact the devices of each ring run.")
    assert text.index("canary:") < text.index("everyone:")
    rings = read(tmp_path, text).rings.classes["kiosk"].rings
    turned = ClassRings({name: rings[name] for name in ("everyone", "canary")}, (Release(1, A),))
    backwards = Rings("tiny", {"kiosk": turned})
    assert rings_text(PLAN, backwards) == text


@pytest.mark.parametrize(
    ("before", "after", "rule", "line"),
    [
        ("fleet: tiny", "fleet: tinny", "rings-unreadable", 4),
        ("  kiosk:", "  kioks:", "unknown-reference", 6),
        ("      canary:", "      canari:", "unknown-reference", 8),
        ('since: "2026', 'since: "2027', "ring-from-the-future", 11),
        ("ringsVersion: 1", "ringsVersion: 1\nmore: 2", "rings-unreadable", 4),
        (f"digest: {A}", "digest: x", "rings-unreadable", 10),
    ],
)
def test_what_is_wrong_has_its_place(tmp_path: Path, before: str, after: str, rule: str, line: int) -> None:
    text = written()
    assert before in text
    (finding,) = read(tmp_path, text.replace(before, after, 1)).findings
    assert finding.rule == rule
    assert finding.place is not None
    assert finding.place.line == line


def test_a_file_that_is_no_file(tmp_path: Path) -> None:
    assert [each.rule for each in read_rings_of(PLAN, tmp_path, START).findings] == ["cannot-read"]


def test_clocks_may_differ_a_little(tmp_path: Path) -> None:
    file = tmp_path / "rings.yaml"
    file.write_text(written())
    assert not read_rings_of(PLAN, file, START - timedelta(minutes=5)).findings
    assert read_rings_of(PLAN, file, START - timedelta(minutes=5, seconds=1)).findings


def test_a_finding_points_into_one_file_and_its_notes_into_the_fleet() -> None:
    rings = parse_document(Source("rings.yaml", "a: 1\nb: 2\n"))
    fleet = parse_document(Source("fleet.yaml", "x:\n  y: 1\n"))
    notes = (Note("here", path=("x", "y")), Note("nowhere", path=("z",)))
    (found,) = placed([Finding("ring-differs", "error", "m", "r", ("b",), notes=notes)], rings, fleet)
    assert found.place is not None
    assert (found.place.file, found.place.line) == ("rings.yaml", 2)
    (note,) = found.notes
    assert note.place is not None
    assert (note.place.file, note.place.line) == ("fleet.yaml", 2)
    (bare,) = placed([Finding("ring-differs", "error", "m", "r", ("b",), notes=notes)], None, None)
    assert bare.place is None
    assert bare.notes == ()
