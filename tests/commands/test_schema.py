"""`edgewright schema` prints what is committed, and writes it whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgewright.commands.main import main

ROOT = Path(__file__).parents[2]


def test_it_prints_the_committed_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    printed = capsys.readouterr()
    assert printed.out == (ROOT / "fleet.schema.json").read_text(encoding="utf-8")
    assert printed.err == ""


def test_it_writes_a_file_and_says_so_beside_the_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "schema.json"
    out.write_text("old")
    assert main(["schema", "--out", str(out)]) == 0
    assert json.loads(out.read_text(encoding="utf-8"))["title"] == "fleet.yaml"
    assert capsys.readouterr() == ("", f"wrote {out}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["schema.json"]


def test_a_folder_that_is_not_there_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--out", str(tmp_path / "none" / "schema.json")]) == 1
    assert "error[cannot-write]" in capsys.readouterr().err


def test_a_folder_is_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--out", str(tmp_path)]) == 2
    assert "is a directory" in capsys.readouterr().err
