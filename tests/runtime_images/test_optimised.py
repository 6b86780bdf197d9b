"""A graph that was optimised before is used where it is exactly right, and answers as the model does."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from tests.runtime_images.serving import (
    AT,
    FOUND,
    MODELS,
    configuration,
    fragile_model,
    images,
    model_tier,
    served,
)

from edgewright_runtime import engines
from edgewright_runtime.config import Config, PromisedModel, read_config
from edgewright_runtime.engines import GraphKey, prepared, processor_of_device
from edgewright_runtime.tiers import optimised
from edgewright_runtime.tiers.onnx import Graph, open_session, runtime_version
from edgewright_runtime.tiers.opening import open_tier, warm_up_inputs

ROOM = 1 << 30


def configured(tmp_path: Path, *tiers: dict[str, Any], size: int = ROOM) -> Config:
    """The configuration of a server with a cache in `tmp_path/cache`."""
    cache = {"folder": str(tmp_path / "cache"), "bytes": size}
    (tmp_path / "cache").mkdir(exist_ok=True)
    file = tmp_path / "server.json"
    file.write_text(json.dumps(configuration(*tiers, engineCache=cache)))
    return read_config(file)


def opened(config: Config) -> Any:
    return open_tier(config, config.tiers[0])


def graphs(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache").rglob("*.ort"))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """From which file each session was made: `model`, `written` or `graph`."""
    said: list[str] = []

    def open_and_tell(
        name: str, backend: str, model: PromisedModel, threads: int, graph: Graph | None = None
    ) -> Any:
        said.append("model" if graph is None else "graph" if graph.is_made else "written")
        return open_session(name, backend, model, threads, graph=graph)

    monkeypatch.setattr(optimised, "open_session", open_and_tell)
    return said


@pytest.mark.parametrize("form", ["model", "model.fp16", "model.int8"])
def test_a_graph_is_kept_and_answers_as_the_model_does(tmp_path: Path, told: list[str], form: str) -> None:
    config = configured(tmp_path, model_tier(MODELS / f"{form}.onnx"))
    first = opened(config)
    assert told == ["written", "graph", "graph"]
    second = opened(config)
    assert told[3:] == ["graph"]
    assert config.tiers[0].model is not None
    plain = open_session("plain", "onnxruntime-cpu", config.tiers[0].model, 1)
    inputs = {"image": images(8)}
    answer = plain.run(inputs)["probabilities"]
    for tier in (first, second):
        np.testing.assert_array_equal(tier.run(inputs)["probabilities"], answer)
        assert tier.digest == plain.digest


def test_a_graph_that_changed_anywhere_is_made_anew(tmp_path: Path, told: list[str]) -> None:
    config = configured(tmp_path)
    opened(config)
    (graph,) = graphs(tmp_path)
    content = graph.read_bytes()
    for at in range(0, len(content), len(content) // 5):
        graph.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        told.clear()
        opened(config)
        assert told == ["written", "graph", "graph"]
    os.truncate(graph, 1000)
    told.clear()
    opened(config)
    assert told[0] == "written"


def test_another_model_processor_or_version_has_another_graph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    config = configured(tmp_path)
    opened(config)
    for module, name in ((optimised, "processor_of_device"), (optimised, "runtime_version")):
        told.clear()
        with monkeypatch.context() as changed:
            changed.setattr(module, name, lambda: "another")
            opened(config)
        assert told[0] == "written"
    opened(configured(tmp_path, model_tier(MODELS / "model.onnx")))
    assert len(graphs(tmp_path)) == 4


def test_a_graph_that_answers_otherwise_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    """Sealed as it is, another model's graph would be believed: so it is asked first."""
    config, other = configured(tmp_path), MODELS / "model.onnx"
    real = Graph.told

    def swapped(self: Graph, options: Any) -> Any:
        if self.is_made:
            options.add_session_config_entry("session.load_model_format", "ONNX")
            self.file.write_bytes(other.read_bytes())
            return options
        return real(self, options)

    monkeypatch.setattr(Graph, "told", swapped)
    tier = opened(config)
    assert told == ["written", "graph", "model"]
    assert tier.digest == config.tiers[0].model.digest if config.tiers[0].model else False
    assert list((tmp_path / "cache").iterdir()) == []


def test_what_was_sealed_and_cannot_be_read_is_no_hindrance(tmp_path: Path, told: list[str]) -> None:
    config = configured(tmp_path)
    assert config.tiers[0].model is not None
    key = GraphKey(config.tiers[0].model.digest, processor_of_device(), runtime_version())
    folder, _ = prepared(tmp_path / "cache", key)
    (folder / "model.ort").write_bytes(b"not a graph")
    engines.sealed(folder, key)
    opened(config).run(warm_up_inputs(config))
    assert told == ["graph", "model"]


def test_no_room_is_made_for_a_graph(tmp_path: Path, told: list[str]) -> None:
    engine = tmp_path / "cache" / "engine"
    config = configured(tmp_path, size=100_000)
    engine.mkdir()
    (engine / "model.engine").write_bytes(bytes(90_000))
    opened(config)
    assert told[-1] == "model"
    assert [each.name for each in (tmp_path / "cache").iterdir()] == ["engine"]


def test_a_large_model_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]) -> None:
    monkeypatch.setattr(optimised, "LARGEST", 1000)
    opened(configured(tmp_path))
    assert told == ["model"]


def test_a_cache_that_cannot_be_written(tmp_path: Path, told: list[str]) -> None:
    config = configured(tmp_path)
    (tmp_path / "cache").rmdir()
    (tmp_path / "cache").write_bytes(b"")
    opened(config).run(warm_up_inputs(config))
    assert told == ["model"]


def test_weights_that_were_inputs_once(tmp_path: Path, told: list[str]) -> None:
    """The format forgets that weights of IR 3 stand for inputs; the model itself is served then."""
    model = onnx.load(fragile_model(tmp_path))
    model.ir_version = 3
    (table,) = model.graph.initializer
    model.graph.input.append(onnx.helper.make_tensor_value_info("table", table.data_type, table.dims))
    onnx.save(model, tmp_path / "old.onnx")
    config = configured(tmp_path, model_tier(tmp_path / "old.onnx", [AT], [FOUND]))
    assert opened(config).run({"at": np.array([[7]])})["found"] == 8
    assert told


def test_a_server_that_starts_again_finds_the_graph(tmp_path: Path) -> None:
    cache = {"folder": str(tmp_path / "cache"), "bytes": ROOM}
    (tmp_path / "cache").mkdir()
    for _ in range(2):
        with served(configuration(engineCache=cache), tmp_path) as server:
            status, answer, _ = server.infer({"inputs": [json_image()]})
            assert status == 200
            assert answer["parameters"]["tier"] == "onnxruntime-cpu/model-int8"
    assert len(graphs(tmp_path)) == 1


def json_image() -> dict[str, Any]:
    return {
        "name": "image",
        "datatype": "FP32",
        "shape": [1, 1, 32, 32],
        "data": images(1).ravel().tolist(),
    }
