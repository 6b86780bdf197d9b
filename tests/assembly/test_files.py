"""A fleet and its lock as files: whatever is called one, nobody waits for ever and nothing is raised."""

from __future__ import annotations

import os
import threading
from datetime import date
from pathlib import Path

import pytest
from tests.small import SMALLEST, found, only

from edgewright.assembly import Assembled, assemble, lock_beside

TODAY = date(2026, 11, 1)


def check(path: Path) -> Assembled:
    return assemble(path, today=TODAY, unlocked=True)


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    path = tmp_path / "fleet.yaml"
    path.write_text(SMALLEST)
    return path


def test_a_folder(tmp_path: Path) -> None:
    (finding,) = check(tmp_path).findings
    assert finding.rule == "cannot-read"
    assert "is a directory" in finding.message


def test_nothing_and_everything(tmp_path: Path) -> None:
    assert {each.level for each in check(Path("/dev/null")).findings} == {"error"}
    assert found(check(Path("/dev/zero")).findings, "too-large")
    assert found(check(Path("a\0b")).findings, "cannot-read")
    assert found(check(tmp_path / ("n" * 300)).findings, "cannot-read")
    assert found(check(tmp_path / "fleet.yaml" / "x").findings, "cannot-read")


def test_a_link_that_goes_round(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").symlink_to("fleet.yaml")
    assert found(check(tmp_path / "fleet.yaml").findings, "cannot-read")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_is_not_for_us(fleet: Path) -> None:
    fleet.chmod(0)
    assert "permission denied" in only(check(fleet).findings, "cannot-read").message


def test_a_pipe_that_nobody_writes_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fleet.yaml")
    (finding,) = check(tmp_path / "fleet.yaml").findings
    assert "nobody writes into this pipe" in finding.message


def test_a_pipe_that_somebody_writes_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slowly, and in pieces; what lies beside it is looked for in the current folder."""
    monkeypatch.chdir(tmp_path)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def write() -> None:
        with pipe.open("w") as stream:
            for line in SMALLEST.splitlines(keepends=True):
                stream.write(line)
                stream.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assembled = check(pipe)
    finally:
        writer.join(timeout=10)
    assert assembled.manifests
    assert lock_beside(pipe) == Path("fleet.lock")


def test_a_lock_has_the_name_of_its_fleet() -> None:
    assert lock_beside(Path("a/fleet.yaml")) == Path("a/fleet.lock")
    assert lock_beside(Path("a/other.yml")) == Path("a/other.lock")
    assert lock_beside(Path("a/fleet")) == Path("a/fleet.lock")


def test_a_lock_is_no_fleet(tmp_path: Path) -> None:
    (tmp_path / "fleet.lock").write_text("lockVersion: 1\n")
    assert check(tmp_path / "fleet.lock").has_errors


@pytest.mark.parametrize(
    "text",
    [
        "", "lockVersion: 2\n", "lockVersion: 1\nmodels: []\nimages: {}\n", "- 1\n", "a: [\n", "\tx\n",
        "lockVersion: 1\nmodels: {digits: {version: 1.0.0, variants: {source: {file: x}}}}\nimages: {}\n",
    ],
)  # fmt: skip
def test_a_lock_that_cannot_be_read_is_said_once(text: str, fleet: Path) -> None:
    fleet.with_suffix(".lock").write_text(text)
    assembled = check(fleet)
    errors = [each for each in assembled.findings if each.level == "error"]
    assert errors
    assert all(each.place is not None and each.place.file.endswith("fleet.lock") for each in errors)
    assert not found(assembled.findings, "not-locked")
    assert not assembled.manifests
    assert any(name.endswith("fleet.lock") for name in assembled.sources)


def test_a_lock_that_is_no_file(fleet: Path) -> None:
    fleet.with_suffix(".lock").mkdir()
    assert "it is no file" in only(check(fleet).findings, "cannot-read").message
    fleet.with_suffix(".lock").rmdir()
    os.mkfifo(fleet.with_suffix(".lock"))
    assert found(check(fleet).findings, "cannot-read")


def test_a_lock_in_another_encoding(fleet: Path) -> None:
    fleet.with_suffix(".lock").write_bytes("lockVersion: 1\n".encode("utf-16"))
    assert only(check(fleet).findings, "not-utf-8").place is not None


def test_bytes_that_are_no_text_are_shown_all_the_same(fleet: Path) -> None:
    fleet.write_bytes(SMALLEST.encode().replace(b"tiny", b"t\xefny", 1))
    assembled = check(fleet)
    assert found(assembled.findings, "not-utf-8")
    assert "fleet: t" in assembled.sources[str(fleet)]
