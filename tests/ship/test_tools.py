"""Programs are found where they are, in the version that they say."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.scripts import script
from tests.small import ROOT

from edgewright.errors import Finding
from edgewright.ship.tools import PROGRAMS, Tool, find_tool

Made = Callable[[str, str], str]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """A program that says something; gives the folder that it is in."""

    def make(name: str, says: str) -> str:
        folder = tmp_path / f"bin{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        (folder / name).write_text(f"#!/bin/sh\n{says}\n")
        (folder / name).chmod(0o755)
        return str(folder)

    return make


def test_what_is_not_here_says_what_for_and_where_from(tmp_path: Path) -> None:
    found = find_tool("kyverno", str(tmp_path))
    assert isinstance(found, Finding)
    assert (found.rule, found.level) == ("tool-missing", "error")
    assert "edgewright test" in found.message
    assert "1.19.0" in found.remedy
    assert "make tools" in found.remedy


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("kyverno", "printf 'Version: v1.19.0\\nTime: ---\\nGit commit ID: ---\\n'"),
        ("kyverno", "echo Version: 1.19.0"),
        ("cosign", "printf '  ____\\nGitVersion:    v3.1.2\\nGoVersion:     go1.26.8\\n'"),
        ("registry", "echo registry github.com/distribution/distribution/v3 v3.1.2+unknown"),
        ("pulumi", "echo v3.260.0"),
        ("cosign", "echo GitVersion: v3.1.2 >&2"),
    ],
)
def test_the_version_is_read_as_each_says_it(made: Made, name: str, says: str) -> None:
    found = find_tool(name, made(name, says))
    assert isinstance(found, Tool)
    assert (found.version, found.doubt) == (PROGRAMS[name].version, None)


@pytest.mark.parametrize(
    ("name", "says", "level"),
    [
        ("kyverno", "echo Version: v1.20.1", "warning"),
        ("kyverno", "echo Version: ---", "warning"),
        ("registry", "echo registry v3.0.5", "info"),
    ],
)
def test_another_version_is_told_and_used(made: Made, name: str, says: str, level: str) -> None:
    found = find_tool(name, made(name, says))
    assert isinstance(found, Tool)
    assert found.doubt is not None
    assert (found.doubt.rule, found.doubt.level) == ("tool-other-version", level)


@pytest.mark.parametrize("says", ["echo Version: v1.18.2", "echo Version: v1.9.9"])
def test_what_is_too_old_is_not_used(made: Made, says: str) -> None:
    found = find_tool("kyverno", made("kyverno", says))
    assert isinstance(found, Finding)
    assert (found.rule, found.level) == ("tool-other-version", "error")


def test_what_cannot_be_run_says_why(made: Made) -> None:
    folder = made("kyverno", "")
    (Path(folder) / "kyverno").write_bytes(b"\0not a program")
    found = find_tool("kyverno", folder)
    assert isinstance(found, Finding)
    assert "cannot be run" in found.message


def test_the_right_version_goes_before_another(made: Made) -> None:
    newer, right = made("kyverno", "echo Version: v1.20.0"), made("kyverno", "echo Version: v1.19.0")
    old = made("kyverno", "echo Version: v1.10.0")
    found = find_tool("kyverno", os.pathsep.join([old, newer, right]))
    assert isinstance(found, Tool)
    assert str(found.path.parent) == right
    found = find_tool("kyverno", os.pathsep.join([old, newer]))
    assert isinstance(found, Tool)
    assert str(found.path.parent) == newer


def test_the_versions_are_those_that_are_built() -> None:
    build = script("build.py")
    for name, steps in build.BUILDS.items():
        assert build.version_of(steps) == f"v{PROGRAMS[name].version}"
        tool = re.search(
            r"^tool (\S+)$", (ROOT / "tools" / steps.folder / "go.mod").read_text(), re.MULTILINE
        )
        assert tool is not None
        assert tool[1] == f"{steps.module}/{steps.package}"


@pytest.mark.parametrize("name", ["kyverno", "cosign", "registry"])
def test_what_make_has_built_is_found_beside_python(name: str) -> None:
    found = find_tool(name)
    if isinstance(found, Finding):
        pytest.skip(f"{found.message}: {found.remedy}")
    assert (found.version, found.doubt) == (PROGRAMS[name].version, None)
