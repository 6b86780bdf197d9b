"""From a model's source to the files of its image."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edgewright.artifact.model import model_artifact
from edgewright.errors import FleetError
from edgewright.workshop.inspect import inspect
from edgewright.workshop.source import CHUNK, model_file, packed_files, variant_file

MODELS = Path(__file__).parents[2] / "models"


def test_the_example() -> None:
    model = model_file(MODELS / "surface-defects")
    assert model == MODELS / "surface-defects/model.onnx"
    assert variant_file(model, "int8") == MODELS / "surface-defects/model.int8.onnx"


def test_a_file_is_itself_and_one_of_a_folder_is_that_one(tmp_path: Path) -> None:
    (tmp_path / "net.onnx").touch()
    assert model_file(tmp_path / "net.onnx") == tmp_path / "net.onnx"
    assert model_file(tmp_path) == tmp_path / "net.onnx"


@pytest.mark.parametrize("names", [[], ["a.onnx", "b.onnx"]])
def test_a_folder_that_leaves_it_open(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(FleetError, match=f"holds {len(names)} .onnx files, and none is called model.onnx"):
        model_file(tmp_path)


def test_the_image_holds_the_model_and_its_weights(write_model: Callable[..., Path]) -> None:
    weights = np.ones((4, CHUNK // 2), np.float32)
    path = write_model(
        "net.onnx", weights=weights, save_as_external_data=True, location="net.bin", size_threshold=0
    )
    files = packed_files(path, inspect(path).external)
    contents = {file.name: b"".join(file.chunks()) for file in files}
    assert contents == {"model.onnx": path.read_bytes(), "net.bin": weights.tobytes()}
    assert [file.size for file in files] == [path.stat().st_size, weights.nbytes]
    assert max(len(chunk) for file in files for chunk in file.chunks()) == CHUNK
    assert model_artifact("net", "1.0.0", None, files, {}).layer_size > weights.nbytes
