"""The least certain inputs stay, within so many bytes, over restarts, whatever the disk does."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgewright_runtime.reservoir import Reservoir, Uncertain

ONE = 550
"""More bytes than an input of these tests takes with its line, and less than two."""


def uncertain(certainty: float, seed: int | None = None) -> Uncertain:
    values = np.random.default_rng(int(certainty * 1e6) if seed is None else seed).random((1, 16))
    scores = np.array([certainty, 1 - certainty], np.float32)
    return Uncertain({"x": values}, scores, certainty, "onnxruntime-cpu")


def kept(folder: Path) -> list[float]:
    return sorted(int(file.name[:7]) / 1e6 for file in folder.glob("*.npz"))


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def fill(folder: Path, certainties: list[float], budget: int = 3 * ONE) -> Counter[str]:
    told: list[str] = []
    reservoir = Reservoir(folder, budget, told.append)
    for each in certainties:
        reservoir.offer(uncertain(each))
    reservoir.stop(30)
    assert reservoir.taken == size(folder) <= budget
    return Counter(told)


def test_an_input_is_kept_with_a_line_that_tells_about_it(tmp_path: Path) -> None:
    fill(tmp_path / "new/folder", [0.25])
    (file,) = (tmp_path / "new/folder").glob("*.npz")
    np.testing.assert_array_equal(np.load(file)["x"], uncertain(0.25).inputs["x"])
    line = file.with_suffix(".json").read_text()
    assert line.count("\n") == 1
    told = json.loads(line)
    assert (told["tier"], told["certainty"], told["scores"]) == ("onnxruntime-cpu", 0.25, [0.25, 0.75])
    assert time.strptime(told["when"], "%Y-%m-%dT%H:%M:%SZ")


def test_the_surest_goes_first(tmp_path: Path) -> None:
    fill(tmp_path, [0.5, 0.9, 0.7, 0.6, 0.99, 0.4])
    assert kept(tmp_path) == [0.4, 0.5, 0.6]


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    fill(tmp_path, [0.5, 0.6, 0.7])
    fill(tmp_path, [0.9, 0.3])
    assert kept(tmp_path) == [0.3, 0.5, 0.6]
    fill(tmp_path, [], budget=2 * ONE)
    assert kept(tmp_path) == [0.3, 0.5]


def test_what_is_sure_enough_is_not_kept_even_where_there_is_room(tmp_path: Path) -> None:
    reservoir = Reservoir(tmp_path, 3 * ONE, lambda _: None, 0.6)
    assert [reservoir.wants(each) for each in (0.59, 0.6, 0.9)] == [True, False, False]
    reservoir.stop(30)


def test_what_was_kept_before_opens_the_door_to_nothing_surer(tmp_path: Path) -> None:
    """From a time when more was unsure: they stay until there is no room, and no more of them come."""
    fill(tmp_path, [0.5, 0.8, 0.9])
    reservoir = Reservoir(tmp_path, 3 * ONE, lambda _: None, 0.6)
    reservoir.offer(uncertain(0.95))  # there is no room for it, by which the limit is found
    reservoir.stop(30)
    assert not reservoir.wants(0.7)
    assert kept(tmp_path) == [0.5, 0.8, 0.9]


def test_the_same_input_is_kept_once(tmp_path: Path) -> None:
    assert fill(tmp_path, [0.5, 0.5])["kept"] == 1
    assert fill(tmp_path, [0.5])["kept"] == 0


def test_what_was_cut_off_goes_and_what_is_of_others_stays(tmp_path: Path) -> None:
    fill(tmp_path, [0.5])
    name = "0400000-" + "a" * 32
    for ending in (".npz.part", ".json", ".json.part"):
        (tmp_path / f"{name}{ending}").write_text("{}")
    (tmp_path / ("0410000-" + "b" * 32 + ".npz")).write_text("no line beside it")
    mine = tmp_path / "notes.part"
    mine.mkdir()
    Reservoir(tmp_path, 10 * ONE, lambda _: None).stop(30)
    assert kept(tmp_path) == [0.5]
    assert len(list(tmp_path.iterdir())) == 3
    assert mine.is_dir()


@settings(max_examples=25)
@given(st.lists(st.integers(1, 999_999), unique=True, max_size=12))
def test_whatever_comes_the_least_certain_stay(
    tmp_path_factory: pytest.TempPathFactory, millionths: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("kept")
    fill(folder, [each / 1e6 for each in millionths])
    assert kept(folder) == [each / 1e6 for each in sorted(millionths)[:3]]


def test_an_input_that_is_larger_than_all_of_it_is_not_kept(tmp_path: Path) -> None:
    told: list[str] = []
    reservoir = Reservoir(tmp_path, 2 * ONE, told.append)
    reservoir.offer(Uncertain({"x": np.zeros(10_000)}, np.ones(1), 0.1, "t"))
    reservoir.offer(uncertain(0.5))
    reservoir.stop(30)
    assert kept(tmp_path) == [0.5]


def test_a_folder_that_cannot_be_is_told_and_hurts_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    told: list[str] = []
    reservoir = Reservoir(file / "below", 3 * ONE, told.append)
    for number in range(5):
        reservoir.offer(uncertain(0.5, number))
    reservoir.stop(30)
    assert set(told) == {"failed"}
    assert [each.getMessage() for each in caplog.records] == [
        f"uncertain inputs cannot be kept in {file}/below: Not a directory"
    ]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_disk_that_is_full_is_told_and_nothing_half_stays(tmp_path: Path) -> None:
    """/dev/full stands for the file, as on a disk that has room for the line and not for the input."""
    fill(tmp_path / "once", [0.5])
    (file,) = (tmp_path / "once").glob("*.npz")
    told: list[str] = []
    folder = tmp_path / "full"
    reservoir = Reservoir(folder, 3 * ONE, told.append)
    while not folder.is_dir():
        time.sleep(0.01)
    time.sleep(0.2)  # it looks through the folder first, and would take this for something that was cut off
    (folder / f"{file.name}.part").symlink_to("/dev/full")
    for certainty in (0.5, 0.6):
        reservoir.offer(uncertain(certainty))
    reservoir.stop(30)
    assert told == ["failed", "kept"]
    assert kept(folder) == [0.6]
    assert len(list(folder.iterdir())) == 2


def test_what_comes_too_fast_is_dropped(tmp_path: Path) -> None:
    told: list[str] = []
    reservoir = Reservoir(tmp_path / "kept", 1 << 30, told.append)
    large = np.zeros((1, 3 << 20))
    for number in range(20):
        reservoir.offer(Uncertain({"x": large + number}, np.ones(1), 0.5, "t"))
    reservoir.stop(60)
    counted = Counter(told)
    assert counted["kept"] >= 1
    assert counted["kept"] + counted["dropped"] == 20
