"""From a model's source to the files of its image."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgewright.assembly.publication.chunks import CHUNK, chunks_of
from edgewright.errors import FleetError
from edgewright.workshop.source import model_file, signature_file, variant_file

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


def test_a_file_comes_in_chunks(tmp_path: Path) -> None:
    content = bytes(range(256)) * (CHUNK // 128)
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "net.bin").write_bytes(content)
    chunks = list(chunks_of(tmp_path, "m/net.bin"))
    assert b"".join(chunks) == content
    assert max(map(len, chunks)) == CHUNK


def test_a_signature_lies_beside_its_model() -> None:
    assert signature_file(MODELS / "net.int8.onnx") == MODELS / "net.int8.onnx.sig"
