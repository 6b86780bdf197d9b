"""An engine is loaded where it is exactly right, and built anew everywhere else."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgewright_runtime.config import BoundedFolder, PromisedFile, PromisedModel
from edgewright_runtime.engines import (
    EngineKey,
    cache_options,
    make_room,
    precision_options,
    prepared,
    sealed,
)
from edgewright_runtime.tiers import tensorrt
from edgewright_runtime.tiers.onnx import OnnxTier
from edgewright_runtime.tiers.tier import TierFault

KEY = EngineKey("sha256:" + "a" * 64, "Orin 8.7", "10.3.0", "fp16")


def build(cache: Path, key: EngineKey = KEY, content: bytes = b"engine") -> Path:
    folder, whole = prepared(cache, key)
    assert not whole
    (folder / "model.engine").write_bytes(content)
    sealed(folder, key)
    return folder


def test_what_was_sealed_is_found_again(tmp_path: Path) -> None:
    folder = build(tmp_path)
    assert prepared(tmp_path, KEY) == (folder, True)


@pytest.mark.parametrize(
    "change",
    [
        {"model": "sha256:" + "b" * 64},
        {"gpu": "NVIDIA L4 8.9"},
        {"tensorrt": "10.3.1"},
        {"precision": "int8"},
    ],
)
def test_another_model_gpu_version_or_precision_is_another_engine(
    tmp_path: Path, change: dict[str, str]
) -> None:
    folder = build(tmp_path)
    other, whole = prepared(tmp_path, dataclasses.replace(KEY, **change))
    assert not whole
    assert other != folder
    assert prepared(tmp_path, KEY)[1]


def test_an_engine_that_changed_anywhere_is_removed(tmp_path: Path) -> None:
    content = bytes(range(100))
    for at in range(0, 100, 7):
        folder = build(tmp_path, content=content)
        broken = bytearray(content)
        broken[at] ^= 1
        (folder / "model.engine").write_bytes(broken)
        assert prepared(tmp_path, KEY) == (folder, False)
        assert list(folder.iterdir()) == []


def test_an_engine_that_was_cut_off_is_removed(tmp_path: Path) -> None:
    folder = build(tmp_path, content=b"x" * 1000)
    os.truncate(folder / "model.engine", 999)
    assert not prepared(tmp_path, KEY)[1]


def test_an_engine_without_its_seal_was_never_finished(tmp_path: Path) -> None:
    folder, _ = prepared(tmp_path, KEY)
    (folder / "model.engine").write_bytes(b"half")
    assert not prepared(tmp_path, KEY)[1]


@pytest.mark.parametrize("seal", [b"", b"{", b"[]", b'{"key": {}}', b'{"key": {}, "files": {}}', b"\xff"])
def test_a_seal_that_is_none_seals_nothing(tmp_path: Path, seal: bytes) -> None:
    folder = build(tmp_path)
    (folder / "made.json").write_bytes(seal)
    assert not prepared(tmp_path, KEY)[1]


def test_what_somebody_else_put_there_is_not_loaded(tmp_path: Path) -> None:
    folder = build(tmp_path)
    (folder / "other.engine").write_bytes(b"foreign")
    assert not prepared(tmp_path, KEY)[1]


def test_a_link_is_no_engine(tmp_path: Path) -> None:
    folder = build(tmp_path)
    outside = tmp_path / "outside"
    outside.write_bytes(b"engine")
    (folder / "model.engine").unlink()
    (folder / "model.engine").symlink_to(outside)
    assert not prepared(tmp_path, KEY)[1]
    assert outside.exists()


def test_room_is_made_by_what_was_not_used_for_longest(tmp_path: Path) -> None:
    keys = [dataclasses.replace(KEY, precision=str(number)) for number in range(4)]
    folders = [build(tmp_path, key, b"x" * 1000) for key in keys]
    for number, folder in enumerate(folders):
        os.utime(folder, (number, number))
    os.utime(folders[0], (100, 100))  # used again
    make_room(tmp_path, 2 * 1500, keep=folders[3])
    assert [folder.exists() for folder in folders] == [True, False, False, True]


def test_the_engine_that_runs_is_kept_whatever_its_size(tmp_path: Path) -> None:
    folder = build(tmp_path, content=b"x" * 1000)
    make_room(tmp_path, 10, keep=folder)
    assert folder.exists()


def test_the_provider_is_told_where_engines_lie(tmp_path: Path) -> None:
    assert cache_options(tmp_path, tmp_path / "key")["trt_engine_cache_path"] == str(tmp_path / "key")
    options = precision_options("int8")
    assert (options["trt_fp16_enable"], options["trt_int8_enable"]) == ("1", "1")
    assert precision_options("fp32")["trt_fp16_enable"] == "0"


@dataclass
class Builder:
    """ONNX Runtime with TensorRT, as far as its cache goes: it writes an engine and timings where it is told to,
    takes what lies there for its own, and fails where that is nothing of its own."""

    built: int = 0
    takes: bool = True

    def open_session(
        self, name: str, _backend: str, model: PromisedModel, _threads: int, options: dict[str, str]
    ) -> OnnxTier:
        if "trt_engine_cache_path" in options:
            engine = Path(options["trt_engine_cache_path"]) / "model.engine"
            timing = Path(options["trt_timing_cache_path"]) / "sm87.timing"
            if engine.exists():
                if engine.read_bytes() != b"engine":
                    raise TierFault("could not deserialize engine from cache")
                return OnnxTier(name, model.digest, self, ("y",))
            if timing.exists() and timing.read_bytes() != b"timing":
                raise TierFault("could not create timing cache")
            timing.write_bytes(b"timing")
            if self.takes:
                engine.write_bytes(b"engine")
        self.built += 1
        return OnnxTier(name, model.digest, self, ("y",))

    def run(self, *_asked: object) -> list[np.ndarray[Any, Any]]:
        return [np.zeros((1, 1), np.float32)]


@pytest.fixture
def builder(monkeypatch: pytest.MonkeyPatch) -> Builder:
    found = Builder()
    monkeypatch.setattr(tensorrt, "open_session", found.open_session)
    monkeypatch.setattr(tensorrt, "gpu_of_device", lambda: KEY.gpu)
    monkeypatch.setattr(tensorrt, "tensorrt_version", lambda: KEY.tensorrt)
    return found


def opened(cache: Path) -> OnnxTier:
    model = PromisedModel(Path(), (PromisedFile(Path("m.onnx"), KEY.model),), KEY.precision, (), ())
    inputs = [{"x": np.zeros((1, 1), np.float32)}]
    return tensorrt.open_with_engine("tensorrt/m", model, BoundedFolder(cache, 1 << 20), 8, inputs, 1)


def test_an_engine_is_built_once(tmp_path: Path, builder: Builder) -> None:
    opened(tmp_path)
    opened(tmp_path)
    assert builder.built == 1


def test_an_engine_that_the_provider_does_not_take_is_built_anew(tmp_path: Path, builder: Builder) -> None:
    build(tmp_path, content=b"of another TensorRT")
    opened(tmp_path)
    opened(tmp_path)
    assert builder.built == 1


def test_a_model_of_which_tensorrt_takes_nothing_is_no_tier_of_it(tmp_path: Path, builder: Builder) -> None:
    builder.takes = False
    with pytest.raises(TierFault, match="no part of the model"):
        opened(tmp_path)


def test_timings_that_were_cut_off_do_not_stand_in_the_way(tmp_path: Path, builder: Builder) -> None:
    (tmp_path / "timing").mkdir()
    (tmp_path / "timing/sm87.timing").write_bytes(b"tim")
    opened(tmp_path)
    assert builder.built == 1


def test_a_cache_that_cannot_be_written_costs_a_build_and_not_the_tier(
    tmp_path: Path, builder: Builder
) -> None:
    (tmp_path / "cache").write_bytes(b"a file where the folder should be")
    opened(tmp_path / "cache")
    assert builder.built == 1
