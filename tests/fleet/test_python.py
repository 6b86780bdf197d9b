"""A fleet in Python and the same in YAML are equal, hash and serialise alike, and neither changes."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import ValidationError
from tests.strategies import drawn_fleets

from edgewright.catalogue import load
from edgewright.document.document import parse_document, read_document
from edgewright.document.emit import emit
from edgewright.document.source import Source
from edgewright.fleet import (
    AbortWhen,
    Batching,
    DeviceClass,
    Evaluation,
    Fleet,
    GpuSharing,
    Host,
    Latency,
    Load,
    Memory,
    Model,
    Reserve,
    Resources,
    Rollout,
    Runtime,
    Software,
    Stage,
    Variant,
    Workload,
    WorkloadOn,
    check_fleet,
    read_fleet,
)
from edgewright.fleet.part import Entries

ROOT = Path(__file__).parents[2]
FILES = ("fleet.yaml", "tests/fleets/every_field.yaml")

YAML = """\
apiVersion: edgewright.dev/v1alpha1
fleet: acme
registry: registry.acme.example/edge
deviceClasses:
  gateway:
    host: {arch: amd64, cpu: 16, memory: 64Gi, gpu: nvidia-l4}
    software: {driver: "580.82.07"}
    gpuSharing: {strategy: time-slicing, replicas: 2}
    reserve: {cpu: 1, memory: 4Gi}
  kiosk: {board: intel-n100-8gb, devices: 60}
models:
  defects:
    version: 3.4.0
    source: models/defects
    evaluation: {golden: models/golden.npz, floor: 90%}
    variants:
      int8: {precision: int8, maxDrop: 1pp}
runtimes:
  server: {backends: [onnxruntime-cpu], images: {amd64: server}}
workloads:
  inspect:
    model: defects
    rollout: careful
    load: {requests: 5/s, labelled: 0.1%}
    latency: {p99: 40ms}
    batching: {maxBatch: 8, window: 2ms}
    runtime: server
    tiers: [onnxruntime-cpu/int8]
    resources: {cpu: 1500m, memory: 6Gi}
    on:
      kiosk: {resources: {cpu: 0.5, memory: 2Gi}}
rollouts:
  careful:
    stages:
      - {ring: canary, upTo: 1%, soak: 24h, abortWhen: {accuracyDrop: 3pp}}
      - {ring: everyone, upTo: 100%}
"""


def in_python() -> Fleet:
    """The same with parts, and amounts as plain text."""
    return Fleet(
        fleet="acme",
        registry="registry.acme.example/edge",
        device_classes={
            "gateway": DeviceClass(
                host=Host(arch="amd64", cpu=16, memory="64Gi", gpu="nvidia-l4"),
                software=Software(driver="580.82.07"),
                gpu_sharing=GpuSharing(strategy="time-slicing", replicas=2),
                reserve=Reserve(cpu=1, memory=Memory("4Gi")),
            ),
            "kiosk": DeviceClass(board="intel-n100-8gb", devices=60),
        },
        models={
            "defects": Model(
                version="3.4.0",
                source="models/defects",
                evaluation=Evaluation(golden="models/golden.npz", floor="90%"),
                variants={"int8": Variant(precision="int8", max_drop="1pp")},
            )
        },
        runtimes={"server": Runtime(backends=["onnxruntime-cpu"], images={"amd64": "server"})},
        workloads={
            "inspect": Workload(
                model="defects",
                rollout="careful",
                load=Load(requests="5/s", labelled="0.1%"),
                latency=Latency(p99="40ms"),
                batching=Batching(max_batch=8, window="2ms"),
                runtime="server",
                tiers=["onnxruntime-cpu/int8"],
                resources=Resources(cpu="1500m", memory="6Gi"),
                on={"kiosk": WorkloadOn(resources=Resources(cpu=0.5, memory="2Gi"))},
            )
        },
        rollouts={
            "careful": Rollout(
                stages=(
                    Stage(ring="canary", up_to="1%", soak="24h", abort_when=AbortWhen(accuracy_drop="3pp")),
                    Stage(ring="everyone", up_to="100%"),
                )
            )
        },
    )


def read(text: str) -> Fleet:
    document = parse_document(Source("fleet.yaml", text))
    reading = read_fleet(document.value, load())
    assert not (*document.findings, *reading.findings)
    assert reading.fleet is not None
    return reading.fleet


def same(one: Fleet, other: Fleet) -> bool:
    return (one, hash(one), one.model_dump_json()) == (other, hash(other), other.model_dump_json())


def snake(value: Any, *, names: bool = False) -> Any:
    """The values with the names that fields have in Python; names of the user's stay."""
    free = ("deviceClasses", "models", "runtimes", "workloads", "rollouts", "variants", "images", "on")
    if isinstance(value, list):
        return [snake(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key if names else "".join(f"_{c.lower()}" if c.isupper() else c for c in key): snake(
            kid, names=not names and key in free
        )
        for key, kid in value.items()
    }


def test_python_and_yaml_are_equal() -> None:
    assert same(in_python(), read(YAML))
    assert not check_fleet(in_python(), load())


def test_parts_may_be_mappings_with_the_names_of_either_language() -> None:
    values = parse_document(Source("f", YAML)).value
    assert same(Fleet(**values), read(YAML))
    assert same(Fleet(**snake(values)), read(YAML))
    assert "device_classes" in snake(values)
    assert "up_to" in snake(values)["rollouts"]["careful"]["stages"][0]


@pytest.mark.parametrize("file", FILES)
def test_the_fleets_of_the_repository(file: str) -> None:
    document = read_document(ROOT / file)
    fleet = read_fleet(document.value, load()).fleet
    assert fleet is not None
    assert same(Fleet(**snake(document.value)), fleet)
    assert same(back_and_forth(fleet), fleet)


def back_and_forth(fleet: Fleet) -> Fleet:
    """The fleet, written as YAML and read again."""
    return read(emit(fleet.model_dump(exclude_none=True)))


@given(drawn_fleets())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_any_fleet_is_written_and_read_back(drawn: Any) -> None:
    fleet = drawn.fleet
    assert same(back_and_forth(fleet), fleet)
    assert same(Fleet(**snake(drawn.values)), fleet)
    short = emit(fleet.model_dump(exclude_unset=True, exclude_none=True))
    assert same(read(short), fleet)


def test_it_serialises_to_what_yaml_says() -> None:
    dumped = in_python().model_dump(exclude_unset=True)
    stages = dumped["rollouts"]["careful"]["stages"]
    assert stages[0] == {"ring": "canary", "upTo": "1%", "soak": "1d", "abortWhen": {"accuracyDrop": "3pp"}}
    assert type(dumped["workloads"]["inspect"]["tiers"][0]) is str
    assert type(dumped["workloads"]) is dict
    assert dumped["workloads"]["inspect"]["resources"] == {"cpu": "1500m", "memory": "6Gi"}


def test_the_order_of_names_changes_nothing() -> None:
    fleet = in_python()
    turned = fleet.model_copy(update={"device_classes": Entries(reversed(fleet.device_classes.items()))})
    assert fleet == turned
    assert hash(fleet) == hash(turned)


def test_one_difference_makes_them_differ() -> None:
    assert read(YAML.replace("p99: 40ms", "p99: 41ms")) != in_python()
    assert (
        read(YAML.replace("kiosk: {board", "kiosks: {board").replace("      kiosk:", "      kiosks:"))
        != in_python()
    )


def test_nothing_of_a_fleet_changes() -> None:
    fleet = in_python()
    with pytest.raises(ValidationError, match="frozen"):
        fleet.registry = "x"  # type: ignore[misc]
    with pytest.raises(TypeError, match="a fleet does not change"):
        fleet.workloads["other"] = fleet.workloads["inspect"]
    with pytest.raises(TypeError, match="a fleet does not change"):
        del fleet.models["defects"].variants["int8"]
    for change in ("clear", "pop", "popitem", "setdefault", "update"):
        with pytest.raises(TypeError, match="a fleet does not change"):
            getattr(fleet.workloads["inspect"].on, change)()
    assert same(fleet, in_python())


def test_copies() -> None:
    fleet = in_python()
    assert same(copy.deepcopy(fleet), fleet)
    assert same(pickle.loads(pickle.dumps(fleet)), fleet)
    assert same(fleet.model_copy(), fleet)
    assert isinstance(copy.deepcopy(fleet).workloads, Entries)


def test_defaults_are_those_of_an_empty_section() -> None:
    text = YAML + "".join(f"{name}: {{}}\n" for name in ("platform", "security", "delivery", "monitoring"))
    assert read(text) == in_python()


@pytest.mark.parametrize(
    ("camel", "snaked"), [("deviceClasses", "device_classes"), ("maxBatch", "max_batch"), ("upTo", "up_to")]
)
def test_yaml_has_one_name_for_a_field(camel: str, snaked: str) -> None:
    document = parse_document(Source("f", YAML.replace(camel, snaked)))
    found = read_fleet(document.value, load()).findings
    assert {finding.rule for finding in found} == {"unknown-field"}
    assert {finding.replacement for finding in found} == {camel}


@pytest.mark.parametrize(
    "values",
    [
        {"cpu": 1, "memory": 6442450944}, {"cpu": 1, "memory": 6.0}, {"cpu": True, "memory": "6Gi"},
        {"cpu": 1}, {"cpu": 1, "memory": "6GB"}, {"cpu": 1, "memory": "6Gi", "gpu": "1"},
        {"cpu": 1, "memory": "6Gi", "gpu": True}, {"cpu": 1, "memory": "6Gi", "gpus": 1},
    ],
)  # fmt: skip
def test_python_is_as_strict(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Resources(**values)


def test_what_is_wrong_with_a_fleet_in_python_has_its_path() -> None:
    fleet = in_python()
    workload = fleet.workloads["inspect"].model_copy(update={"model": "defect"})
    broken = fleet.model_copy(update={"workloads": Entries(inspect=workload)})
    (finding,) = check_fleet(broken, load())
    assert finding.path == ("workloads", "inspect", "model")
    assert finding.place is None
    assert finding.replacement == "defects"
