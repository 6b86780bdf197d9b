"""Folders of policies: there, not there, and which one was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgewright.assembly.policies import missing_folders


def said(folder: Path, *names: object) -> list[tuple[str, str]]:
    found = [*missing_folders({"security": {"policies": [*names]}}, folder)]
    assert {each.rule for each in found} <= {"cannot-read"}
    for each in found:
        assert isinstance(index := each.path[-1], int)
        assert each.message.startswith(f"{names[index]} cannot be read: ")
    return [(each.message, each.remedy) for each in found]


def test_a_folder_that_is_there_and_a_built_in_name(tmp_path: Path) -> None:
    (tmp_path / "policies/site").mkdir(parents=True)
    assert not said(tmp_path, "./policies/site", "./policies/site/", "require-digests", "policies")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    message = "./policies/site cannot be read: no such folder"
    assert said(tmp_path, "require-digests", "./policies/site") == [
        (message, "make the folder, or remove the policy")
    ]


def test_the_folder_that_was_meant(tmp_path: Path) -> None:
    (tmp_path / "policies/site-rules").mkdir(parents=True)
    ((message, remedy),) = said(tmp_path, "./policies/site-rule")
    assert message.endswith("no such folder; did you mean `./policies/site-rules`?")
    assert remedy == "write `./policies/site-rules`"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "policies.yaml").touch()
    assert "it is no folder" in said(tmp_path, "./policies.yaml")[0][0]


@pytest.mark.parametrize("policies", [None, 7, "./x", {"a": "./x"}, [7, None, "./../x", "./a\n"]])
def test_what_is_no_path_is_told_elsewhere(policies: object, tmp_path: Path) -> None:
    assert not [*missing_folders({"security": {"policies": policies}}, tmp_path)]


def test_a_name_that_no_folder_can_have(tmp_path: Path) -> None:
    assert "cannot be read" in said(tmp_path, "./" + "n" * 300)[0][0]
