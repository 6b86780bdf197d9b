"""Real tools are built from locked modules, or called where they are already."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.scripts import script

BUILD = script("build.py")


def test_a_build_is_stamped_and_names_no_path() -> None:
    command = BUILD.command_of(BUILD.BUILDS["kyverno"], "out")
    assert command[:2] == ["go", "build"]
    assert {"-trimpath", "-buildvcs=false"} <= set(command)
    assert any(each.endswith("pkg/version.BuildVersion=v1.19.0") for each in command)
    assert command[-1] == "github.com/kyverno/kyverno/cmd/cli/kubectl-kyverno"


def test_one_on_path_is_called_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = tmp_path / "bin" / "registry"
    there.parent.mkdir()
    there.write_text("#!/bin/sh\necho registry v3.1.2\n")
    there.chmod(0o755)
    monkeypatch.setenv("PATH", f"{there.parent}:/usr/bin:/bin")
    target = tmp_path / "built" / "registry"
    assert BUILD.main(["registry", str(target)]) == 0
    said = subprocess.run([target, "--version"], capture_output=True, text=True, check=True)
    assert said.stdout == "registry v3.1.2\n"


def test_without_go_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert BUILD.main(["registry", str(tmp_path / "registry")]) == 1
    assert "go.dev/dl" in capsys.readouterr().err
    assert not (tmp_path / "registry").exists()


def test_what_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    go = tmp_path / "bin" / "go"
    go.parent.mkdir()
    go.write_text("#!/bin/sh\necho some/package >&2\necho it is broken >&2\nexit 3\n")
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{go.parent}:/usr/bin:/bin")
    target = tmp_path / "built" / "registry"
    assert BUILD.main(["registry", str(target)]) == 3
    assert "it is broken" in capsys.readouterr().err
    assert list(target.parent.iterdir()) == []


def test_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert BUILD.main(["docker", "x"]) == 2
    assert "usage" in capsys.readouterr().err
