"""Replacements end up where their findings are, and nothing else in the text changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.document.edits import apply_edits, apply_replacements, edits_of
from edgewright.document.source import Source
from edgewright.errors import Edit, Finding, Place

TEXT = "fleet: acme   # the plant\nmodel: {versoin: 1.0.0, sorce: é/m.onnx}\r\nend: 7"


def _finding(line: int, column: int, end: int, text: str | None, file: str = "fleet.yaml") -> Finding:
    place = Place(file, line, column, line, end)
    return Finding("a-rule", "error", "wrong", "mend it", place=place, replacement=text)


def test_replacements_of_one_line_do_not_move_each_other() -> None:
    findings = [_finding(2, 25, 30, "source"), _finding(2, 9, 16, "version"), _finding(3, 6, 7, "12")]
    fixed = "fleet: acme   # the plant\nmodel: {version: 1.0.0, source: é/m.onnx}\r\nend: 12"
    assert apply_replacements(Source("fleet.yaml", TEXT), findings) == fixed


def test_a_finding_without_place_replacement_or_of_another_file_changes_nothing() -> None:
    findings = [
        Finding("a-rule", "error", "wrong", "mend it", replacement="x"),
        _finding(1, 1, 6, None),
        _finding(1, 1, 6, "x", file="fleet.lock"),
    ]
    assert edits_of(Source("fleet.yaml", TEXT), findings) == ()


def test_of_overlapping_places_the_first_and_longer_one_wins() -> None:
    source = Source("fleet.yaml", TEXT)
    findings = [
        _finding(1, 9, 12, "b"),
        _finding(1, 8, 12, "a"),
        _finding(1, 8, 10, "c"),
        _finding(1, 8, 12, "a"),
    ]
    assert [edit.text for edit in edits_of(source, findings)] == ["a"]
    assert apply_replacements(source, findings) == TEXT.replace("acme", "a")


@pytest.mark.parametrize(
    ("text", "start", "end", "fixed"),
    [
        ("a: &x b\n", 4, 6, "a: b\n"),
        ("a: &x\n  b: c\n", 4, 6, "a:\n  b: c\n"),
        ("a: &x", 4, 6, "a:"),
        ("a: b\u202ec\n", 5, 6, "a: bc\n"),
        ("&x a: b\n", 1, 3, " a: b\n"),
    ],
)
def test_what_goes_takes_the_blank_beside_it(text: str, start: int, end: int, fixed: str) -> None:
    assert apply_replacements(Source("fleet.yaml", text), [_finding(1, start, end, "")]) == fixed


@given(st.data())
def test_the_text_around_edits_stays(data: st.DataObject) -> None:
    text = data.draw(st.text(st.sampled_from("ab:é\n\r 🔍"), max_size=60))
    source = Source("fleet.yaml", text)
    offsets = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8, unique=True)))
    spans = list(zip(offsets[::2], offsets[1::2], strict=False))
    # A place that begins between CR and LF would not be one that a finding has.
    spans = [span for span in spans if all(text[at - 1 : at + 1] != "\r\n" for at in span)]
    edits = [
        Edit(Place("fleet.yaml", *source.position(start), *source.position(end)), "X") for start, end in spans
    ]
    expected, at = "", 0
    for start, end in spans:
        expected += text[at:start] + "X"
        at = end
    assert apply_edits(source, edits) == expected + text[at:]
