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
    """A form of the model, exactly: its .onnx file first, then its files of weights.

    One of the keys `signed_by` (PEM) must have signed them, where there are any. `golden` holds inputs with the
    answers that are right.
    """

    folder: Path
    files: tuple[PromisedFile, ...]
    precision: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    signed_by: tuple[str, ...] = ()
    golden: PromisedFile | None = None

    @property
    def all_files(self) -> tuple[PromisedFile, ...]:
        """Whatever has to be as promised."""
        return (*self.files, self.golden) if self.golden else self.files

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
class BoundedFolder:
    """Where something is kept over restarts, and the most bytes that may lie there."""

    folder: Path
    size: int


@dataclass(frozen=True, slots=True)
class Kept(BoundedFolder):
    """Where inputs are kept for labelling, and the certainty below which they are."""

    below: float | None = None


@dataclass(frozen=True, slots=True)
class Tracing:
    """Where spans are sent (OTLP over HTTP), and of how many in a million requests that belong to no trace yet."""

    endpoint: str
    sample: int


@dataclass(frozen=True, slots=True)
class WhenUnsure:
    """Below which score an answer is unsure, and the model's address in the cloud that is asked then."""

    below: float
    escalate_to: str
    timeout: float | None


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
    engine_cache: BoundedFolder | None
    grpc_port: int | None = None
    threads: int | None = None
    concurrency: int = 1
    log_sample: int = 0
    tracing: Tracing | None = None
    when_unsure: WhenUnsure | None = None
    response_cache: int | None = None
    reservoir: Kept | None = None

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
    unsure, p99 = values.get("whenUnsure"), values.get("latencyP99Milliseconds")
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
        engine_cache=_folder(values.get("engineCache")),
        grpc_port=values.get("grpc", {}).get("port"),
        threads=values.get("threads"),
        concurrency=values.get("concurrency", 1),
        log_sample=values.get("log", {}).get("sampleMillionths", 0),
        tracing=_tracing(values["tracing"]) if "tracing" in values else None,
        when_unsure=None if unsure is None else _when_unsure(unsure),
        response_cache=values.get("responseCache", {}).get("bytes"),
        reservoir=_kept(values["reservoir"]) if "reservoir" in values else None,
    )


def _folder(values: dict[str, Any] | None) -> BoundedFolder | None:
    return None if values is None else BoundedFolder(Path(values["folder"]), values["bytes"])


def _kept(values: dict[str, Any]) -> Kept:
    below = values.get("belowMillionths")
    return Kept(Path(values["folder"]), values["bytes"], None if below is None else below / 1_000_000)


def _when_unsure(values: dict[str, Any]) -> WhenUnsure:
    timeout = values.get("timeoutMilliseconds")
    return WhenUnsure(
        values["belowMillionths"] / 1_000_000,
        values["escalateTo"],
        None if timeout is None else timeout / 1000,
    )


def _tier(values: dict[str, Any]) -> TierConfig:
    if "rule" in values:
        return TierConfig(values["name"], values["backend"], rule=Path(values["rule"]))
    model = values["model"]
    golden = model.get("golden")
    return TierConfig(
        values["name"],
        values["backend"],
        PromisedModel(
            Path(model["folder"]),
            tuple(_file(each) for each in (model, *model.get("weights", []))),
            model["precision"],
            tuple(_tensor(each) for each in model["inputs"]),
            tuple(_tensor(each) for each in model["outputs"]),
            tuple(model.get("signedBy", ())),
            None if golden is None else _file(golden),
        ),
    )


def _tracing(values: dict[str, Any]) -> Tracing:
    return Tracing(values["endpoint"], values.get("sampleMillionths", 1_000_000))


def _file(values: dict[str, Any]) -> PromisedFile:
    return PromisedFile(Path(values["file"]), values["digest"])


def _tensor(values: dict[str, Any]) -> Tensor:
    return Tensor(values["name"], values["datatype"], tuple(values["shape"]))
