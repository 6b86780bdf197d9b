"""What a configuration may say beyond what it has to: off where it says nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.runtime_images.serving import configuration

from edgewright_runtime.config import Config, ConfigError, Tracing, read_config


def read(folder: Path, **more: Any) -> Config:
    file = folder / "server.json"
    file.write_text(json.dumps(configuration(**more)))
    return read_config(file)


def test_what_is_not_asked_for_is_off(tmp_path: Path) -> None:
    config = read(tmp_path)
    assert (config.grpc_port, config.threads, config.log_sample, config.tracing) == (None, None, 0, None)
    assert config.concurrency == 1


def test_what_is_asked_for_is_read(tmp_path: Path) -> None:
    endpoint = "http://collector:4318/v1/traces"
    config = read(
        tmp_path,
        grpc={"port": 9000},
        threads=2,
        concurrency=4,
        log={"sampleMillionths": 10_000},
        tracing={"endpoint": endpoint, "sampleMillionths": 5},
    )
    assert (config.grpc_port, config.threads, config.concurrency) == (9000, 2, 4)
    assert config.log_sample == 10_000
    assert config.tracing == Tracing(endpoint, 5)
    assert read(tmp_path, tracing={"endpoint": endpoint}).tracing == Tracing(endpoint, 1_000_000)


@pytest.mark.parametrize(
    "wrong",
    [
        {"grpc": {}},
        {"grpc": {"port": 80}},
        {"threads": 0},
        {"concurrency": 0},
        {"concurrency": 65},
        {"log": {"sampleMillionths": 1_000_001}},
        {"tracing": {"endpoint": "collector:4318"}},
        {"tracing": {}},
    ],
)
def test_what_cannot_be_is_refused_by_its_field(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        read(tmp_path, **wrong)
