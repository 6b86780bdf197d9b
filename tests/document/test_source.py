"""Bytes ⇒ text with places, or a finding that says what is no text and where."""

from __future__ import annotations

import os
import re
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.document import source as module
from edgewright.document.source import MOST_BYTES, Source, decode, read_source
from edgewright.errors import Finding, FleetError, Place

ALLOWED = st.characters(
    codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff\ufffe\uffff"
)


def refused(raw: bytes) -> list[Finding]:
    with pytest.raises(FleetError) as error:
        decode(raw, "f.yaml")
    findings = list(error.value.findings)
    assert all(not finding.waivable and finding.level == "error" and finding.remedy for finding in findings)
    return findings


def only(raw: bytes) -> tuple[str, Place | None, str]:
    (finding,) = refused(raw)
    return finding.rule, finding.place, finding.message


def lines_and_columns(text: str) -> list[tuple[int, int]]:
    """Line and column of each offset, counted one by one: LF, CR LF and CR end a line."""
    found, line, column = [], 1, 1
    for index, character in enumerate(text):
        found.append((line, column))
        if character == "\n" or (character == "\r" and text[index + 1 : index + 2] != "\n"):
            line, column = line + 1, 1
        else:
            column += 1
    return [*found, (line, column)]


@given(st.text(st.sampled_from("ab é😀\r\n\u0301"), max_size=40))
def test_positions_are_those_that_counting_gives(text: str) -> None:
    source = Source("f", text)
    assert [source.position(offset) for offset in range(len(text) + 1)] == lines_and_columns(text)


def test_a_place_covers_one_character_at_least_but_no_line_end() -> None:
    source = Source("f", "ab\r\nc")
    assert source.place(0, 2) == Place("f", 1, 1, 1, 3)
    assert source.place(1, 1) == Place("f", 1, 2, 1, 3)
    assert source.place(1, 0) == Place("f", 1, 2, 1, 3)
    assert source.place(2, 2) == Place("f", 1, 3, 1, 3)
    assert source.place(5, 5) == Place("f", 2, 2, 2, 2)
    assert source.place(0, 5) == Place("f", 1, 1, 2, 2)


def test_the_end_of_a_line_is_without_its_blanks() -> None:
    source = Source("f", "ab \t\r\nc  ")
    assert [source.end_of_line(offset) for offset in (0, 1, 6)] == [2, 2, 7]


def outcome(raw: bytes) -> str | set[str]:
    """The text of the bytes, or the rules of what is wrong with them."""
    try:
        return decode(raw, "f").text
    except FleetError as error:
        return {finding.rule for finding in error.findings}


@given(st.text(ALLOWED | st.sampled_from("\t\n\r"), max_size=60))
def test_text_comes_through_as_it_is(text: str) -> None:
    hidden = re.search("[\x85\u2028-\u202e\u2066-\u2069]", text)
    assert outcome(text.encode()) == ({"control-character"} if hidden else text)


@given(st.binary(max_size=60))
def test_any_bytes_are_text_or_findings(raw: bytes) -> None:
    found = outcome(raw)
    if isinstance(found, str):
        assert found.encode() == raw.removeprefix(b"\xef\xbb\xbf")
    else:
        assert found in ({"not-utf-8"}, {"control-character"})


def test_a_byte_order_mark_of_utf_8_takes_no_column() -> None:
    assert decode(b"\xef\xbb\xbfa", "f").text == "a"
    assert only(b"\xef\xbb\xbfa\xe9b")[1] == Place("f.yaml", 1, 2, 1, 3)
    assert only(b"\xef\xbb\xbf\xef\xbb\xbfa")[:2] == ("control-character", Place("f.yaml", 1, 1, 1, 2))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_other_encodings_are_named_with_and_without_their_mark(encoding: str) -> None:
    name = encoding.upper()[:6]
    assert only("fleet: é\n".encode(encoding)) == (
        "not-utf-8", Place("f.yaml", 1, 1, 1, 2), f"the file is {name}, not UTF-8",
    )  # fmt: skip


def test_bytes_of_latin_1_are_shown_where_they_stand() -> None:
    raw = "a: ok\nb: é😀".encode() + "ü und ß\n".encode("latin-1") + b"c: \xff\xfe\xfd\n"
    first, second, third = refused(raw)
    assert first.place == Place("f.yaml", 2, 6, 2, 7)
    assert first.message == "byte 0xfc is not UTF-8; in Windows-1252 it is `ü`"
    assert second.place == Place("f.yaml", 2, 12, 2, 13)
    assert third.place == Place("f.yaml", 3, 4, 3, 7)
    assert third.message == "byte 0xff is not UTF-8"


@pytest.mark.parametrize(
    "raw", [b"\xed\xa0\x80", b"\xc0\x80", b"\xf5\x80\x80\x80", b"a: \xe2\x82", b"\x80", b"\xf4\x90\x80\x80"]
)
def test_half_characters_and_surrogates_are_not_utf_8(raw: bytes) -> None:
    assert {finding.rule for finding in refused(raw)} == {"not-utf-8"}


@pytest.mark.parametrize(
    ("character", "says"),
    [
        ("\x00", "the character U+0000 cannot stand in YAML"),
        ("\x1b", "the character U+001B cannot stand in YAML"),
        ("\x7f", "the character U+007F cannot stand in YAML"),
        ("\x9f", "the character U+009F cannot stand in YAML"),
        ("\ufffe", "the character U+FFFE cannot stand in YAML"),
        ("\ufeff", "the character U+FEFF (ZERO WIDTH NO-BREAK SPACE) cannot stand in YAML"),
        ("\x85", "the character U+0085 ends a line for some readers of YAML and not for others"),
        (
            "\u2028",
            "the character U+2028 (LINE SEPARATOR) ends a line for some readers of YAML and not for others",
        ),
        (
            "\u202e",
            "the character U+202E (RIGHT-TO-LEFT OVERRIDE) changes the order in which a reviewer sees the "
            "text",
        ),
    ],
)
def test_characters_that_cannot_stand_in_a_file(character: str, says: str) -> None:
    (finding,) = refused(f"a: é\nb: x{character}{character}y\n".encode())
    assert (finding.rule, finding.message) == ("control-character", says)
    assert finding.place == Place("f.yaml", 2, 5, 2, 7)
    assert finding.replacement == (None if character in "\x85\u2028" else "")
    assert f"`\\u{ord(character):04X}`" in finding.remedy


@pytest.mark.parametrize(
    "character", ["\t", "\xa0", "\u200b", "\u200d", "\ue000", "\U0001f600", "\U0010ffff"]
)
def test_characters_that_can(character: str) -> None:
    assert decode(f"a: x{character}y".encode(), "f").text == f"a: x{character}y"


def test_twenty_findings_of_a_kind_are_enough() -> None:
    assert len(refused(b"\x01\n" * 100)) == 20
    assert len(refused(b"\xff\n" * 100)) == 20


def test_reading_a_file(tmp_path: Path) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_bytes(b"a: 1\r\n")
    assert read_source(file) == Source(str(file), "a: 1\r\n")
    assert read_source(file, "x.yaml").file == "x.yaml"


@pytest.mark.parametrize("name", ["absent.yaml", ".", "a\0b", "x" * 300, "fleet.yaml/below"])
def test_what_the_system_does_not_give(tmp_path: Path, name: str) -> None:
    (tmp_path / "fleet.yaml").write_text("")
    with pytest.raises(FleetError) as error:
        read_source(tmp_path / name, "fleet.yaml")
    (finding,) = error.value.findings
    assert finding.rule == "cannot-read"
    assert finding.place == Place("fleet.yaml", 1, 1, 1, 1)
    assert finding.message.startswith("fleet.yaml cannot be read: ")


def test_a_hundred_megabytes_are_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "fleet.yaml"
    with file.open("wb") as stream:
        stream.truncate(100_000_000)
    tracemalloc.start()
    with pytest.raises(FleetError) as error:
        read_source(file, "fleet.yaml")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000
    assert [finding.rule for finding in error.value.findings] == ["too-large"]
    assert error.value.findings[0].message == "fleet.yaml has more than 32 MiB, the most that is read"


def test_the_limit_is_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    file = tmp_path / "f"
    file.write_bytes(b"#" * 10)
    assert read_source(file).text == "#" * 10
    file.write_bytes(b"#" * 11)
    with pytest.raises(FleetError):
        read_source(file)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="a file without end is to be had there")
def test_a_file_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    with pytest.raises(FleetError) as error:
        read_source(Path("/dev/zero"))
    assert [finding.rule for finding in error.value.findings] == ["too-large"]


def test_a_pipe_is_read(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, b"a: 1\n")
    os.close(write_end)
    try:
        assert read_source(Path(f"/dev/fd/{read_end}"), "stdin").text == "a: 1\n"
    finally:
        os.close(read_end)


def test_ten_thousand_workloads_fit() -> None:
    assert MOST_BYTES > 2 * 12_744_325  # so long is the example with 10,000 workloads
