"""`edgewright image`: what it says before anything is built. tests/runtime_images/ builds and runs one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from edgewright.commands.main import main

ROOT = Path(__file__).parents[2]
Shown = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")


def build(*options: str) -> int:
    return main(["image", "build", "cpu", "--recipes", str(ROOT / "runtime_images"), *options])


def test_without_a_builder_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Shown
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert build() == 1
    said = capsys.readouterr().err
    assert "error[tool-missing]: building an image needs `buildah` or `docker`" in said
    assert "apt install buildah" in said
    assert not (tmp_path / "build").exists()


def test_docker_without_buildx_is_told_before_anything_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Shown
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "docker").symlink_to(shutil.which("false") or "/bin/false")
    monkeypatch.setenv("PATH", str(programs))
    assert build() == 1
    said = capsys.readouterr().err
    assert "error[tool-missing]: building an image with docker needs its plugin buildx" in said
    assert not (tmp_path / "build").exists()


def test_without_mmdebstrap_it_says_so_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Shown
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "buildah").symlink_to(shutil.which("true") or "/bin/true")
    monkeypatch.setenv("PATH", str(programs))
    assert build() == 1
    assert "building an image out of Debian packages needs `mmdebstrap`" in capsys.readouterr().err
    assert list((tmp_path / "build/images").iterdir()) == []


def test_it_needs_the_recipes(capsys: Shown) -> None:
    assert main(["image", "build", "cpu"]) == 1
    said = capsys.readouterr().err
    assert "error[cannot-read]: runtime_images/pyproject.toml cannot be read" in said
    assert "--recipes" in said


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, capsys: Shown) -> None:
    if shutil.which("buildah") is None and shutil.which("docker") is None:
        pytest.skip("no builder: that is said first")
    (tmp_path / "file").write_text("")
    assert build("--out", "file/layout") == 1
    assert "error[cannot-write]" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["image", "build", "gpu"], ["image", "build", "cpu", "--arch", "mips"]]
)
def test_misuse_has_its_own_exit_code(arguments: list[str]) -> None:
    assert main(arguments) == 2
