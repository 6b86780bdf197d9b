"""A strict JSON Schema out of a CustomResourceDefinition's structural schema.

The API server prunes what a structural schema does not name and then validates; a strict schema refuses it
instead. Left out: prose, CEL rules, list-map keys and string formats other than the integers'.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from swagger import INTEGERS

Schema = dict[str, Any]

_KEPT = (
    "type", "enum", "pattern", "required", "uniqueItems", "minLength", "maxLength", "minItems", "maxItems",
    "minProperties", "maxProperties", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "multipleOf",
)  # fmt: skip

# Go's \d, \s and \w are ASCII; in other regular expressions they are not.
_ASCII = ((r"\d", "[0-9]"), (r"\w", "[0-9A-Za-z_]"), (r"\s", r"[\t\n\f\r ]"))

# A definition has to save more than its reference costs.
_SHARED = 120


def convert(definition: Schema, version: str, meta: Schema) -> Schema:
    """The schema of one served version; `meta` is the schema of ObjectMeta, which a CRD does not describe.

    It is in draft 4, the dialect that OpenAPI 3.0 comes from: exclusive bounds are booleans, and 1.0 is no
    integer, as in Go's decoder.

    Raises KeyError when the version is not served.
    """
    served = {entry["name"]: entry for entry in definition["spec"]["versions"] if entry["served"]}
    source = served[version]["schema"]["openAPIV3Schema"]
    properties = {key: value for key, value in source["properties"].items() if key != "status"}
    schema = _node({**source, "properties": properties}, meta)
    schema["properties"] |= {
        "apiVersion": {"enum": [f"{definition['spec']['group']}/{version}"]},
        "kind": {"enum": [definition["spec"]["names"]["kind"]]},
        "metadata": meta,
    }
    schema["required"] = sorted({*schema.get("required", ()), "apiVersion", "kind", "metadata", "spec"})
    return _shared({"$schema": "http://json-schema.org/draft-04/schema#", **schema})


def _node(source: Schema, meta: Schema) -> Schema:
    """One node of the structure: here, and only here, unknown fields are refused."""
    schema = _values(source)
    if "items" in source:
        schema["items"] = _node(source["items"], meta)
    if isinstance(source.get("additionalProperties"), dict):
        schema["additionalProperties"] = _node(source["additionalProperties"], meta)
    if "properties" in source:
        properties = source["properties"]
        schema["properties"] = {key: _node(value, meta) for key, value in sorted(properties.items())}
        schema["required"] = [
            key for key in sorted(source.get("required", ())) if "default" not in properties.get(key, {})
        ]
    if source.get("x-kubernetes-embedded-resource"):
        _embed(schema, meta)
    if _closed(source):
        schema["additionalProperties"] = False
    return {key: value for key, value in schema.items() if key != "required" or value}


def _values(source: Schema) -> Schema:
    """What a node says of its value; inside allOf, anyOf, oneOf and not there is nothing else."""
    schema: Schema = {key: source[key] for key in _KEPT if key in source}
    if limit := INTEGERS.get(source.get("format", "")):
        schema["minimum"] = max(-limit, source.get("minimum", -limit))
        schema["maximum"] = min(limit - 1, source.get("maximum", limit - 1))
    if source.get("x-kubernetes-int-or-string"):
        schema["type"] = ["integer", "string"]
    for old, new in _ASCII:
        if "pattern" in schema:
            schema["pattern"] = schema["pattern"].replace(old, new)
    for key in ("allOf", "anyOf", "oneOf"):
        branches = [_branch(branch) for branch in source.get(key, ())]
        if any(branches) and not _says_int_or_string(source, key):
            schema[key] = branches
    if "not" in source:
        schema["not"] = _branch(source["not"])
    return _nullable(schema) if source.get("nullable") else schema


def _branch(source: Schema) -> Schema:
    schema = _values(source)
    if "properties" in source:
        schema["properties"] = {key: _branch(value) for key, value in sorted(source["properties"].items())}
    if "items" in source:
        schema["items"] = _branch(source["items"])
    return schema


def _says_int_or_string(source: Schema, key: str) -> bool:
    """Whether the branches only repeat the pair of types that x-kubernetes-int-or-string means."""
    types = [set(branch) for branch in source[key]]
    return bool(source.get("x-kubernetes-int-or-string")) and all(keys == {"type"} for keys in types)


def _nullable(schema: Schema) -> Schema:
    types = schema.get("type")
    if types is not None:
        schema["type"] = [*(types if isinstance(types, list) else [types]), "null"]
    if "enum" in schema:
        schema["enum"] = [*schema["enum"], None]
    return schema


def _embed(schema: Schema, meta: Schema) -> None:
    whole = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": meta}
    schema["properties"] = dict(sorted({**schema.get("properties", {}), **whole}.items()))
    schema["required"] = sorted({*schema.get("required", ()), "apiVersion", "kind"})


def _closed(source: Schema) -> bool:
    """Whether the server would drop a field that is not named here."""
    if source.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in source:
        return False
    return "properties" in source or source.get("type") == "object"


def _shared(schema: Schema) -> Schema:
    """The same schema, with what stands in it more than once written once, under `definitions`."""
    counts = Counter(json.dumps(node, sort_keys=True) for _, node in _nodes(schema, ""))
    names: dict[str, str] = {}
    for name, node in _nodes(schema, ""):
        text = json.dumps(node, sort_keys=True)
        if counts[text] > 1 and len(text) > _SHARED and text not in names:
            names[text] = _free(name, set(names.values()))
    whole = _replaced(schema, names, top=True)
    used = {names[text]: _replaced(json.loads(text), names, top=True) for text in names}
    return {**whole, "definitions": dict(sorted(used.items()))} if used else whole


def _nodes(schema: Schema, name: str) -> Iterator[tuple[str, Schema]]:
    """Every object schema below, with the name of the property that it stands under; biggest first."""
    if name and schema.get("properties"):
        yield name, schema
    for key, value in sorted(schema.get("properties", {}).items()):
        yield from _nodes(value, key)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from _nodes(schema[key], name)


def _free(name: str, taken: set[str]) -> str:
    number = 1
    while (f"{name}{number}" if number > 1 else name) in taken:
        number += 1
    return f"{name}{number}" if number > 1 else name


def _replaced(schema: Schema, names: dict[str, str], *, top: bool = False) -> Schema:
    """The schema with every shared node below it replaced by a reference."""
    if not top and (name := names.get(json.dumps(schema, sort_keys=True))):
        return {"$ref": f"#/definitions/{name}"}
    out = dict(schema)
    if "properties" in schema:
        out["properties"] = {key: _replaced(value, names) for key, value in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            out[key] = _replaced(schema[key], names)
    return out
