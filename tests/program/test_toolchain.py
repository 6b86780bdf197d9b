"""The two settings of Pulumi.yaml that keep a program from running, told at their place."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.small import ROOT

from edgewright.program.toolchain import check_toolchain

PROJECT = "name: x\nmain: stacks/\nruntime:\n  name: python\n  options:\n"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    (tmp_path / "stacks").mkdir()
    return tmp_path / "stacks"


def test_a_virtualenv_that_providers_do_not_find(tmp_path: Path, program: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text(PROJECT + "    virtualenv: .venv\n")
    (tmp_path / ".venv").mkdir()
    (finding,) = check_toolchain(tmp_path, program, keeps_folders=True)
    assert (finding.rule, finding.level) == ("virtualenv-not-found", "error")
    assert finding.place is not None
    assert (finding.place.line, finding.place.column) == (6, 17)
    assert "ln -s ../.venv stacks/.venv" in finding.remedy
    assert not check_toolchain(tmp_path, program, keeps_folders=False)
    (program / ".venv").symlink_to("../.venv")
    assert not check_toolchain(tmp_path, program, keeps_folders=True)


def test_a_toolchain_that_writes_a_lock(tmp_path: Path, program: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text(PROJECT + "    toolchain: uv\n")
    (finding,) = check_toolchain(tmp_path, program, keeps_folders=True)
    assert (finding.rule, finding.level) == ("toolchain-writes-lock", "warning")


@pytest.mark.parametrize("text", ["", "name: x\nruntime: python\n", "[", "runtime: {options: 7}\n"])
def test_whatever_pulumi_yaml_is(tmp_path: Path, program: Path, text: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text(text)
    assert not check_toolchain(tmp_path, program, keeps_folders=True)


def test_no_pulumi_yaml(tmp_path: Path, program: Path) -> None:
    assert not check_toolchain(tmp_path, program, keeps_folders=True)


def test_this_repository_has_none_of_it() -> None:
    assert not check_toolchain(ROOT, ROOT / "stacks", keeps_folders=True)
