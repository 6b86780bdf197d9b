"""Arguments of another kind than they have to be are told in a sentence, and folders have one name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest
from tests.program.mocked import run
from tests.small import SMALLEST

from edgewright.program import EdgeFleet
from edgewright.program.edge_fleet import rooted


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"unlocked": "false"}, "wrong-type"),
        ({"fleet": None}, "wrong-type"),
        ({"folder": 7}, "wrong-type"),
        ({"folder": None}, "nothing-to-do"),
        ({"folder": ""}, "nothing-to-do"),
        ({"folder": "."}, "unusable-folder"),
        ({"folder": "fleet.yaml"}, "unusable-folder"),
    ],
)
def test_what_was_given_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], rule: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fleet.yaml").write_text(SMALLEST)
    seen = run(tmp_path, lambda: EdgeFleet("fleet", **{"unlocked": True, **changes}).folders)
    assert isinstance(seen.error, pulumi.RunError)
    assert [rule in text for text in seen.texts("error")] == [True]
    assert not seen.of("Folder")


def test_an_output_is_no_plain_value(tmp_path: Path) -> None:
    def program() -> Any:
        folder: Any = pulumi.Output.from_input("x")
        return EdgeFleet("fleet", folder=folder).folders

    assert "`folder` is an Output" in run(tmp_path, program).texts("error")[0]


@pytest.mark.parametrize(
    ("folder", "root"),
    [
        ("a/b", "a/b"),
        ("a/b/", "a/b"),
        ("./a/../a/b", "a/b"),
        ("{base}/a/b", "a/b"),
        ("/elsewhere", "/elsewhere"),
    ],
)
def test_a_folder_has_one_name(tmp_path: Path, folder: str, root: str) -> None:
    assert rooted(folder.format(base=tmp_path), tmp_path) == root
    assert rooted(f"../{tmp_path.name}/x", tmp_path) == "x"
