"""Schema and reader agree on which fleets are right, up to what BEYOND_SCHEMA lists, both ways."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from edgewright.catalogue import Catalogue, load
from edgewright.document.document import read_document
from edgewright.errors import FieldPath, Finding, FleetError
from edgewright.fleet import read_fleet
from edgewright.fleet.beyond_schema import BEYOND_SCHEMA, Beyond
from edgewright.fleet.json_schema import Schema, json_schema
from edgewright.fleet.outline import Outline

ROOT = Path(__file__).parents[2]
FLEETS = (
    "fleet.yaml",
    "tests/fleets/every_field.yaml",
    "components/edgewright/commands/templates/fleet.yaml",
)

JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 3.0, -0.0, 10**30, 1e-5, "", "x", "X y", "a\n", "1", "6Gi", "6GB", "101%",
    "0.0000001%", "500m", "/x", "a/../b", "./../x", "rule/int8", "tensorrt/none", "10.0.0.1/8",
    "1.2.3\n", "é\u2028", "a" * 64, "a" * 501, [], [None], ["x"], {}, {"A b": {}},
)  # fmt: skip


def values_of(file: str) -> Any:
    return read_document(ROOT / file).value


def met(schema: Schema, path: FieldPath) -> Outline | None:
    """The field at the path of a finding; None where the path leaves the language."""
    at = Outline(schema, schema)
    for step in path:
        if isinstance(step, int):
            items = at.schema.get("items")
            if items is None:
                return None
            at = at.to(items, "[*]")
        elif isinstance(at.schema.get("additionalProperties"), dict):
            at = at.to(at.schema["additionalProperties"], "*")
        elif step in at.fields():
            at = at.fields()[step]
        else:
            return None
    return at


def beyond(finding: Finding, schema: Schema) -> Beyond | None:
    """The entry of BEYOND_SCHEMA that the finding falls under."""
    at = met(schema, finding.path)
    if at is None:
        return None
    kinds = {at.definition(), at.schema.get("type")}
    matching = (each for each in BEYOND_SCHEMA if at.path in each.fields or kinds & {*each.types})
    return next((each for each in matching if each.rule == finding.rule), None)


def check(value: Any, catalogue: Catalogue, schema: Schema, is_valid: Callable[[Any], bool]) -> None:
    errors = [finding for finding in read_fleet(value, catalogue).findings if finding.level == "error"]
    if is_valid(value):
        left = [
            (finding.rule, finding.path, finding.message) for finding in errors if not beyond(finding, schema)
        ]
        assert not left, f"the schema takes what the reader refuses: {left}"
    else:
        assert errors, "the reader takes what the schema refuses"


def paths(value: Any, path: FieldPath = ()) -> Iterator[FieldPath]:
    yield path
    kids = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, kid in kids:
        yield from paths(kid, (*path, step))


def changed(value: Any, path: FieldPath, change: Callable[[Any], Any]) -> Any:
    """The value with what stands at the path changed; the original is left alone."""
    if not path:
        return change(value)
    outer = copy.copy(value)
    outer[path[0]] = changed(value[path[0]], path[1:], change)
    return outer


def to(value: Any) -> Callable[[Any], Any]:
    return lambda _: value


def without(key: Any) -> Callable[[Any], Any]:
    def drop(outer: Any) -> Any:
        if isinstance(outer, dict):
            return {name: kid for name, kid in outer.items() if name != key}
        return [kid for index, kid in enumerate(outer) if index != key]

    return drop


def renamed(key: Any, new: str) -> Callable[[Any], Any]:
    return lambda outer: {new if name == key else name: kid for name, kid in outer.items()}


def test_every_mutation_of_every_field(catalogue: Catalogue, schema: Schema, rust_engine: Any) -> None:
    fleet = values_of("tests/fleets/every_field.yaml")
    number = 0
    for path in paths(fleet):
        mutants = [changed(fleet, path, to(each)) for each in JUNK]
        if path:
            mutants.append(changed(fleet, path[:-1], without(path[-1])))
        if path and isinstance(path[-1], str):
            names = (path[-1] + "s", "A b", "x\n")
            mutants += [changed(fleet, path[:-1], renamed(path[-1], name)) for name in names]
        for mutant in mutants:
            check(mutant, catalogue, schema, rust_engine.is_valid)
        number += len(mutants)
    assert number > 8_000


SCHEMA = json_schema(load())
BASES = [values_of(file) for file in FLEETS]
KNOWN = sorted({name for node in SCHEMA["$defs"].values() for name in node.get("properties", {})})
NAMES = st.sampled_from(KNOWN) | st.text(max_size=8)


def made_by(node: Any) -> st.SearchStrategy[Any]:
    """Values that a subschema accepts, or nearly: conditions between fields are left to chance."""
    if "$ref" in node:
        return made_by(SCHEMA["$defs"][node["$ref"].rpartition("/")[2]])
    if "enum" in node:
        return st.sampled_from(node["enum"])
    if forms := node.get("anyOf") or node.get("oneOf"):
        return st.one_of(*map(made_by, forms))
    if "pattern" in node:
        texts = st.from_regex(node["pattern"], fullmatch=True, alphabet=st.characters(codec="utf-8"))
        return texts.map(lambda text: text.rstrip("\n"))
    return _by_type(node)


def _later(node: Any) -> st.SearchStrategy[Any]:
    return st.deferred(lambda: made_by(node))


def _by_type(node: Any) -> st.SearchStrategy[Any]:
    kind = node["type"]
    if kind == "array":
        return st.lists(made_by(node["items"]), min_size=node.get("minItems", 0), max_size=2)
    if kind == "object" and "propertyNames" in node:
        names, kids = made_by(node["propertyNames"]), made_by(node["additionalProperties"])
        return st.dictionaries(names, kids, min_size=node.get("minProperties", 0), max_size=2)
    if kind == "object":
        fields = {name: _later(kid) for name, kid in node["properties"].items()}
        needed = {name: fields.pop(name) for name in node.get("required", [])}
        return st.fixed_dictionaries(needed, optional=fields)
    low, high = node.get("minimum"), node.get("maximum")
    if kind == "integer":
        return st.integers(low, high)
    if kind == "number":
        return st.integers(low, high) | st.floats(low, high)
    return st.booleans() if kind == "boolean" else st.text(max_size=node.get("maxLength", 20))


ANYTHING = st.recursive(
    st.sampled_from(JUNK) | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda kids: st.lists(kids, max_size=2) | st.dictionaries(st.text(max_size=5), kids, max_size=2),
    max_leaves=4,
)


@st.composite
def fleets(draw: st.DrawFn) -> Any:
    """A right fleet with a few changes, each what the schema has there, from elsewhere, or anything."""
    fleet = draw(st.sampled_from(BASES))
    for _ in range(draw(st.integers(1, 3))):
        there = list(paths(fleet))
        path = draw(st.sampled_from(there))
        kind = draw(st.sampled_from(("made", "anything", "moved", "left out", "added", "renamed")))
        if kind == "made" and (at := met(SCHEMA, path)) is not None and path:
            new = draw(made_by(at.schema))
        elif kind == "moved":
            new = _at(fleet, draw(st.sampled_from(there)))
        elif kind == "left out" and path:
            path, new = path[:-1], without(path[-1])(_at(fleet, path[:-1]))
        elif kind == "renamed" and path and isinstance(path[-1], str):
            path, new = path[:-1], renamed(path[-1], draw(NAMES))(_at(fleet, path[:-1]))
        elif isinstance(outer := _at(fleet, path), dict) and kind == "added":
            new = {**outer, draw(NAMES): draw(ANYTHING)}
        else:
            new = draw(ANYTHING)
        fleet = changed(fleet, path, to(new))
    return fleet


def _at(value: Any, path: FieldPath) -> Any:
    for step in path:
        value = value[step]
    return value


# A failure says what the two disagree about; making the fleet around it small takes minutes, for nothing.
SEARCH = settings(
    max_examples=300,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@given(fleets())
@SEARCH
def test_changed_fleets(value: Any) -> None:
    check(value, load(), SCHEMA, Draft202012Validator(SCHEMA).is_valid)


@given(fleets())
@SEARCH
def test_both_engines_read_the_schema_alike(rust_engine: Any, value: Any) -> None:
    assert rust_engine.is_valid(value) == Draft202012Validator(SCHEMA).is_valid(value)


def _fleet_files() -> list[str]:
    below = ("tests", "examples", "stacks", "components")
    files = [ROOT / "fleet.yaml", *(file for each in below for file in sorted((ROOT / each).rglob("*.yaml")))]
    fleets = [file for file in files if b"apiVersion: edgewright.dev/" in file.read_bytes()]
    return [str(file.relative_to(ROOT)) for file in fleets]


@pytest.mark.parametrize("file", _fleet_files())
def test_every_fleet_of_the_repository(
    file: str, catalogue: Catalogue, schema: Schema, python_engine: Draft202012Validator
) -> None:
    try:
        document = read_document(ROOT / file)
        json.dumps(document.value, allow_nan=False)
    except (FleetError, ValueError):
        return  # what is no text or no JSON has no schema
    if any(finding.level == "error" for finding in document.findings):
        return  # some values are missing
    check(document.value, catalogue, schema, python_engine.is_valid)


@pytest.mark.parametrize("file", FLEETS)
def test_the_right_fleets_are_right_for_both(
    file: str, catalogue: Catalogue, python_engine: Draft202012Validator
) -> None:
    assert not list(python_engine.iter_errors(values_of(file)))
    assert not read_fleet(values_of(file), catalogue).findings


CLASS, STAGES = ("deviceClasses", "camera"), ("rollouts", "careful", "stages")
WORKLOAD = ("workloads", "inspect")
ALERTS = ("monitoring", "alerts")
ON = (*WORKLOAD, "on", "kiosk")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*WORKLOAD, "model"), "defcts"),
        ((*ON, "model"), "othr"),
        ((*WORKLOAD, "rollout"), "quick"),
        ((*ON, "rollout"), "quick"),
        ((*WORKLOAD, "runtime"), "servr"),
        ((*ON, "runtime"), "servr"),
        ((*WORKLOAD, "on"), {"kiosks": {}}),
        ((*WORKLOAD, "tiers", 0), "tensorrt/quarter"),
        ((*ON, "tiers", 0), "tensorrt/half"),
        ((*CLASS, "powerMode"), "26W"),
        (WORKLOAD, {"model": "defects", "tiers": ["rule"]}),
        (WORKLOAD, {"model": "defects", "on": {"kiosk": {"tiers": ["rule"]}}}),
        ((*STAGES, 1, "ring"), "canary"),
        ((*STAGES, 1, "upTo"), "99%"),
        (("security", "network", "allow", "egress", 0, "cidr"), "10.20.0.1/16"),
        ((*CLASS, "reserve", "memory"), "0.3B"),
        ((*CLASS, "devices"), 3.0),
        ((*ALERTS, "gpuMemory", "critical"), "1%"),
        ((*ALERTS, "memory", "critical"), "1%"),
        ((*ALERTS, "cpuThrottling", "critical"), "1%"),
        ((*ALERTS, "gpuTemperature", "critical"), "1C"),
        ((*ALERTS, "restartsPerHour", "critical"), 1),
    ],
)  # fmt: skip
def test_each_rule_beyond_the_schema_is_one(
    path: FieldPath, value: Any, catalogue: Catalogue, schema: Schema, python_engine: Draft202012Validator
) -> None:
    fleet = changed(values_of("tests/fleets/every_field.yaml"), path, to(value))
    assert python_engine.is_valid(fleet)
    errors = [finding for finding in read_fleet(fleet, catalogue).findings if finding.level == "error"]
    assert errors
    assert all(beyond(finding, schema) for finding in errors)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_json_is_refused_before_any_schema(number: float, catalogue: Catalogue) -> None:
    fleet = changed(values_of("fleet.yaml"), ("deviceClasses", "gateway", "reserve", "cpu"), to(number))
    assert [finding.rule for finding in read_fleet(fleet, catalogue).findings] == ["bad-unit"]
