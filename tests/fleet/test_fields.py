"""Which field stands at a path, what may stand below it, and what its values may be."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from edgewright.errors import FieldPath
from edgewright.fleet import (
    AbortWhen,
    Baseline,
    DeviceClass,
    Fleet,
    Resources,
    Signer,
    Stage,
    Traffic,
    Variant,
    Workload,
    WorkloadOn,
)
from edgewright.fleet.fields import accepts, field_at, fields_of, is_entry, is_list, is_mapping, part_at, walk


@pytest.mark.parametrize(
    ("path", "description", "part"),
    [
        ((), None, Fleet),
        (("fleet",), "The fleet's name; its workloads' namespace.", None),
        (("deviceClasses",), "Sets of devices that are the same to a workload.", DeviceClass),
        (("deviceClasses", "kiosk"), "Sets of devices that are the same to a workload.", DeviceClass),
        (("deviceClasses", "board", "board"), None, None),
        (("models", "m", "variants", "int8"), "Forms made out of the source.", Variant),
        (
            ("models", "m", "variants", "int8", "maxDrop"),
            "The most accuracy it may lose against the source.",
            None,
        ),
        (
            ("workloads", "on", "on", "on", "resources"),
            "What it may use: requests and limits at once.",
            Resources,
        ),
        (("workloads", "w", "on", "k"), None, WorkloadOn),
        (("workloads", "w", "tiers", 0), None, None),
        (("rollouts", "r", "stages", 3), "The rings, in order; the last one is everyone.", Stage),
        (("rollouts", "r", "stages", 3, "abortWhen"), "What ends the rollout here.", AbortWhen),
        (("rollouts", "r", "against"), "What drops and increases are measured against.", Baseline),
        (("rollouts", "r", "against", "p99"), "p99 latency to compare with.", None),
        (("security", "signatures", 0, "anyOf", 1), "One of these must have signed.", Signer),
        (("security", "network", "allow", "egress", 0), "What workloads may reach.", Traffic),
    ],
)
def test_paths(path: FieldPath, description: str | None, part: type[BaseModel] | None) -> None:
    field = field_at(Fleet, path)
    if description is not None:
        assert field is not None
        assert field.description == description
    assert part_at(Fleet, path) is part


@pytest.mark.parametrize(
    "path",
    [("x",), ("device_classes",), ("fleet", "x"), ("models", "m", "x"), ("models", "m", "version", "x")],
)
def test_paths_that_leave_the_language(path: FieldPath) -> None:
    assert field_at(Fleet, path) is None
    assert part_at(Fleet, path) is None


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        (("deviceClasses",), False),
        (("deviceClasses", "kiosk"), True),
        (("deviceClasses", "kiosk", "board"), False),
        (("workloads", "w", "on"), False),
        (("workloads", "w", "on", "k"), True),
        (("models", "m", "variants", "v"), True),
        (("runtimes", "r", "images", "amd64"), True),
        (("rollouts", "r", "stages", 0), False),
        (("security", "network"), False),
        (("fleet",), False),
        ((), False),
    ],
)
def test_names_of_the_users(path: FieldPath, entry: bool) -> None:
    assert is_entry(Fleet, path) is entry


def test_fields_have_the_names_of_yaml() -> None:
    assert {"deviceClasses", "apiVersion"} <= set(fields_of(Fleet))
    assert {"on", "whenUnsure"} <= set(fields_of(Workload))
    assert set(fields_of(Workload)) - set(fields_of(WorkloadOn)) == {"on"}


def test_lists_and_mappings() -> None:
    fields = fields_of(Workload)
    assert [name for name, field in fields.items() if is_list(field.annotation)] == ["tiers"]
    assert [name for name, field in fields.items() if is_mapping(field.annotation)] == ["on"]


def test_a_walk_meets_every_field_once() -> None:
    paths = [path for path, _ in walk(Fleet)]
    assert len(paths) == len(set(paths)) > 120
    assert ("workloads", "*", "on", "*", "resources", "memory") in paths
    assert ("rollouts", "*", "stages", 0, "abortWhen", "errorRate") in paths
    assert ("rollouts", "*", "against", "p99") in paths
    assert all(field_at(Fleet, path) is field for path, field in walk(Fleet))


@pytest.mark.parametrize(
    ("path", "value", "right"),
    [
        (("fleet",), "acme", True),
        (("fleet",), "Acme", False),
        (("fleet",), 5, False),
        (("models", "m", "version"), "1.2.3", True),
        (("models", "m", "version"), "1.2", False),
        (("security", "policies", 0), "require-digests", True),
        (("security", "policies", 0), "../x", False),
        (("deviceClasses", "c", "devices"), 5, True),
        (("deviceClasses", "c", "devices"), 0, False),
        (("deviceClasses", "c", "devices"), "5", False),
        (("no", "field"), "x", False),
    ],
)
def test_what_a_field_accepts(path: FieldPath, value: Any, right: bool) -> None:
    assert accepts(Fleet, path, value) is right
