"""`edgewright tools`: a table, JSON, and an exit code on request."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from edgewright.commands.main import main

Shown = pytest.CaptureFixture[str]


@pytest.fixture
def only_pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that has Pulumi, a Kyverno that is too old, and nothing else."""
    for name, version in {"pulumi": "v3.260.0", "kyverno": "Version: v1.17.0"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\necho {version}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    return tmp_path


def test_a_table(only_pulumi: Path, capsys: Shown) -> None:
    assert main(["tools"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    heads = {line[0]: line[1] for line in lines[::2]}
    assert heads == {"kyverno": "unfit", "registry": "missing", "cosign": "missing", "pulumi": "3.260.0"}
    assert lines[-1] == [str(only_pulumi / "pulumi")]


@pytest.mark.usefixtures("only_pulumi")
def test_what_is_required_is_an_exit_code(capsys: Shown) -> None:
    assert main(["tools", "--require"]) == 1
    assert main(["tools", "--require", "pulumi"]) == 0
    assert main(["tools", "--require", "kyverno"]) == 1
    capsys.readouterr()


def test_json_says_where_and_what_for(only_pulumi: Path, capsys: Shown) -> None:
    assert main(["tools", "--format", "json"]) == 0
    found = {each["name"]: each for each in json.loads(capsys.readouterr().out)["tools"]}
    assert found["pulumi"]["path"] == str(only_pulumi / "pulumi")
    assert found["cosign"]["path"] is None
    assert "too old" in found["kyverno"]["message"]
    assert all(each["purpose"] and each["source"] and each["wanted"] for each in found.values())


def test_another_name_is_misuse(capsys: Shown) -> None:
    assert main(["tools", "kubectl"]) == 2
    assert "none of kyverno, registry, cosign, pulumi" in capsys.readouterr().err
