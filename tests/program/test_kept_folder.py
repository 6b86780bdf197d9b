"""The provider of folders: what Pulumi asks it to do, and what then lies on the disk."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from pulumi.dynamic.dynamic import serialize_provider

from edgewright.program import kept_folder
from edgewright.program.kept_folder import FolderNotKept, FolderProvider, digest

FILES = {"kiosk/a.yaml": "a: 1\n", "kiosk/deep/b.yaml": "b: 2\n"}
PROVIDER = FolderProvider()


def props(**changes: Any) -> dict[str, Any]:
    return {"root": "rendered", "part": "kiosk", "files": FILES, "hidden": {}, **changes}


@pytest.fixture(autouse=True)
def a_run_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_folder, "_STILL_KEPT", set())


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose program lies in a folder below it, where providers are run."""
    (tmp_path / "Pulumi.yaml").write_text("name: x\n")
    (tmp_path / "stacks").mkdir()
    monkeypatch.chdir(tmp_path / "stacks")
    return tmp_path


def there(project: Path) -> dict[str, str]:
    root = project / "rendered"
    found = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    return {name: path.read_text() for name, path in found.items() if not name.startswith(".edgewright/")}


def test_create_writes_below_the_folder_of_pulumi_yaml(project: Path) -> None:
    made = PROVIDER.create(props())
    assert made.id == "rendered/kiosk"
    assert made.outs == props(digest=digest(FILES))
    assert there(project) == FILES


def test_what_is_hidden_is_a_file_too(project: Path) -> None:
    hidden = {"kiosk/secret.yaml": "s\n"}
    made = PROVIDER.create(props(hidden=hidden))
    assert there(project) == FILES | hidden
    assert PROVIDER.read("rendered/kiosk", props(hidden=hidden)).outs == made.outs


def test_update_writes_and_removes(project: Path) -> None:
    PROVIDER.create(props())
    PROVIDER.update("rendered/kiosk", props(), props(files={"kiosk/c.yaml": "c: 3\n"}))
    assert there(project) == {"kiosk/c.yaml": "c: 3\n"}


def test_delete_removes_only_what_is_ours(project: Path) -> None:
    PROVIDER.create(props())
    (project / "rendered/kiosk/notes.md").write_text("mine")
    PROVIDER.create(props(part="gateway", files={"gateway/a.yaml": "g\n"}))
    PROVIDER.delete("rendered/kiosk", props())
    assert there(project) == {"kiosk/notes.md": "mine", "gateway/a.yaml": "g\n"}


def test_delete_spares_what_the_program_keeps_under_another_name(project: Path) -> None:
    provider = FolderProvider()
    provider.create(props())
    provider.check({}, props(root=str(project / "rendered")))
    provider.delete("rendered/kiosk", props())
    assert there(project) == FILES


def test_delete_of_the_last_part_leaves_nothing(project: Path) -> None:
    PROVIDER.create(props())
    PROVIDER.delete("rendered/kiosk", props())
    assert not (project / "rendered").exists()


@pytest.mark.parametrize(
    ("new", "changes", "replaces"),
    [
        ({}, False, []),
        ({"files": {}}, True, []),
        ({"hidden": {"kiosk/s.yaml": "s"}}, True, []),
        ({"root": "out"}, True, ["root"]),
        ({"part": "gateway"}, True, ["part"]),
    ],
)
def test_what_is_a_change(new: dict[str, Any], changes: bool, replaces: list[str]) -> None:
    result = PROVIDER.diff("id", props(digest="x"), props(**new))
    assert (result.changes, result.replaces) == (changes, replaces)


def test_read_sees_what_was_edited_by_hand(project: Path) -> None:
    PROVIDER.create(props())
    (project / "rendered/kiosk/a.yaml").write_text("a: 7\n")
    read = PROVIDER.read("rendered/kiosk", props())
    assert read.id == "rendered/kiosk"
    assert read.outs is not None
    assert read.outs["files"] == {**FILES, "kiosk/a.yaml": "a: 7\n"}


def test_read_of_what_is_gone_has_no_id(project: Path) -> None:
    PROVIDER.create(props(part="gateway", files={"gateway/a.yaml": "g\n"}))
    assert PROVIDER.read("rendered/kiosk", props()).id == ""


def test_an_id_alone_can_be_read(project: Path) -> None:
    PROVIDER.create(props())
    read = PROVIDER.read("rendered/kiosk", {})
    assert read.outs == props(digest=digest(FILES))


def test_what_cannot_be_written_is_told_with_its_rule(project: Path) -> None:
    (project / "rendered/kiosk").mkdir(parents=True)
    (project / "rendered/kiosk/a.yaml").write_text("mine")
    with pytest.raises(FolderNotKept, match=r"^\[not-ours\] rendered|^\[not-ours\] .*move it away"):
        PROVIDER.create(props())
    assert there(project) == {"kiosk/a.yaml": "mine"}


def test_the_state_holds_our_name_and_not_our_code() -> None:
    text = serialize_provider(PROVIDER)
    assert len(text) < 400
    assert b"edgewright.program.kept_folder" in base64.b64decode(text)


def test_the_digest_is_of_paths_and_texts() -> None:
    assert digest({"a": "b"}) == digest({"a": "b"})
    assert (
        len({digest(each) for each in ({"a": "bc"}, {"ab": "c"}, {"a": "b", "c": ""}, {}, {"b": "a"})}) == 5
    )
