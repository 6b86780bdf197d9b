"""What is read out of YAML, what is refused in it and where; nothing in it takes long or much memory."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from edgewright.catalogue import load
from edgewright.document import yaml_events
from edgewright.document.document import Document, parse_document
from edgewright.document.source import Source, decode
from edgewright.document.yaml_events import MOST_DEPTH, MOST_NODES
from edgewright.errors import FieldPath, FleetError
from edgewright.fleet import read_fleet

EXAMPLE = (Path(__file__).parents[2] / "fleet.yaml").read_text()


def document_of(text: str) -> Document:
    return parse_document(Source("f", text))


def refusals(text: str) -> list[tuple[str, FieldPath, int, int, int, int]]:
    """Rule, path, and place of each finding."""
    found = []
    for finding in document_of(text).findings:
        assert finding.place is not None
        assert finding.level == "error"
        assert not finding.waivable
        assert finding.message
        assert finding.remedy
        place = finding.place
        found.append((finding.rule, finding.path, place.line, place.column, place.end_line, place.end_column))
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("--- \na: 1\n...\n# done\n", {"a": 1}),
        ("%YAML 1.2\n---\na: yes\n", {"a": "yes"}),
        ("%FLEET x\n---\na: 1\n", None),
        ("{a: 1, b: [x, 'y', \"z\"], }", {"a": 1, "b": ["x", "y", "z"]}),
        ('{"a":1,"b":"c"}', {"a": 1, "b": "c"}),
        ("? a\n: 1\n? |\n  two\n  lines\n: 2\n? c\n", {"a": 1, "two\nlines\n": 2, "c": None}),
        ("1: a\ntrue: b\n~: c\n1.5: d\n", {"1": "a", "true": "b", "~": "c", "1.5": "d"}),
        ("a: '1'\nb: \"1\"\nc: |\n  1\nd: >-\n  1\n", {"a": "1", "b": "1", "c": "1\n", "d": "1"}),
        ("a: x\n  y\n\n  z\n", {"a": "x y\nz"}),
        ("a: [b: 1, ? c]\n", {"a": [{"b": 1}, {"c": None}]}),
        ("a:\n- 1\n- - 2\n  - b: 3\n    c: 4\n", {"a": [1, [2, {"b": 3, "c": 4}]]}),
        ("a:\n-\n- \n", {"a": [None, None]}),
        ('"<<": 1\n', {"<<": 1}),
        ("a:\t1\nb: {\tc:\t2\t}\n", {"a": 1, "b": {"c": 2}}),
        ("a: 'it''s'\nb: \"\\u00e9\\x41\\U0001F600\\n\\\n  c\"\n", {"a": "it's", "b": "éA😀\nc"}),
        ("a: b#c\nd: http://x.y:80/z\n", {"a": "b#c", "d": "http://x.y:80/z"}),
        ("hello", "hello"),
        ("- 1\n", [1]),
    ],
)
def test_values(text: str, value: Any) -> None:
    for ends in ("\n", "\r\n", "\r"):
        assert document_of(text.replace("\n", ends)).value == value


NESTED = "a: &x 1\nb: {c: *x, d: !!str 2, c: 3}\n<<: {e: *x}\n&y k: *y\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: 1\nb: 2\na: 3\n", [("duplicate-key", ("a",), 3, 1, 3, 2)]),
        ("a: 1\n'a': 2\n\"\\x61\": 3\n", [
            ("duplicate-key", ("a",), 2, 1, 2, 4), ("duplicate-key", ("a",), 3, 1, 3, 7),
        ]),
        ("x: {a: 1, a: 2}\n", [("duplicate-key", ("x", "a"), 1, 11, 1, 12)]),
        ("a: {b: 1}\na: {c: &x 1, d: *x}\n", [
            ("duplicate-key", ("a",), 2, 1, 2, 2), ("yaml-anchor", ("a", "c"), 2, 8, 2, 10),
            ("yaml-alias", ("a", "d"), 2, 17, 2, 19),
        ]),
        ("a: &x 1\n", [("yaml-anchor", ("a",), 1, 4, 1, 6)]),
        ("a: !!str &x 1\n", [("yaml-anchor", ("a",), 1, 10, 1, 12), ("yaml-tag", ("a",), 1, 4, 1, 9)]),
        ("a: &x !!str 1\n", [("yaml-anchor", ("a",), 1, 4, 1, 6), ("yaml-tag", ("a",), 1, 7, 1, 12)]),
        ("- &x [1]\n- *x\n", [("yaml-anchor", (0,), 1, 3, 1, 5), ("yaml-alias", (1,), 2, 3, 2, 5)]),
        ("a: *b\n", [("yaml-alias", ("a",), 1, 4, 1, 6)]),
        ("a: &x\n", [("yaml-anchor", ("a",), 1, 4, 1, 6)]),
        ("&x a: 1\n", [("yaml-anchor", ("a",), 1, 1, 1, 3)]),
        ("&x\na: 1\n", [("yaml-anchor", (), 1, 1, 1, 3)]),
        ("*x : 1\n", [("yaml-alias", (), 1, 1, 1, 3)]),
        ("a: ! 1\n", [("yaml-tag", ("a",), 1, 4, 1, 5)]),
        ("a: ! 'x'\nb: ! |\n  x\n", [("yaml-tag", ("a",), 1, 4, 1, 5), ("yaml-tag", ("b",), 2, 4, 2, 5)]),
        ("a: !<tag:x,2:y> {b: 1}\n", [("yaml-tag", ("a",), 1, 4, 1, 16)]),
        ("!!map\na: !!null\n", [("yaml-tag", (), 1, 1, 1, 6), ("yaml-tag", ("a",), 2, 4, 2, 10)]),
        ("!!str a: 1\n", [("yaml-tag", ("a",), 1, 1, 1, 6)]),
        ("a: !!python/object:os.system x\n", [("yaml-tag", ("a",), 1, 4, 1, 29)]),
        ("a:\n  <<: *b\n  c: 1\n", [("yaml-merge-key", ("a", "<<"), 2, 3, 2, 5)]),
        ("a: {<<: [*b, *c], d: 1}\n", [("yaml-merge-key", ("a", "<<"), 1, 5, 1, 7)]),
        ("<<:\n  <<: {a: &x 1}\n", [("yaml-merge-key", ("<<",), 1, 1, 1, 3)]),
        ("%YAML 1.1\n---\na: yes\n", [("yaml-directive", (), 1, 1, 1, 10)]),
        ("%TAG !x! tag:x,2:\n---\na: 1\n", [("yaml-directive", (), 1, 1, 1, 18)]),
        ("a: 1\n---\nb: 2\n", [("yaml-documents", (), 2, 1, 2, 4)]),
        ("a: 1\n...\nb: 2\n", [("yaml-documents", (), 3, 1, 3, 5)]),
        ("---\n---\n", [("yaml-documents", (), 2, 1, 2, 4)]),
        ("? [a]\n: 1\n", [("yaml-key-not-text", (), 1, 3, 1, 4)]),
        ("x: {{a: 1}: 2}\n", [("yaml-key-not-text", ("x",), 1, 5, 1, 6)]),
        ("? ? a\n", [("yaml-key-not-text", (), 1, 3, 1, 4)]),
        (NESTED, [
            ("yaml-anchor", ("a",), 1, 4, 1, 6), ("yaml-alias", ("b", "c"), 2, 8, 2, 10),
            ("yaml-tag", ("b", "d"), 2, 15, 2, 20),
            ("duplicate-key", ("b", "c"), 2, 24, 2, 25), ("yaml-merge-key", ("<<",), 3, 1, 3, 3),
            ("yaml-anchor", ("k",), 4, 1, 4, 3), ("yaml-alias", ("k",), 4, 7, 4, 9),
        ]),
    ],
)  # fmt: skip
def test_refusals(text: str, found: list[tuple[Any, ...]]) -> None:
    assert refusals(text) == found
    # Line ends of other systems and characters of several bytes change no line and no column.
    assert refusals("# é😀\r\n" + text.replace("\n", "\r\n")) == [
        (rule, path, line + 1, column, end_line + 1, end_column)
        for rule, path, line, column, end_line, end_column in found
    ] or text.startswith("%")


def test_what_a_merge_key_brings_belongs_nowhere() -> None:
    document = document_of("a:\n  <<: {x: 1, y: [2]}\n  b: 3\n")
    assert document.value == {"a": {"b": 3}}
    assert document.partial == {("a",)}


def test_an_alias_shows_its_anchor_and_a_second_key_the_first() -> None:
    alias = document_of("a: &x 1\nb: *x\n").findings[1]
    assert [(note.message, note.place and note.place.line) for note in alias.notes] == [
        ("it is written here", 1)
    ]
    again = document_of("a: 1\na: 2\n").findings[0]
    assert [(note.message, note.place and note.place.line) for note in again.notes] == [
        ("first given here", 1)
    ]


def test_removing_an_anchor_removes_its_finding() -> None:
    (finding,) = document_of("a: &x 1\n").findings
    assert finding.replacement == ""


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "{a: ["])
def test_depth(opening: str) -> None:
    levels = opening.count("[") + opening.count("{") + opening.count("-")
    most = MOST_DEPTH // levels
    closing = {"[": "]", "{a: ": "}", "- ": "", "{a: [": "]}"}[opening]
    assert not document_of(opening * most + "x" + closing * most).findings
    rules = [rule for rule, *_ in refusals(opening * (most + 1) + "x" + closing * (most + 1))]
    assert rules == ["yaml-too-deep"]


def test_depth_of_blocks() -> None:
    assert not document_of("".join(f"{' ' * n}a:\n" for n in range(MOST_DEPTH))).findings
    ((rule, _, line, column, *_),) = refusals("".join(f"{' ' * n}a:\n" for n in range(MOST_DEPTH + 1)))
    assert (rule, line, column) == ("yaml-too-deep", MOST_DEPTH + 1, MOST_DEPTH + 1)


def test_number_of_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_events, "MOST_NODES", 4)
    assert document_of("- a\n- b\n- c\n").value == ["a", "b", "c"]
    assert refusals("- a\n- b\n- c\n- d\n") == [("too-large", (), 4, 3, 4, 4)]


def test_number_of_findings() -> None:
    document = document_of("- *a\n" * 10_000)
    assert len(document.findings) == 201
    assert () in document.partial  # what comes behind them was not read


def test_long_keys_are_a_clean_finding() -> None:
    key = "k" * 1100
    for text in (f"{key}: 1\n", f"a:\n  '{key}': 1\n  b: 2\n", f"{{{key}: 1}}", f"a: {{{key}: 1, b: 2}}\n"):
        (finding,) = document_of(text).findings
        assert finding.message == "a key of more than 1,024 characters"
        assert finding.place is not None
        assert finding.place.column == text.splitlines()[finding.place.line - 1].index("k") + 1 - (
            "'" in text
        )
    assert document_of(f"? {key}\n: 1\n").value == {key: 1}


# --- Nothing but findings, whatever the text


def check(text: str) -> None:
    """Whatever the text: a document, and a place in the text for every finding of it and of the fleet."""
    try:
        document = parse_document(decode(text.encode("utf-8", "surrogatepass"), "f"))
    except FleetError:
        return
    found = read_fleet(document.value, load()).findings
    lines = document.source.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for finding in (*document.findings, *map(document.locate, document.without_echoes(found))):
        place = finding.place
        assert place is not None
        assert 1 <= place.line <= place.end_line <= len(lines)
        assert 1 <= place.column <= len(lines[place.line - 1]) + 1
        assert 1 <= place.end_column <= len(lines[place.end_line - 1]) + 1


SIGNS = st.text(st.sampled_from("ab: -?#&*!|>'\"%@`{}[],\n\t\\<=~.0é\r"), max_size=40)


@given(SIGNS | st.text(max_size=30))
@example("\ud800")
@example("%YAML 1.2\n%YAML 1.2\n---\n")
@example("!<")
@example("a: !<tag:x> &b")
@example("&a &b c")
@example("- !!str\n- !")
@example("{a: b: c}")
@settings(max_examples=1500)
def test_any_text(text: str) -> None:
    check(text)


@given(st.text())
def test_a_text_in_memory_that_no_file_could_hold(text: str) -> None:
    for finding in parse_document(Source("f", text)).findings:
        assert finding.place is not None


@given(st.data())
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_the_example_with_a_few_characters_changed(data: st.DataObject) -> None:
    text = EXAMPLE
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.sampled_from([start, start + 1, start + 5, text.find("\n", start) + 1]))
        text = text[:start] + data.draw(SIGNS) + text[max(start, end) :]
    check(text)


@given(st.data())
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_the_example_with_lines_moved(data: st.DataObject) -> None:
    lines = EXAMPLE.splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 4))):
        start, end, to = (data.draw(st.integers(0, len(lines))) for _ in range(3))
        moved = lines[start:end]
        if data.draw(st.booleans()):
            del lines[start:end]
        lines[to:to] = [" " * data.draw(st.integers(0, 3)) + line for line in moved]
    check("".join(lines))


@given(st.integers(0, len(EXAMPLE)))
@settings(max_examples=100)
def test_the_example_cut_off(end: int) -> None:
    check(EXAMPLE[:end])


# --- Bounded time and memory

SIZE = 2**21
HOSTILE = {
    "one flow sequence": "[" + "a," * (SIZE // 2) + "]",
    "pairs": "[" + "a: b," * (SIZE // 5) + "]",
    "colons in a line": "a: " * (SIZE // 3),
    "one line": "a: " + "x" * SIZE,
    "one quoted line": f'a: "{"x" * SIZE}"',
    "one key": "a" * SIZE + ": 1",
    "line ends": "\n" * SIZE,
    "comments": "#\n" * (SIZE // 2),
    "waivers alone": "# edgewright: ignore[a-b] until=2027-01-01 x\n" * (SIZE // 45),
    "waivers behind values": "- a # edgewright: ignore[a] until=2027-01-01 x\n" * (SIZE // 48),
    "waivers in a text": "a: |\n" + " # edgewright: ignore[a] until=2027-01-01 x\n" * (SIZE // 45),
    "brackets": "[" * SIZE,
    "braces": "{" * SIZE,
    "maps in brackets": "{a: " * (SIZE // 4),
    "dashes": "- " * (SIZE // 2),
    "question marks": "? " * (SIZE // 2),
    "list": "- a\n" * (SIZE // 4),
    "duplicates": "a: 1\n" * (SIZE // 5),
    "aliases": "- *a\n" * (SIZE // 5),
    "bomb": "a: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 50_000)),
    "documents": "---\n" * (SIZE // 4),
    "unclosed quote": 'a: "' + "x\n" * (SIZE // 2),
    "unclosed bracket": "a: [b\n" + "- c\n" * (SIZE // 4),
    "tag directives": "".join(f"%TAG !a{n}! b\n" for n in range(SIZE // 16)),
    "tag directives later": "a: 1\n...\n" + "".join(f"%TAG !a{n}! b\n" for n in range(SIZE // 16)),
    "percent signs": "%a\n" * (SIZE // 3),
    "exclamation marks": "!" * SIZE,
    "backslashes": '"' + "\\\\" * (SIZE // 2) + '"',
    "literal": "a: |\n" + " x\n" * (SIZE // 3),
    "spaces": " " * SIZE,
    "tabs": "\t" * SIZE,
    "controls": "\x01\n" * (SIZE // 2),
    "unknown fields": "".join(f"u{n}: 1\n" for n in range(SIZE // 11)),
    "wrong workloads": "workloads:\n" + "".join(f"  w{n}: {{model: m, foo: 1}}\n" for n in range(SIZE // 60)),
    "empty workloads": "workloads:\n" + "".join(f"  w{n}:\n" for n in range(SIZE // 60)),
    "wrong names": "workloads:\n" + "".join(f"  W_{n}: {{model: M{n}}}\n" for n in range(SIZE // 60)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_two_megabytes_of(name: str) -> None:
    start = time.process_time()
    check(HOSTILE[name])
    assert time.process_time() - start < 20  # they take 1 s at most; machines differ


LARGEST = {
    "a flow sequence": "'[' + 'a,' * (2**24 - 1)",
    "empty maps": "'[' + '{},' * (2**25 // 3 - 1)",
    "a list": "'- abcdefgh\\n' * (2**25 // 11)",
    "line ends": "'\\n' * 2**25",
}


@pytest.mark.parametrize("name", LARGEST)
@pytest.mark.skipif(not hasattr(resource, "RLIMIT_AS"), reason="the limit of memory is the system's")
def test_the_largest_file_takes_less_than_a_gigabyte(name: str) -> None:
    code = f"""
import resource
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
from edgewright.document.document import parse_document
from edgewright.document.source import Source
text = {LARGEST[name]}
assert len(text) <= 2**25
print(*(finding.rule for finding in parse_document(Source("f", text)).findings))
"""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert run.stderr == ""
    assert run.stdout.split() == ([] if name == "line ends" else ["too-large"])


def test_the_number_of_values_leaves_room_for_ten_thousand_workloads() -> None:
    open_values, nodes = [document_of(EXAMPLE).value["workloads"]], 0
    while open_values:
        value = open_values.pop()
        nodes += 1
        open_values += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    assert 1.5 * 10_000 * nodes < MOST_NODES
