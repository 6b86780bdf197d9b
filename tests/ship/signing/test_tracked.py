"""A private key where git would hand it out."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from edgewright.ship.signing.keys import generate, key_file, private_key
from edgewright.ship.signing.tracked import in_repository

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not there")

TEXT = key_file(generate(), b"x")


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "fleet"
    folder.mkdir()
    git(folder, "init", "-q")
    return folder


def put(folder: Path) -> Path:
    path = folder / "fleet.key"
    path.write_text(TEXT)
    path.chmod(0o600)
    return path


def found(path: Path) -> list[tuple[str, str]]:
    key = private_key(path.resolve(), lambda: b"x")
    return [(each.rule, each.level) for each in in_repository(path, key)]


def test_outside_of_any_repository(tmp_path: Path) -> None:
    assert found(put(tmp_path)) == []


def test_one_git_add_away(checkout: Path) -> None:
    assert found(put(checkout)) == [("key-in-repository", "warning")]


def test_ignored(checkout: Path) -> None:
    (checkout / ".gitignore").write_text("*.key\n")
    assert found(put(checkout)) == []


def test_in_git(checkout: Path, tmp_path: Path) -> None:
    path = put(checkout)
    git(checkout, "add", "fleet.key")
    assert found(path) == [("key-in-repository", "warning")]
    (tmp_path / "link").symlink_to(path)
    assert found(tmp_path / "link") == [("key-in-repository", "warning")]
    (finding,) = in_repository(path, generate())
    assert finding.level == "error"
    assert "not even encrypted" in finding.message


def test_no_git_to_ask(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(checkout)
    monkeypatch.setenv("PATH", "")
    assert found(path) == []
    assert list(in_repository(checkout / "missing", generate())) == []
    assert list(in_repository(checkout, generate())) == []
