from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgewright.errors import FleetError
from edgewright.ship.ownership import RECORD, faulty_paths, read_record, record_text, shown, survey


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("", "is empty"),
        ("/etc/passwd", "is absolute"),
        ("a\\b", "backslash"),
        ("a\0b", "cannot be printed"),
        ("a\nb", "cannot be printed"),
        ("a\udcffb", "cannot be printed"),
        ("a\u202eb", "cannot be printed"),
        ("../a", "'..'"),
        ("a/../b", "'..'"),
        ("a/./b", "'.'"),
        ("a//b", "empty step"),
        ("a/", "empty step"),
        (".git/hooks/post-checkout", "repository"),
        ("a/.GIT/config", "repository"),
        (RECORD, "record"),
    ],
)
def test_a_path_that_is_no_way_into_the_folder(path: str, fault: str) -> None:
    (finding,) = faulty_paths(["sound.yaml", path])
    assert finding.rule == "unusable-path"
    assert fault in finding.message
    assert finding.message.isprintable()


@pytest.mark.parametrize(
    "paths",
    [
        ["a.yaml", "A.yaml"],
        ["a/x.yaml", "A/y.yaml"],
        ["stra\N{LATIN SMALL LETTER SHARP S}e", "STRASSE"],
        ["caf\N{LATIN SMALL LETTER E WITH ACUTE}", "cafe\N{COMBINING ACUTE ACCENT}"],
        [".EDGEWRIGHT/x"],
        ["a", "a/b"],
        [".edgewright"],
    ],
)
def test_paths_that_are_in_each_others_way(paths: list[str]) -> None:
    assert {finding.rule for finding in faulty_paths(paths)} == {"unusable-path"}


def test_every_fault_is_told_and_sound_paths_have_none() -> None:
    assert len(faulty_paths(["../a", "/b", "", "c", "C"])) == 4
    assert faulty_paths(["a.yaml", "a/b.yaml", "a-b/c d.yaml", "...", ".gitignore", ".edgewright/more"]) == []


def test_the_record_is_sorted_and_read_back(tmp_path: Path) -> None:
    text = record_text({"b": "2", "a": "1"})
    assert text == record_text({"a": "1", "b": "2"})
    assert list(json.loads(text)["files"]) == ["a", "b"]
    (tmp_path / ".edgewright").mkdir()
    (tmp_path / RECORD).write_bytes(text)
    assert read_record(tmp_path).keys() == {RECORD, "a", "b"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": 2, "files": {}}',
        '{"format": 1, "files": ["a"]}',
        '{"format": 1, "files": {"a": 1}}',
        '{"format": 1, "files": {"../a": "x"}}',
        '{"format": 1, "files": {"/etc/passwd": "x"}}',
        "[" * 100_000,
        "\xff",
        "<<<<<<< HEAD",
    ],
)
def test_a_record_that_we_did_not_write_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / ".edgewright").mkdir()
    (tmp_path / RECORD).write_text(text, encoding="latin-1")
    with pytest.raises(FleetError) as caught:
        read_record(tmp_path)
    assert [finding.rule for finding in caught.value.findings] == ["record-damaged"]


def test_a_record_behind_a_link_is_none(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "owned.json").write_bytes(record_text({"a": ""}))
    (tmp_path / ".edgewright").symlink_to(elsewhere)
    assert read_record(tmp_path) == {}


def test_links_are_seen_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").touch()
    (tmp_path / "link").symlink_to("folder")
    tree = survey(tmp_path)
    assert (tree.files, tree.folders, tree.others) == ({"folder/file"}, {"folder"}, {"link"})


def test_what_would_steer_a_terminal_is_escaped() -> None:
    assert shown("stra\N{LATIN SMALL LETTER SHARP S}e") == "stra\N{LATIN SMALL LETTER SHARP S}e"
    assert shown("a\x1b[31m\udcff") == "a\\x1b[31m\\udcff"
