"""A second opinion: what does not fit by the rendered YAML alone, the plan has refused.

Nothing here is asked of the plan or of the catalogue but whether it refuses: the sums come from the text of
the manifests, the figures of the boards from tests/plan/loads.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from tests.plan.loads import BOARDS, GIB, Load, loads
from tests.small import changed, fleet_of, plan_of, smallest
from tests.strategies import CATALOGUE, locked

from edgewright.errors import Finding
from edgewright.plan import Plan, build_plan
from edgewright.render import files_of, render

Object = dict[str, Any]
Pods = dict[str, list[tuple[Object, Object]]]
Claims = dict[str, Fraction]
"""A class, and what its claims ask of the disk."""
Broken = tuple[str, str]
"""A class, and what of it is not enough."""

_BUILDERS = ("tensorrt", "onnxruntime-tensorrt")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RULES = {
    "memory": "memory-over-capacity",
    "cpu": "cpu-over-capacity",
    "gpu": "gpu-over-capacity",
    "disk": "storage-over-capacity",
}
_UNITS: dict[str, Fraction] = {"": Fraction(1), "m": Fraction(1, 1000)} | {
    f"{letter}{binary}": Fraction(base) ** (index + 1)
    for binary, base in (("i", 1024), ("", 1000))
    for index, letter in enumerate("KMGT" if binary else "kMGT")
}
_QUANTITY = re.compile(r"([0-9]+)([A-Za-z]*)")
_SECONDS = {"ms": Fraction(1, 1000), "s": Fraction(1)}


def _quantity(value: object) -> Fraction:
    """A quantity of Kubernetes in its base unit."""
    match = _QUANTITY.fullmatch(str(value))
    assert match, value
    return Fraction(match[1]) * _UNITS[match[2]]


def _seconds(text: str) -> Fraction:
    match = _QUANTITY.fullmatch(text)
    assert match, text
    return Fraction(match[1]) * _SECONDS[match[2]]


def _files(plan: Plan) -> dict[str, str]:
    return files_of(plan, render(plan))


def _pods(load: Load, files: dict[str, str]) -> Pods:
    """For each class its objects that make pods, each with the specification of its pod."""
    pods: Pods = {name: [] for name in load.figures}
    for path, text in files.items():
        name, _, rest = path.partition("/")
        if rest.startswith("manifests/"):
            for each in yaml.load_all(text, _LOADER):
                if each["kind"] in ("Deployment", "Rollout"):
                    pods[name].append((each, each["spec"]["template"]["spec"]))
    return pods


def _claims(load: Load, files: dict[str, str]) -> Claims:
    claims = dict.fromkeys(load.figures, Fraction(0))
    for path, text in files.items():
        name, _, rest = path.partition("/")
        for each in yaml.load_all(text, _LOADER) if rest.startswith("manifests/") else ():
            if each["kind"] == "PersistentVolumeClaim":
                claims[name] += _quantity(each["spec"]["resources"]["requests"]["storage"])
    return claims


def _sum(pods: Sequence[tuple[Object, Object]], resource: str) -> Fraction:
    return sum(
        (
            _quantity(container["resources"]["limits"].get(resource, 0)) * controller["spec"]["replicas"]
            for controller, pod in pods
            for container in [*pod["containers"], *pod.get("initContainers", [])]
        ),
        Fraction(0),
    )


def _too_little(load: Load, pods: Pods, claims: Claims) -> Iterator[Broken]:
    """What is asked for and kept back, against what the board has; above 85% of a disk the kubelet cleans."""
    for name, figures in load.figures.items():
        memory, cpu = load.reserves[name]
        disk, kept = load.disks[name]
        needs: dict[str, tuple[Fraction, Fraction | int]] = {
            "memory": (_sum(pods[name], "memory") + memory, figures.memory),
            "cpu": (_sum(pods[name], "cpu") + Fraction(cpu, 1000), figures.cores),
            "gpu": (_sum(pods[name], "nvidia.com/gpu"), figures.gpus),
            "disk": (
                _sum(pods[name], "ephemeral-storage") + claims[name] + kept,
                disk * Fraction(85, 100),
            ),
        }
        yield from ((name, what) for what, (needed, has) in needs.items() if needed > has)


def _impatient(load: Load, files: dict[str, str], pods: Pods) -> Iterator[Broken]:
    """Starts that a probe or a roll-out would cut short, by what the fleet says of them."""
    configs = _configs(files)
    for name in load.figures:
        for controller, pod in pods[name]:
            written = load.values["workloads"][controller["metadata"]["name"]]
            config = next(each["configMap"]["name"] for each in pod["volumes"] if "configMap" in each)
            startup = written["startup"]
            start = _seconds(startup["load"])
            if any(tier["backend"] in _BUILDERS for tier in configs[name, config]["tiers"]):
                start += _seconds(startup["engineBuild"])
            start += startup["warmUp"] * _seconds(written["latency"]["p99"])
            probe = pod["containers"][0]["startupProbe"]
            patience = probe["periodSeconds"] * probe["failureThreshold"]
            if not start <= patience <= controller["spec"]["progressDeadlineSeconds"]:
                yield name, "patience"


def _configs(files: dict[str, str]) -> dict[tuple[str, str], Object]:
    """The server's configuration by class and name of its config map."""
    return {
        (path.partition("/")[0], each["metadata"]["name"]): json.loads(each["data"]["server.json"])
        for path, text in files.items()
        if "/manifests/" in path
        for each in yaml.load_all(text, _LOADER)
        if each["kind"] == "ConfigMap" and "server.json" in each.get("data", {})
    }


def _elastic(load: Load, pods: Pods) -> Iterator[Broken]:
    """Pods that may take more than they ask for, so that sums would not be sums."""
    for name in load.figures:
        for _, pod in pods[name]:
            for container in pod["containers"]:
                amounts = container["resources"]
                if amounts["limits"] != amounts["requests"] or not {"cpu", "memory"} <= set(
                    amounts["limits"]
                ):
                    yield name, "requests"


def _broken(load: Load, files: dict[str, str]) -> set[Broken]:
    pods = _pods(load, files)
    claims = _claims(load, files)
    return {*_too_little(load, pods, claims), *_impatient(load, files, pods), *_elastic(load, pods)}


def _refused(load: Load, findings: tuple[Finding, ...]) -> set[str]:
    """The classes of a load of which an error speaks, wherever it points."""
    errors = [each for each in findings if each.level == "error"]
    return {
        name for name in load.figures for each in errors if f"`{name}`" in each.message or name in each.path
    }


def _planned(load: Load) -> Plan:
    fleet = fleet_of(load.values)
    return build_plan(fleet, CATALOGUE, locked(fleet))


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(loads())
def test_what_does_not_fit_by_the_yaml_alone_is_refused(load: Load) -> None:
    plan = _planned(load)
    broken = _broken(load, _files(plan))
    assert {name for name, _ in broken} <= _refused(load, plan.findings)
    holding = {
        (planned.name, proof.rule) for planned in plan.classes for proof in planned.proofs if proof.holds
    }
    assert not holding & {(name, _RULES[what]) for name, what in broken if what in _RULES}


def _one() -> tuple[Load, Plan]:
    """A load of a single workload that fits, in which everything is written."""
    values = changed(
        smallest(),
        {
            ("deviceClasses", "kiosk", "storage"): "20Gi",
            ("deviceClasses", "kiosk", "reserve"): {"memory": "1Gi", "cpu": "500m", "storage": "14Gi"},
            ("workloads", "read", "resources"): {"cpu": 1, "memory": "1Gi", "engineCache": "2Gi"},
            ("workloads", "read", "startup"): {"load": "60s", "warmUp": 0, "engineBuild": "0s"},
            ("workloads", "read", "latency"): {"p99": "10ms"},
        },
    )
    return Load(
        values, {"kiosk": BOARDS[0]}, {"kiosk": (GIB, 500)}, {"kiosk": (20 * GIB, 14 * GIB)}
    ), plan_of(values)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("memory: 1Gi", "memory: 7Gi", None),
        ("memory: 1Gi", "memory: 7169Mi", "memory"),
        ('cpu: "1"', 'cpu: "3500m"', None),
        ('cpu: "1"', 'cpu: "3501m"', "cpu"),
        ("memory: 1Gi", 'memory: 1Gi\n            nvidia.com/gpu: "1"', "gpu"),
        ("failureThreshold: 12", "failureThreshold: 11", "patience"),
        ("progressDeadlineSeconds: 690", "progressDeadlineSeconds: 59", "patience"),
        ("replicas: 1", "replicas: 8", "memory"),
        ("ephemeral-storage: 1Gi", "ephemeral-storage: 1025Mi", "disk"),
        ("storage: 2Gi", "storage: 2049Mi", "disk"),
    ],
)
def test_the_second_opinion_sees_to_the_border(old: str, new: str, what: str | None) -> None:
    load, plan = _one()
    files = _files(plan)
    path = "kiosk/manifests/read.yaml"
    assert old in files[path]
    assert _broken(load, files) == set()
    broken = _broken(load, files | {path: files[path].replace(old, new)})
    assert ("kiosk", what) in broken if what else broken == set()


def test_the_second_opinion_sees_a_limit_that_is_no_request() -> None:
    load, plan = _one()
    files = _files(plan)
    path = "kiosk/manifests/read.yaml"
    text = files[path].replace("memory: 1Gi", "memory: 2Gi", 1)
    assert text != files[path]
    assert ("kiosk", "requests") in _broken(load, files | {path: text})
