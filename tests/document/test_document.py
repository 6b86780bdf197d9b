"""A field's path ⇒ where it stands, proved on values that are written in every style there is.

The writer below notes the offset of each key and value while it writes; what the Document says is
compared with that, and with ruamel.yaml as a second opinion.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from edgewright.document.document import Document, parse_document, read_document
from edgewright.document.scalars import resolve
from edgewright.document.source import Source, decode
from edgewright.errors import FieldPath, Finding, Note, Place

ROOT = Path(__file__).parents[2]
_PLAIN = re.compile(r"[a-zA-Z/é日😀][\w./é日😀-]*(?: [\w./é日😀-]+)*")


@dataclass
class Writer:
    """Writes a value as YAML in styles that are drawn, and notes where everything is."""

    draw: st.DrawFn
    line_end: str
    text: str = ""
    keys: dict[FieldPath, tuple[int, int]] = field(default_factory=dict)
    values: dict[FieldPath, tuple[int, int]] = field(default_factory=dict)
    blocks: dict[FieldPath, int] = field(default_factory=dict)
    in_literal: bool = False

    def one_of(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def put(self, text: str) -> tuple[int, int]:
        start = len(self.text)
        self.text += text
        self.in_literal = False
        return start, len(self.text)

    def line(self, indent: int) -> None:
        """The rest of the line, perhaps with a comment, and perhaps lines that say nothing."""
        more = ["", "", "", " # é: comment, with [brackets", self.line_end, f"{self.line_end}  # x: y"]
        if self.in_literal:  # there a comment would be text
            more = ["", self.line_end]
        self.put(self.one_of(*more) + self.line_end + " " * indent)

    def scalar(self, value: Any, *, key: bool = False, flow: bool = False) -> tuple[int, int]:
        if not isinstance(value, str):
            return self.put(self.number(value))
        styles = ['"']
        if not set(value) & set('\n\t\r"\\') or not value:
            styles.append("'")
        if _PLAIN.fullmatch(value) and resolve(value) == value:
            styles += ["plain"] * 3
        style = self.one_of(*styles)
        if style == "plain":
            return self.put(value)
        if style == "'":
            return self.put("'" + value.replace("'", "''") + "'")
        quoted = json.dumps(value, ensure_ascii=False)
        if self.one_of(True, False):  # escapes are several characters, and one in the value
            quoted = quoted.replace("a", "\\x61").replace("b", "\\U00000062").replace("é", "\\u00e9")
        return self.put(quoted)

    def number(self, value: Any) -> str:
        if value is None:
            return str(self.one_of("null", "~", "Null"))
        if isinstance(value, bool):
            return str(self.one_of(str(value), str(value).lower(), str(value).upper()))
        if isinstance(value, int) and value >= 0:
            return str(self.one_of(str(value), f"+{value}", hex(value), f"0o{value:o}", f"00{value}"))
        return repr(value)

    def literal(self, value: str, indent: int) -> tuple[int, int]:
        """A block of text; its last line ends with or without a newline, by its chomping."""
        chomp = "" if value.endswith("\n") else "-"
        start = len(self.text)
        self.put("|" + chomp)
        for line in value.removesuffix("\n").split("\n"):
            self.put(self.line_end + (" " * (indent + 2) + line if line else ""))
        self.in_literal = True
        return start, len(self.text)

    def flow(self, value: Any, path: FieldPath) -> None:
        start = len(self.text)
        if isinstance(value, dict):
            self.put("{")
            for index, (key, kid) in enumerate(value.items()):
                self.put(self.one_of(", ", "," + self.line_end + "  ") if index else self.one_of("", " "))
                self.keys[(*path, key)] = self.scalar(key, key=True, flow=True)
                self.put(self.one_of(": ", ":  "))
                self.flow(kid, (*path, key))
            self.put(self.one_of("}", " }", ", }" if value else "}"))
        elif isinstance(value, list):
            self.put("[")
            for index, kid in enumerate(value):
                self.put(self.one_of(", ", " , ") if index else "")
                self.flow(kid, (*path, index))
            self.put(self.one_of("]", " ]"))
        else:
            self.values[path] = self.scalar(value, flow=True)
            return
        self.values[path] = (start, len(self.text))

    def block(self, value: Any, path: FieldPath, indent: int) -> None:
        """The value; where it is a block it begins in the column that the text is at."""
        if isinstance(value, dict) and value and (not path or self.one_of(True, True, False)):
            self.blocks[path] = len(self.text)
            for index, (key, kid) in enumerate(value.items()):
                if index:
                    self.line(indent)
                self.entry(key, kid, path, indent)
        elif isinstance(value, list) and value and (not path or self.one_of(True, True, False)):
            self.blocks[path] = len(self.text)
            for index, kid in enumerate(value):
                if index:
                    self.line(indent)
                self.put("- ")
                self.block(kid, (*path, index), indent + 2)
        elif isinstance(value, (dict, list)):
            self.flow(value, path)
        else:
            self.leaf(value, path, indent)

    def entry(self, key: str, kid: Any, path: FieldPath, indent: int) -> None:
        below = (*path, key)
        asked = self.one_of(False, False, False, True)
        if asked:
            self.put("? ")
        self.keys[below] = self.scalar(key, key=True)
        if asked:
            self.line(indent)
        self.put(":" + self.one_of(" ", "  ") if not isinstance(kid, (dict, list)) or not kid else ":")
        if not isinstance(kid, (dict, list)) or not kid:
            self.block(kid, below, indent)
            return
        deeper = indent + self.one_of(1, 2, 4)
        if self.one_of(True, True, False):
            self.line(deeper)
            self.block_only(kid, below, deeper)
        else:
            self.put(" ")
            self.flow(kid, below)

    def block_only(self, kid: Any, path: FieldPath, indent: int) -> None:
        self.blocks[path] = len(self.text)
        self.block(kid, path, indent) if not path else self._container(kid, path, indent)

    def _container(self, kid: Any, path: FieldPath, indent: int) -> None:
        for index, step in enumerate(kid if isinstance(kid, dict) else range(len(kid))):
            if index:
                self.line(indent)
            if isinstance(kid, dict):
                self.entry(step, kid[step], path, indent)
            else:
                self.put("- ")
                self.block(kid[step], (*path, step), indent + 2)

    def leaf(self, value: Any, path: FieldPath, indent: int) -> None:
        lines = isinstance(value, str) and re.fullmatch(r"[^\s].*[^\s]\n?|[^\s]\n?", value, re.DOTALL)
        if lines and "\t" not in value and "\r" not in value and self.one_of(True, False):
            self.values[path] = self.literal(value, indent)
        else:
            self.values[path] = self.scalar(value)


TEXTS = st.text(st.sampled_from("ab:#-'\"{}[],&*!|>%@`? \n\t\\é日😀\u0301\u200d"), max_size=8)
WORDS = st.sampled_from(["a", "key", "b c", "é", "日本", "😀", "a-b", "yes", "12", "true", "6Gi"])
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-50, 5000)
    | st.sampled_from([1.5, -0.25, 1e22, 1e-7])
    | TEXTS
    | WORDS
)
VALUES = st.recursive(
    LEAVES,
    lambda kids: st.lists(kids, max_size=3) | st.dictionaries(TEXTS | WORDS, kids, max_size=3),
    max_leaves=12,
)


@dataclass(frozen=True)
class Written:
    value: Any
    writer: Writer

    def __repr__(self) -> str:
        return f"{self.writer.text!r} for {self.value!r}"


@st.composite
def written(draw: st.DrawFn) -> Written:
    value = draw(
        st.dictionaries(TEXTS | WORDS, VALUES, min_size=1, max_size=4)
        | st.lists(VALUES, min_size=1, max_size=3)
    )
    writer = Writer(draw, draw(st.sampled_from(["\n", "\n", "\r\n", "\r"])))
    writer.put(
        draw(st.sampled_from(["", "# first\n".replace("\n", writer.line_end), "---" + writer.line_end]))
    )
    writer.block(value, (), 0)
    ends = [writer.line_end, writer.line_end * 2 + "# last", writer.line_end + "..."]
    if not writer.in_literal:  # the last line of a block ends, or its text has no newline at the end
        ends.append("")
    writer.put(draw(st.sampled_from(ends)))
    return Written(value, writer)


def same(one: Any, other: Any) -> bool:
    return json.dumps(one) == json.dumps(other) and type(one) is type(other)


def cut(text: str, place: Place | None) -> str:
    """What stands at a place, found by counting lines and columns."""
    assert place is not None
    starts = [0, *(match.end() for match in re.finditer("\r\n|\r|\n", text))]
    return text[starts[place.line - 1] + place.column - 1 : starts[place.end_line - 1] + place.end_column - 1]


def paths(value: Any, path: FieldPath = ()) -> Iterator[FieldPath]:
    yield path
    kids = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, kid in kids:
        yield from paths(kid, (*path, step))


@given(written(), st.booleans())
@settings(max_examples=400)
def test_values_and_places_are_those_that_were_written(case: Written, marked: bool) -> None:
    writer = case.writer
    document = parse_document(decode((b"\xef\xbb\xbf" if marked else b"") + writer.text.encode(), "f"))
    assert not document.findings
    assert same(document.value, case.value)
    for path, (start, end) in writer.keys.items():
        assert document.place(path, on_key=True) == document.source.place(start, end)
        assert cut(writer.text, document.place(path, on_key=True)) == writer.text[start:end]
    for path, (start, end) in writer.values.items():
        assert cut(writer.text, document.place(path)) == writer.text[start:end]
    for path, start in writer.blocks.items():
        place = document.place(path)
        if path in writer.keys:
            assert place == document.source.place(*writer.keys[path])
        else:
            assert (place.line, place.column) == document.source.position(start)
    assert all(document.has(path) for path in paths(case.value))


def _other_places(data: Any, path: FieldPath = ()) -> Iterator[tuple[FieldPath, bool, tuple[int, int]]]:
    """Where ruamel.yaml has keys (True) and values (False), both counted from 1."""
    named = isinstance(data, dict)
    for step in data if named else range(len(data)) if isinstance(data, list) else ():
        below = (*path, step)
        if named:
            line, column = data.lc.key(step)
            yield below, True, (line + 1, column + 1)
            line, column = data.lc.value(step)
        else:
            line, column = data.lc.item(step)
        yield below, False, (line + 1, column + 1)
        yield from _other_places(data[step], below)


@given(written())
@settings(max_examples=150)
def test_ruamel_sees_the_same_values_in_the_same_places(case: Written) -> None:
    text = case.writer.text
    document = parse_document(Source("f", text))
    assert same(document.value, YAML(typ="safe", pure=True).load(text))
    for path, on_key, start in _other_places(YAML(typ="rt", pure=True).load(text)):
        if on_key or path in case.writer.values:
            place = document.place(path, on_key=on_key)
            assert (place.line, place.column) == start


def document_of(text: str) -> Document:
    return parse_document(Source("fleet.yaml", text))


TEXT = """\
# the fleet
name: a
classes:
  camera: {board: x, reserve: {cpu: 1}}
  kiosk:
    board: y
    empty:
stages:
  - {ring: one}
  - ring: two  # the second
    soak: 1h
  -
note: |  # why
  two
  lines


last: 'it''s'
"""


@pytest.mark.parametrize(
    ("path", "on_key", "place"),
    [
        (("name",), False, (2, 7, 2, 8)),
        (("name",), True, (2, 1, 2, 5)),
        (("classes",), False, (3, 1, 3, 8)),
        (("classes", "camera"), False, (4, 11, 4, 40)),
        (("classes", "camera"), True, (4, 3, 4, 9)),
        (("classes", "camera", "reserve", "cpu"), False, (4, 37, 4, 38)),
        (("classes", "kiosk", "empty"), False, (7, 5, 7, 10)),
        (("stages", 0), False, (9, 5, 9, 16)),
        (("stages", 1), False, (10, 5, 10, 28)),
        (("stages", 1, "soak"), False, (11, 11, 11, 13)),
        (("stages", 2), False, (12, 3, 12, 4)),
        (("stages", 2), True, (12, 3, 12, 4)),
        (("note",), False, (13, 7, 15, 8)),
        (("last",), False, (18, 7, 18, 14)),
        # What is missing has the place of what it is missing in, by its name.
        (("classes", "camera", "gpu"), False, (4, 3, 4, 9)),
        (("classes", "camera", "reserve", "memory", "x"), False, (4, 22, 4, 29)),
        (("classes", "kiosk", "host"), False, (5, 3, 5, 8)),
        (("stages", 0, "upTo"), False, (9, 5, 9, 16)),
        (("stages", 7), False, (8, 1, 8, 7)),
        (("stages", -1), False, (8, 1, 8, 7)),
        (("name", "below", 3), False, (2, 1, 2, 5)),
        (("registry",), False, (2, 1, 2, 8)),
        ((), False, (2, 1, 2, 8)),
    ],
)
def test_places(path: FieldPath, on_key: bool, place: tuple[int, int, int, int]) -> None:
    assert document_of(TEXT).place(path, on_key=on_key) == Place("fleet.yaml", *place)


def test_what_the_file_has() -> None:
    document = document_of(TEXT)
    assert document.file == "fleet.yaml"
    assert all(map(document.has, [(), ("stages", 2), ("classes", "kiosk", "empty")]))
    assert not any(map(document.has, [("x",), ("stages", 3), ("stages", -1), ("stages", "0"), ("name", 0)]))


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n", "---\n...\n"])
def test_an_empty_document_has_its_beginning(text: str) -> None:
    document = document_of(text)
    assert document.value is None
    assert not document.findings
    assert document.place(("a", "b")).line == 1


def test_locating_a_finding_and_its_notes() -> None:
    document = document_of(TEXT)
    fixed = Place("other", 1, 1, 1, 2)
    notes = (Note("a", ("name",)), Note("gone", ("runtimes",)), Note("fixed", place=fixed))
    located = document.locate(Finding("r", "error", "m", "do", ("classes", "camera"), True, notes=notes))
    assert located.place == Place("fleet.yaml", 4, 3, 4, 9)
    assert [(note.message, note.place) for note in located.notes] == [
        ("a", Place("fleet.yaml", 2, 7, 2, 8)),
        ("fixed", fixed),
    ]
    assert document.locate(Finding("r", "error", "m", "do", place=fixed)).place == fixed


def test_reading_a_file(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"a: 1\n")
    assert read_document(tmp_path / "f", "name").value == {"a": 1}


def test_the_example_is_read_as_ruamel_reads_it() -> None:
    text = (ROOT / "fleet.yaml").read_text()
    document = document_of(text)
    assert not document.findings
    assert same(document.value, YAML(typ="safe", pure=True).load(text))
    data = YAML(typ="rt", pure=True).load(text)
    for path, on_key, start in _other_places(data):
        place = document.place(path, on_key=on_key)
        if on_key or not isinstance(_at(document.value, path), (dict, list)):
            assert (place.line, place.column) == start


def _at(value: Any, path: FieldPath) -> Any:
    for step in path:
        value = value[step]
    return value


def echoes(text: str, *findings: Finding) -> list[str]:
    """The rules of the findings that remain beside those of the document."""
    document = document_of(text)
    assert document.findings
    return [finding.rule for finding in document.without_echoes(findings)]


def about(rule: str, *path: str | int, note: FieldPath = ()) -> Finding:
    return Finding(rule, "error", "", "", path, notes=(Note("", note),) if note else ())


class TestEchoes:
    """A field that YAML already refused gets no second finding that only follows from that."""

    def test_the_value_of_an_alias_and_what_is_below_it(self) -> None:
        text = "a: &x {b: 1}\nc: *x\nd: 1\n"
        assert echoes(
            text, about("lost", "c"), about("lost", "c", "b"), about("kept", "d"), about("kept", "a", "b")
        ) == [
            "kept",
            "kept",
        ]

    def test_the_value_behind_a_tag(self) -> None:
        assert echoes("a: !!int '3'\nb: 1\n", about("lost", "a"), about("kept", "b")) == ["kept"]

    def test_the_value_behind_an_anchor_is_read(self) -> None:
        assert echoes("a: &x 6GB\n", about("kept", "a")) == ["kept"]

    def test_what_a_mapping_with_a_merge_key_lacks(self) -> None:
        text = "a:\n  <<: *x\n  b: 1\nc: 2\n"
        found = (about("lost", "a"), about("lost", "a", "board"), about("kept", "a", "b"), about("kept", "c"))
        assert echoes(text, *found, about("kept", "d")) == ["kept", "kept", "kept"]

    def test_what_the_second_of_two_keys_may_have_had(self) -> None:
        text = "models:\n  a: 1\nw: b\nmodels:\n  b: 1\n"
        assert echoes(text, about("lost", "w", note=("models",)), about("lost", "models", "x")) == []
        assert echoes(text, about("kept", "models", "a"), about("kept", "w", note=("other",))) == [
            "kept",
            "kept",
        ]

    def test_what_may_come_behind_the_end_of_reading(self) -> None:
        text = "a:\n  b: 1\n  c: 2\n d: 3\nmodels: {}\n"
        kept = (about("kept", "a", "b"), about("kept", "a", "b", "x"))
        assert echoes(text, about("lost", "models"), about("lost", "a", "d"), about("lost", "a"), *kept) == [
            "kept",
            "kept",
        ]
        assert echoes(text, about("lost", "a", "b", note=("models",)), about("lost")) == []

    def test_what_an_open_bracket_swallowed(self) -> None:
        text = "a: {x: 1}\nb:\n  c: [1, 2\n  d: 3\n"
        assert echoes(text, about("lost", "b", "c", 1), about("lost", "b", "d"), about("kept", "a", "x")) == [
            "kept"
        ]

    def test_a_document_without_faults_keeps_all(self) -> None:
        finding = about("kept", "x")
        assert document_of("a: 1").without_echoes([finding]) == (finding,)
