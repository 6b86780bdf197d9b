"""The configuration of a server as typed values, out of the JSON file that `edgewright render` writes.

Its form is `server_config.schema.json`, which the renderer's tests hold too: here it is checked whole, and what
passes is read without further questions.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs


class ConfigError(Exception):
    """A configuration that the server cannot run by; the text says everything that is wrong with it."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """What goes in or comes out: its OIP datatype, and its shape with -1 where it may vary."""

    name: str
    datatype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PromisedFile:
    """A file and the digest (`sha256:…`) that its bytes must have."""

    file: Path
    digest: str


@dataclass(frozen=True, slots=True)
class PromisedModel:
    """A form of the model, exactly: its .onnx file first, then its files of weights."""

    folder: Path
    files: tuple[PromisedFile, ...]
    precision: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]

    @property
    def digest(self) -> str:
        """The digest of the .onnx file: by this the model is known."""
        return self.files[0].digest


@dataclass(frozen=True, slots=True)
class TierConfig:
    """A way to answer: a backend with a form of the model, or a rule in Python."""

    name: str
    backend: str
    model: PromisedModel | None = None
    rule: Path | None = None


@dataclass(frozen=True, slots=True)
class EngineCache:
    """Where engines are kept over restarts, and the most bytes that may lie there."""

    folder: Path
    size: int


@dataclass(frozen=True, slots=True)
class Config:
    """What a server knows of itself. Times are seconds."""

    fleet: str
    device_class: str
    workload: str
    model: str
    version: str
    port: int
    tiers: tuple[TierConfig, ...]
    max_batch: int
    window: float
    warm_up: int
    grace: float
    p99: float | None
    engine_cache: EngineCache | None

    @property
    def promised(self) -> PromisedModel | None:
        """The form by which the model is described: that of the first tier that has one."""
        return next((tier.model for tier in self.tiers if tier.model is not None), None)


def read_config(path: Path) -> Config:
    """The configuration in a file. Raises ConfigError."""
    try:
        values = json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path} is no JSON: {error}") from error
    faults = list(_validator().iter_errors(values))
    if faults:
        lines = (f"  {'.'.join(map(str, fault.instance_path)) or 'top'}: {fault.message}" for fault in faults)
        raise ConfigError("\n".join([f"{path} is not what a server reads:", *lines]))
    unlocked = [tier["name"] for tier in values["tiers"] if "model" in tier and "digest" not in tier["model"]]
    if unlocked:
        raise ConfigError(
            f"{path} names no digest for the model of {', '.join(unlocked)}: run `edgewright lock`, render again"
        )
    return _config(values)


def _validator() -> jsonschema_rs.Draft202012Validator:
    schema = files("edgewright_runtime").joinpath("server_config.schema.json").read_text("utf-8")
    return jsonschema_rs.Draft202012Validator(json.loads(schema))


def _config(values: dict[str, Any]) -> Config:
    cache, p99 = values.get("engineCache"), values.get("latencyP99Milliseconds")
    return Config(
        fleet=values["fleet"],
        device_class=values["deviceClass"],
        workload=values["workload"],
        model=values["model"]["name"],
        version=values["model"]["version"],
        port=values["http"]["port"],
        tiers=tuple(_tier(tier) for tier in values["tiers"]),
        max_batch=values["batching"]["maxBatch"],
        window=values["batching"]["windowMilliseconds"] / 1000,
        warm_up=values["warmUpRequests"],
        grace=values["graceMilliseconds"] / 1000,
        p99=None if p99 is None else p99 / 1000,
        engine_cache=None if cache is None else EngineCache(Path(cache["folder"]), cache["bytes"]),
    )


def _tier(values: dict[str, Any]) -> TierConfig:
    if "rule" in values:
        return TierConfig(values["name"], values["backend"], rule=Path(values["rule"]))
    model = values["model"]
    promised = [{"file": model["file"], "digest": model["digest"]}, *model.get("weights", [])]
    return TierConfig(
        values["name"],
        values["backend"],
        PromisedModel(
            Path(model["folder"]),
            tuple(PromisedFile(Path(each["file"]), each["digest"]) for each in promised),
            model["precision"],
            tuple(_tensor(each) for each in model["inputs"]),
            tuple(_tensor(each) for each in model["outputs"]),
        ),
    )


def _tensor(values: dict[str, Any]) -> Tensor:
    return Tensor(values["name"], values["datatype"], tuple(values["shape"]))
