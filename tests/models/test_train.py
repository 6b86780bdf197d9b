"""The example's model: that the script makes it again and again, and that what is committed is whole."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest

MODELS = Path(__file__).parents[2] / "models"
NAMES = [
    "calibration.npz",
    "surface-defects.golden.npz",
    "surface-defects/model.fp16.onnx",
    "surface-defects/model.int8.onnx",
    "surface-defects/model.onnx",
]
TINY = ("--images", "256", "--epochs", "1", "--golden", "32", "--calibration", "8")


def run(out: Path, *flags: str) -> dict[str, bytes]:
    command = [sys.executable, "-W", "error", str(MODELS / "train.py"), "--out", str(out), *flags]
    subprocess.run(command, check=True, capture_output=True)
    return {name: (out / name).read_bytes() for name in NAMES}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return run(tmp_path_factory.mktemp("tiny"), *TINY)


def test_the_same_seed_gives_the_same_bytes(tiny: dict[str, bytes], tmp_path: Path) -> None:
    assert run(tmp_path, *TINY) == tiny


def test_another_seed_gives_another_model(tiny: dict[str, bytes], tmp_path: Path) -> None:
    other = run(tmp_path, *TINY, "--seed", "8")
    assert [name for name in NAMES if other[name] == tiny[name]] == []


def test_width_makes_it_larger(tiny: dict[str, bytes], tmp_path: Path) -> None:
    wide = run(tmp_path, *TINY[2:], "--images", "64", "--epochs", "0", "--width", "4")
    for name in NAMES[2:]:
        assert len(wide[name]) > 10 * len(tiny[name])


def test_the_committed_images_are_the_scripts(tmp_path: Path) -> None:
    """Drawn anew, up to a grey level where another processor's sine ends otherwise."""
    run(tmp_path, "--images", "64", "--epochs", "0")
    for name in NAMES[:2]:
        with np.load(MODELS / name) as committed, np.load(tmp_path / name) as drawn:
            assert committed.files == drawn.files
            away = np.abs(committed["inputs"].astype(int) - drawn["inputs"].astype(int))
            assert away.max() <= 1
            assert (away > 0).mean() < 0.001
            assert np.array_equal(committed["scale"], drawn["scale"])
            if "labels" in committed:
                assert np.array_equal(committed["labels"], drawn["labels"])


def test_no_image_is_in_two_sets() -> None:
    with np.load(MODELS / NAMES[0]) as calibration, np.load(MODELS / NAMES[1]) as golden:
        images = [image.tobytes() for image in (*calibration["inputs"], *golden["inputs"])]
    assert len(set(images)) == len(images) == 1128


@pytest.mark.parametrize("name", NAMES[2:])
def test_a_committed_model_is_plain_and_complete(name: str) -> None:
    model = onnx.load(MODELS / name)
    onnx.checker.check_model(model, full_check=True)
    assert (model.ir_version, [each.version for each in model.opset_import]) == (8, [17])
    texts = [model.doc_string, model.graph.doc_string, *(node.doc_string for node in model.graph.node)]
    assert set(texts) == {""}
    assert {entry.key for entry in model.metadata_props} == {"labels", "precision"}
    assert len({node.name for node in model.graph.node}) == len(model.graph.node)
    assert (MODELS / name).stat().st_size < 1_000_000


@pytest.mark.parametrize("name", NAMES[:2])
def test_an_archive_has_no_clock(tiny: dict[str, bytes], name: str) -> None:
    for content in (tiny[name], (MODELS / name).read_bytes()):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_files_stay_small() -> None:
    assert sum((MODELS / name).stat().st_size for name in NAMES) < 2_000_000
