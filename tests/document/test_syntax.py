"""Text that is no YAML: the finding points at what has to change, and says what it is."""

from __future__ import annotations

import pytest

from edgewright.document.document import parse_document
from edgewright.document.source import Source
from edgewright.errors import Finding


def only(text: str) -> Finding:
    (finding,) = parse_document(Source("f", text)).findings
    assert finding.rule == "yaml-syntax"
    assert not finding.waivable
    assert finding.remedy
    return finding


@pytest.mark.parametrize(
    ("text", "start", "end", "says"),
    [
        ("a:\n\tb: 1\n", (2, 1), (2, 2), "a tab cannot indent YAML"),
        ("a: 1\n\tb: 1\n", (2, 1), (2, 2), "a tab cannot indent YAML"),
        ("a:\n  - b\n\t- c\n", (3, 1), (3, 2), "a tab cannot indent YAML"),
        ("- a\n-\tb: 1\n", (2, 2), (2, 3), "a tab cannot indent YAML"),
        ("a: |\n\tx\n", (2, 1), (2, 2), "a tab cannot indent YAML"),
        ('a: "x\nb: 3\n', (1, 4), (1, 5), "a quote is opened here and never closed"),
        ("a: 'x\nb: 3\n", (1, 4), (1, 5), "a quote is opened here and never closed"),
        ("a: 'it's'\n", (1, 8), (1, 9), "text stands behind a closing quote"),
        ("a: [1, 2\nb: 3\n", (1, 4), (1, 5), "this `[` is not closed"),
        ("a: {b: 1\nc: 3\n", (1, 4), (1, 5), "this `{` is not closed"),
        ("a: {b: 1", (1, 4), (1, 5), "this `{` is not closed"),
        ("a: {b: 1 c: 2}\n", (1, 11), (1, 12), "a `,` or `}` is missing before this"),
        ("a: [{b: 1} {c: 2}]\n", (1, 12), (1, 13), "a `,` or `]` is missing before this"),
        ("a: [1,,2]\n", (1, 7), (1, 8), "a comma without a value before it"),
        ("a: [\n- 1\n]\n", (2, 1), (2, 2), "a list of `-` lines inside of brackets"),
        ("a: ]\n", (1, 4), (1, 5), "this `]` closes nothing"),
        ("a: 1\n}\n", (2, 1), (2, 2), "this `}` closes nothing"),
        ("a:\n  b: 1\n c: 2\n", (3, 2), (3, 3), "the indentation does not fit the lines above"),
        ("a:\n  - 1\n  b: 2\n", (3, 3), (3, 4), "the indentation does not fit the list above"),
        ("a: 1\n  bc: 2\n", (2, 3), (2, 5), "`bc:` is indented below a value, as if it were its next line"),
        ("é: 😀\n  bc: 2\n", (2, 3), (2, 5), "`bc:` is indented below a value, as if it were its next line"),
        ("a: b: c\n", (1, 5), (1, 6), "a `:` stands where no key can end"),
        ("a: 1\nb c\nd: 2\n", (2, 1), (2, 4), "a key without `:` behind it"),
        ("a: @x\n", (1, 4), (1, 5), "a value cannot begin with `@`"),
        ("a: %x\n", (1, 4), (1, 5), "a value cannot begin with `%`"),
        ("a: & x\n", (1, 5), (1, 6), "`&` or `*` begins an anchor or an alias"),
        ("a: *\n", (1, 5), (1, 5), "`&` or `*` begins an anchor or an alias"),
        ('a: "\\q"\n', (1, 5), (1, 6), "this escape does not exist inside double quotes"),
        ('a: "\\xg"\n', (1, 5), (1, 7), "an escape with too few digits"),
        (
            'a: "\\ud83d\\ude00"\n', (1, 5), (1, 11),
            "this escape stands for no character; half of a surrogate pair, perhaps",
        ),
        ("a: |x\n  y\n", (1, 5), (1, 6), "text stands behind the sign that begins a block of text"),
        ("a: !x!y z\n", (1, 4), (1, 5), "a tag with an unknown handle"),
        ("%YAML 2.0\n---\na: 1\n", (1, 1), (1, 2), "this version of YAML is not known"),
        ("%FOO x\n---\na: 1\n", (1, 5), (1, 6), "this directive is not known"),
        ("%YAML x\n---\na: 1\n", (1, 7), (1, 8), "this directive cannot be read"),
    ],
)  # fmt: skip
def test_places_and_words(text: str, start: tuple[int, int], end: tuple[int, int], says: str) -> None:
    finding = only(text)
    assert finding.place is not None
    assert finding.message == says
    assert (finding.place.line, finding.place.column) == start
    assert (finding.place.end_line, finding.place.end_column) == end


@pytest.mark.parametrize(
    ("text", "note", "line", "column"),
    [
        ("a: [1, 2\nb: 3\n", "this does not belong in it", 2, 2),
        ("a: {b: 1 c: 2}\n", "the mapping is opened here", 1, 4),
        ("a:\n  b: 1\n c: 2\n", "what it belongs to begins here", 1, 1),
        ("a: 1\n  b: 2\n", "the value above", 1, 4),
    ],
)
def test_the_other_place_that_it_is_about(text: str, note: str, line: int, column: int) -> None:
    (other,) = only(text).notes
    assert other.place is not None
    assert (other.message, other.place.line, other.place.column) == (note, line, column)


def test_what_came_before_is_read() -> None:
    document = parse_document(Source("f", "a: 1\nb: {c: 2}\nd: [\n"))
    assert document.value == {"a": 1, "b": {"c": 2}, "d": []}


@pytest.mark.parametrize("text", ["a: \x01\n", "\x01", "a: \ud800\n"])
def test_a_text_in_memory_with_characters_that_no_file_has(text: str) -> None:
    (finding,) = parse_document(Source("f", text)).findings
    assert finding.rule == "control-character"
    assert finding.place is not None
