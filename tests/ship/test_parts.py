"""A folder that is written part by part: the same bytes as all at once, and no part harms another."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.errors import FleetError
from edgewright.ship.folder import Written, read_folder, remove_part, write_folder
from edgewright.ship.ownership import RECORD

GATEWAY = {"gateway/a.yaml": "a: 1\n", "gateway/deep/b.yaml": "b: 2\n"}
KIOSK = {"kiosk/c.yaml": "c: 3\n"}

names = st.sampled_from(["a.yaml", "b.yaml", "deep/c.yaml"])
parts = st.dictionaries(
    st.sampled_from(["gateway", "kiosk", "kiosk-2"]),
    st.dictionaries(names, st.text("ab\n", max_size=4), min_size=1),
    min_size=1,
)


def everything(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`, the record too."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def below(part: str, files: dict[str, str]) -> dict[str, str]:
    return {f"{part}/{name}": text for name, text in files.items()}


@given(parts, st.randoms(use_true_random=False), parts)
def test_part_after_part_is_all_at_once(
    wanted: dict[str, dict[str, str]], random: object, before: dict[str, dict[str, str]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        one, other = Path(name, "one"), Path(name, "other")
        write_folder(one, {path: text for part in wanted for path, text in below(part, wanted[part]).items()})
        for part, files in before.items():
            write_folder(other, below(part, files), part=part)
        order = sorted(wanted)
        random.shuffle(order)  # type: ignore[attr-defined]
        for part in order:
            write_folder(other, below(part, wanted[part]), part=part)
        for part in before.keys() - wanted.keys():
            remove_part(other, part)
        assert everything(other) == everything(one)


def test_a_part_counts_its_own_files_only(tmp_path: Path) -> None:
    target = tmp_path / "out"
    assert write_folder(target, GATEWAY, part="gateway") == Written(2, 0, 0)
    assert write_folder(target, KIOSK, part="kiosk") == Written(1, 0, 0)
    assert write_folder(target, KIOSK, part="kiosk") == Written(0, 1, 0)
    (target / "gateway/a.yaml").write_text("edited")
    assert write_folder(target, {}, part="kiosk") == Written(0, 0, 1)
    assert write_folder(target, GATEWAY, part="gateway") == Written(1, 1, 0, ("gateway/a.yaml",))


def test_what_was_edited_or_lost_in_another_part_stays_known(tmp_path: Path) -> None:
    target = tmp_path / "out"
    write_folder(target, GATEWAY, part="gateway")
    (target / "gateway/a.yaml").write_text("edited")
    (target / "gateway/deep/b.yaml").unlink()
    write_folder(target, KIOSK, part="kiosk")
    owned = read_folder(target)
    assert owned.edited == ("gateway/a.yaml",)
    assert owned.missing == ("gateway/deep/b.yaml",)
    assert (target / "gateway/a.yaml").read_text() == "edited"


def test_with_the_last_part_goes_the_folder(tmp_path: Path) -> None:
    target = tmp_path / "out"
    write_folder(target, GATEWAY, part="gateway")
    write_folder(target, KIOSK, part="kiosk")
    remove_part(target, "gateway")
    assert everything(target).keys() == {*KIOSK, RECORD}
    remove_part(target, "kiosk")
    assert not target.exists()
    remove_part(target, "kiosk")
    assert not list(tmp_path.iterdir())


def test_what_is_foreign_stays_when_the_last_part_goes(tmp_path: Path) -> None:
    target = tmp_path / "out"
    write_folder(target, KIOSK, part="kiosk")
    (target / "kiosk/notes.md").write_text("mine")
    remove_part(target, "kiosk")
    assert everything(target) == {"kiosk/notes.md": b"mine"}


def test_a_part_whose_name_begins_like_another_is_another(tmp_path: Path) -> None:
    target = tmp_path / "out"
    write_folder(target, below("kiosk", {"a": "1"}), part="kiosk")
    write_folder(target, below("kiosk-2", {"a": "2"}), part="kiosk-2")
    remove_part(target, "kiosk")
    assert everything(target).keys() == {"kiosk-2/a", RECORD}


def test_a_foreign_file_in_the_way_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "out"
    (target / "kiosk").mkdir(parents=True)
    (target / "kiosk/c.yaml").write_text("mine")
    with pytest.raises(FleetError) as caught:
        write_folder(target, KIOSK, part="kiosk")
    assert [each.rule for each in caught.value.findings] == ["not-ours"]
