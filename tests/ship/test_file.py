"""One file: the old text or the new, never a piece of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edgewright.errors import FleetError
from edgewright.ship.file import write_file


def test_a_new_file(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        write_file(tmp_path / "a.lock", "é\r\nx\n")
    finally:
        os.umask(mask)
    assert (tmp_path / "a.lock").read_bytes() == "é\r\nx\n".encode()
    assert (tmp_path / "a.lock").stat().st_mode & 0o777 == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["a.lock"]


def test_a_file_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "a").chmod(0o600)
    write_file(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text() == "new"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["missing/a", "file/a", "folder", "n" * 300])
def test_what_cannot_be_written(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    before = sorted(each.name for each in tmp_path.iterdir())
    with pytest.raises(FleetError) as error:
        write_file(tmp_path / name, "text")
    (finding,) = error.value.findings
    assert finding.rule == "cannot-write"
    assert sorted(each.name for each in tmp_path.iterdir()) == before


def test_half_a_character_leaves_the_old_text(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_file(tmp_path / "a", "\ud800")
    assert (tmp_path / "a").read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a"]
