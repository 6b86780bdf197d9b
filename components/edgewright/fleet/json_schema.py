"""The JSON Schema of fleet.yaml: what an editor completes and checks while somebody types.

It says what a fleet may hold as far as a schema can; BEYOND_SCHEMA is the rest. It is made out of the
models alone, with the catalogue's names, and in words that every reader of JSON Schema takes the same
way: no `null`, patterns of plain classes and groups with both ends tied, and `not` a newline beside
each, because the `$` of some languages matches before one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from types import UnionType
from typing import Annotated, Any, Final, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel, Discriminator, Strict, Tag, WithJsonSchema
from pydantic.fields import FieldInfo

from edgewright.catalogue import Catalogue
from edgewright.fleet.beyond_schema import BEYOND_SCHEMA, Beyond
from edgewright.fleet.fields import fields_of
from edgewright.fleet.fleet import Fleet
from edgewright.fleet.part import NAME
from edgewright.fleet.quantities import Quantity
from edgewright.fleet.workload import Tier

__all__ = ["BEYOND_SCHEMA", "ID", "Beyond", "Schema", "json_schema"]

Schema: TypeAlias = dict[str, Any]

ID: Final = "https://edgewright.dev/v1alpha1/fleet.schema.json"

_TOGETHER: Final[dict[str, list[Schema]]] = {
    "DeviceClass": [
        {
            "description": "A class has either a `board` or a `host`.",
            "oneOf": [{"required": ["board"]}, {"required": ["host"]}],
        },
        {"description": "Only a board has power modes.", "dependentRequired": {"powerMode": ["board"]}},
        {
            "description": "Where `offline` is true, `signatureGate` is `bundle`: the others ask a registry.",
            "if": {"properties": {"offline": {"const": True}}, "required": ["offline"]},
            "then": {"properties": {"signatureGate": {"const": "bundle"}}, "required": ["signatureGate"]},
        },
    ],
    "GpuSharing": [
        {
            "description": "`time-slicing` and `mps` need `replicas`, the others have none.",
            "if": {"properties": {"strategy": {"enum": ["time-slicing", "mps"]}}},
            "then": {"required": ["replicas"]},
            "else": {"properties": {"replicas": False}},
        },
        {
            "description": "`mig` needs a `profile`, the others have none.",
            "if": {"properties": {"strategy": {"const": "mig"}}},
            "then": {"required": ["profile"]},
            "else": {"properties": {"profile": False}},
        },
    ],
    "Signer": [
        {
            "description": "A signer is either a `key` or `keyless`.",
            "oneOf": [{"required": ["key"]}, {"required": ["keyless"]}],
        }
    ],
    "Stage": [
        {"description": "`abortWhen` needs a `soak`.", "dependentRequired": {"abortWhen": ["soak"]}},
    ],
    "WhenUnsure": [
        {
            "description": "An unsure answer is escalated, or its input is kept, or both.",
            "anyOf": [{"required": ["escalateTo"]}, {"required": ["keep"]}],
        }
    ],
}
"""What the fields of a part have to do with each other; references.py says the same in findings."""


def json_schema(catalogue: Catalogue) -> Schema:
    """The schema of fleet.yaml (JSON Schema 2020-12), its keys in an order that never changes."""
    definitions = _of_catalogue(catalogue)
    root = _part(Fleet, definitions)
    root["title"] = "fleet.yaml"
    # In Python a fleet is of this version by itself; a file has to say what it was written for.
    root["required"] = ["apiVersion", *root["required"]]
    del root["properties"]["apiVersion"]["default"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        **_tied(root),
        "$defs": _tied(dict(sorted(definitions.items()))),
    }


def _of_catalogue(catalogue: Catalogue) -> dict[str, Schema]:
    """The definitions of what the catalogue names."""
    # Python would escape `-` too, which is an error in ECMAScript.
    backends = "|".join(re.sub(r"([^\w-])", r"\\\1", name) for name in catalogue.backends)
    tier = {
        "title": "tier",
        "description": "`backend/variant`, `backend` for the model's source as it is, or `rule`.",
        "type": "string",
        "anyOf": [{"enum": [*catalogue.backends, "rule"]}, {"pattern": f"^({backends})/{NAME.strip('^$')}$"}],
        "examples": ["tensorrt/fp16", "rule"],
    }
    return {
        "Backend": _one_of("backend", catalogue.backends),
        "Board": _one_of("board", catalogue.boards),
        "Gpu": _one_of("GPU", catalogue.gpus),
        "ImagePlatform": _one_of("image platform", catalogue.platforms),
        "Tier": tier,
    }


def _one_of(title: str, names: Iterable[str]) -> Schema:
    words = f"A {title} of the catalogue."
    return {"title": title, "description": words, "type": "string", "enum": list(names)}


def _part(part: type[BaseModel], definitions: dict[str, Schema]) -> Schema:
    fields = fields_of(part)
    schema = {
        "title": part.model_config.get("title") or _words(part.__name__),
        "description": " ".join((part.__doc__ or "").split()),
        "type": "object",
        "properties": {name: _field(field, definitions) for name, field in fields.items()},
        "required": [name for name, field in fields.items() if field.is_required()],
        "additionalProperties": False,
        "allOf": _TOGETHER.get(part.__name__, []),
    }
    return {key: value for key, value in schema.items() if value != []}


def _words(name: str) -> str:
    return re.sub(r"(?<=.)([A-Z])", r" \1", name).lower().replace("gpu", "GPU")


def _field(field: FieldInfo, definitions: dict[str, Schema]) -> Schema:
    schema = dict(_typed(field.annotation, (field,), definitions))
    if field.description:
        schema["description"] = field.description
    if not field.is_required() and field.default is not None:
        schema["default"] = _plain(field.default)
    if field.examples:
        schema["examples"] = field.examples
    return schema


def _plain(value: Any) -> Any:
    """The value as fleet.yaml writes it; what is not there by default is left out."""
    if isinstance(value, Quantity):
        return str(value)
    if isinstance(value, BaseModel):
        given = {name: getattr(value, field) for field, name in _aliases(type(value)).items()}
        return {name: _plain(each) for name, each in given.items() if each is not None}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _aliases(part: type[BaseModel]) -> dict[str, str]:
    return dict(zip(part.model_fields, fields_of(part), strict=True))


def _typed(annotation: Any, details: tuple[Any, ...], definitions: dict[str, Schema]) -> Schema:
    """The schema of a type; `details` are what Annotated and Field say of it, the nearest first."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _typed(arguments[0], (*arguments[1:], *details), definitions)
    if origin in (Union, UnionType):
        kinds = [each for each in arguments if each is not type(None)]
        if len(kinds) == 1:
            return _typed(kinds[0], details, definitions)
        return {"oneOf": [_typed(each, (), definitions) for each in kinds]}
    if origin is Literal:
        return {"type": "string", "enum": list(arguments)}
    if origin is tuple:
        items = _typed(arguments[0], (), definitions)
        return {"type": "array", "items": items, **_limits(details, "Items")}
    if origin is dict:
        key, value = (_typed(each, (), definitions) for each in arguments)
        limits = _limits(details, "Properties")
        return {"type": "object", "propertyNames": key, "additionalProperties": value, **limits}
    return _named(annotation, details, definitions)


def _named(kind: type, details: tuple[Any, ...], definitions: dict[str, Schema]) -> Schema:
    """A reference to the definition of a type that has a name, or the schema of one that has none."""
    if issubclass(kind, (Quantity, BaseModel, Tier)):
        name = kind.__name__
        if issubclass(kind, Quantity):
            definitions.setdefault(name, kind.json_schema())
        elif issubclass(kind, BaseModel) and name not in definitions:
            definitions[name] = _part(kind, definitions)
        return {"$ref": f"#/$defs/{name}"}
    schema = _scalar(kind, details)
    title = next((each.title for each in details if isinstance(each, FieldInfo) and each.title), None)
    if title is None:
        return schema
    name = "".join(word.capitalize() for word in title.split())
    definitions.setdefault(name, {"title": title, **schema})
    return {"$ref": f"#/$defs/{name}"}


def _scalar(kind: type, details: tuple[Any, ...]) -> Schema:
    stated = next((each.json_schema for each in _flat(details) if isinstance(each, WithJsonSchema)), None)
    if stated is not None:
        return dict(stated)
    return {"type": _SCALARS[kind], **_limits(details, "Length")}


_SCALARS: Final[dict[type, str]] = {str: "string", bool: "boolean", int: "integer"}
_SILENT: Final = (Strict, Tag, Discriminator)
"""Details that change how a value is read, and not which values there are."""


def _limits(details: tuple[Any, ...], what: str) -> Schema:
    """The limits that the details set. Raises TypeError for one that would be lost."""
    words = {"pattern": "pattern", "ge": "minimum", "le": "maximum"}
    words |= {"min_length": f"min{what}", "max_length": f"max{what}"}
    schema: Schema = {}
    for each in _flat(details):
        found = {word: getattr(each, name, None) for name, word in words.items()}
        found = {word: value for word, value in found.items() if value is not None}
        if not found and not isinstance(each, _SILENT):
            raise TypeError(f"no JSON Schema for {each!r}")
        schema |= found
    return schema


def _flat(details: tuple[Any, ...]) -> list[Any]:
    """The details, those that a Field holds in its place."""
    nested = (detail.metadata if isinstance(detail, FieldInfo) else [detail] for detail in details)
    return [each for inner in nested for each in inner]


def _tied(node: Any) -> Any:
    """The schema with each pattern's end tied: before a final newline is no end."""
    if isinstance(node, list):
        return [_tied(each) for each in node]
    if not isinstance(node, dict):
        return node
    tied = {key: _tied(value) for key, value in node.items()}
    return tied | {"not": {"pattern": r"\n"}} if isinstance(node.get("pattern"), str) else tied
