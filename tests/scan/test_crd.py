"""From a CustomResourceDefinition to a strict schema: each trap of the way, by a small definition."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from crd import convert

META = {"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": False}


def _schema(spec: dict[str, Any]) -> dict[str, Any]:
    root = {"type": "object", "properties": {"spec": spec, "status": {"type": "object"}}}
    version = {"name": "v1", "served": True, "schema": {"openAPIV3Schema": root}}
    definition = {"spec": {"group": "example.com", "names": {"kind": "Thing"}, "versions": [version]}}
    schema = convert(definition, "v1", META)
    jsonschema.Draft4Validator.check_schema(schema)
    return schema


def _accepts(spec: dict[str, Any], value: Any) -> bool:
    whole = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "x"}, "spec": value}
    return bool(jsonschema.Draft4Validator(_schema(spec)).is_valid(whole))


EITHER = {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}
OPEN = {"x-kubernetes-preserve-unknown-fields": True}
EMBEDDED = {"type": "object", "x-kubernetes-embedded-resource": True, **OPEN}
TEXT = {"type": "string"}
PAIR = {"type": "object", "properties": {"a": TEXT, "b": TEXT}}

CASES: list[tuple[str, dict[str, Any], Any, bool]] = [
    ("unknown field", {"type": "object", "properties": {"a": TEXT}}, {"b": "x"}, False),
    ("object without fields", {"type": "object"}, {"b": "x"}, False),
    ("unknown fields kept", {"type": "object", "properties": {"a": TEXT}, **OPEN}, {"b": 1}, True),
    (
        "below kept ones pruned",
        {"type": "object", "properties": {"a": {"type": "object"}}, **OPEN},
        {"a": {"b": 1}},
        False,
    ),
    ("no type at all", OPEN, [1, "x"], True),
    ("map", {"type": "object", "additionalProperties": TEXT}, {"any": "x"}, True),
    ("map of the wrong type", {"type": "object", "additionalProperties": TEXT}, {"any": 1}, False),
    ("open map", {"type": "object", "additionalProperties": True}, {"any": 1}, True),
    *(
        (
            f"int or string: {value!r}",
            {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, TEXT]},
            value,
            ok,
        )
        for value, ok in ((1, True), ("1", True), (1.5, False), (True, False), (None, False))
    ),
    ("nullable", {"type": "string", "nullable": True}, None, True),
    ("nullable choice", {"type": "string", "enum": ["a"], "nullable": True}, None, True),
    ("not nullable", TEXT, None, False),
    ("exclusive bound", {"type": "integer", "minimum": 0, "exclusiveMinimum": True}, 0, False),
    ("exclusive bound kept", {"type": "integer", "minimum": 0, "exclusiveMinimum": True}, 1, True),
    ("a float is no integer", {"type": "integer"}, 1.0, False),
    ("32 bits", {"type": "integer", "format": "int32"}, 2**31, False),
    ("64 bits", {"type": "integer", "format": "int64"}, 2**31, True),
    (
        "required with a default",
        {"type": "object", "required": ["a"], "properties": {"a": {**TEXT, "default": "x"}}},
        {},
        True,
    ),
    ("required", {"type": "object", "required": ["a"], "properties": {"a": TEXT}}, {}, False),
    (
        "a branch does not close the object",
        {
            "type": "object",
            "properties": {"a": TEXT, "b": TEXT},
            "anyOf": [{"properties": {"a": {"pattern": "^x"}}}],
        },
        {"a": "x", "b": "y"},
        True,
    ),
    (
        "a branch is checked",
        {**PAIR, "allOf": [{"properties": {"a": {"pattern": "^x"}}}]},
        {"a": "y"},
        False,
    ),
    (
        "exactly one",
        {
            "type": "object",
            "properties": {"a": TEXT, "b": TEXT},
            "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
        },
        {"a": "", "b": ""},
        False,
    ),
    ("not", {"type": "object", "properties": {"a": TEXT}, "not": {"required": ["a"]}}, {"a": ""}, False),
    (
        "an object inside an object",
        EMBEDDED,
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {}},
        True,
    ),
    (
        "without its kind",
        EMBEDDED,
        {"apiVersion": "v1"},
        False,
    ),
    (
        "its metadata",
        {"type": "object", "x-kubernetes-embedded-resource": True, **OPEN},
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"nam": "x"}},
        False,
    ),
    ("ASCII digits", {"type": "string", "pattern": r"^\d+$"}, "٣", False),
]


@pytest.mark.parametrize(("name", "spec", "value", "accepted"), CASES, ids=[case[0] for case in CASES])
def test_a_trap(name: str, spec: dict[str, Any], value: Any, accepted: bool) -> None:
    assert _accepts(spec, value) == accepted, name


def test_the_root_is_checked() -> None:
    schema = _schema(TEXT)
    assert schema["properties"]["metadata"] == META
    assert schema["required"] == ["apiVersion", "kind", "metadata", "spec"]
    assert "status" not in schema["properties"]


def test_what_stands_twice_is_written_once_and_means_the_same() -> None:
    part = {"type": "object", "properties": {f"field{number}": TEXT for number in range(9)}}
    spec = {
        "type": "object",
        "properties": {"one": part, "two": part, "list": {"type": "array", "items": part}},
    }
    schema = _schema(spec)
    assert list(schema["definitions"]) == ["list"]
    assert schema["properties"]["spec"]["properties"]["one"] == {"$ref": "#/definitions/list"}
    assert _accepts(spec, {"one": {"field0": "x"}, "two": {"field8": "x"}, "list": [{}]})
    assert not _accepts(spec, {"two": {"field9": "x"}})


def test_a_version_that_is_not_served_is_refused() -> None:
    version = {"name": "v1", "served": False, "schema": {}}
    with pytest.raises(KeyError):
        convert({"spec": {"group": "g", "names": {"kind": "K"}, "versions": [version]}}, "v1", META)
