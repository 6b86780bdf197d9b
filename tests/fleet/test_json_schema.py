"""The schema is what is committed, is one by its own rules, and says enough to whoever only has it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from edgewright.catalogue import Catalogue
from edgewright.fleet import Fleet
from edgewright.fleet.fields import walk
from edgewright.fleet.json_schema import Schema, json_schema
from edgewright.fleet.outline import outline

ROOT = Path(__file__).parents[2]


def nodes(schema: Any, path: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every subschema with its path; what stands under `properties` and `$defs` are names, not words."""
    if isinstance(schema, list):
        for index, each in enumerate(schema):
            yield from nodes(each, f"{path}/{index}")
    elif isinstance(schema, dict):
        yield path, schema
        for word, value in schema.items():
            if word in ("properties", "$defs"):
                for name, each in value.items():
                    yield from nodes(each, f"{path}/{word}/{name}")
            elif word not in ("default", "examples", "enum", "required", "dependentRequired"):
                yield from nodes(value, f"{path}/{word}")


def test_the_committed_file_is_fresh(schema: Schema) -> None:
    committed = (ROOT / "fleet.schema.json").read_text(encoding="utf-8")
    assert committed == json.dumps(schema, indent=2, ensure_ascii=False) + "\n", "make schema writes it anew"


def test_it_is_valid_by_its_meta_schema(schema: Schema) -> None:
    Draft202012Validator.check_schema(schema)


def test_it_is_the_same_every_time(schema: Schema, catalogue: Catalogue) -> None:
    assert json.dumps(json_schema(catalogue)) == json.dumps(schema)


def test_no_null_is_allowed_and_none_is_a_default(schema: Schema) -> None:
    assert "null" not in json.dumps(schema)


def test_every_field_of_the_models_is_there_and_described(schema: Schema) -> None:
    fields = [
        (".".join("*" if step == 0 else str(step) for step in path), field) for path, field in walk(Fleet)
    ]
    assert len(fields) > 150
    for path, field in fields:
        found = outline(schema, path)
        assert found.schema["description"] == field.description, path


def test_only_known_fields_and_names_that_kubernetes_accepts(schema: Schema) -> None:
    for path, node in nodes(schema):
        if "properties" in node and node.get("type") == "object":
            assert node["additionalProperties"] is False, path
        elif node.get("type") == "object":
            assert "propertyNames" in node, path


def test_the_file_has_to_say_its_version(schema: Schema) -> None:
    assert schema["required"][0] == "apiVersion"
    assert schema["properties"]["apiVersion"]["enum"] == ["edgewright.dev/v1alpha1"]


def test_defaults_are_written_as_in_yaml(schema: Schema) -> None:
    reserve = outline(schema, "deviceClasses.reserve")
    assert reserve.schema["default"] == {"cpu": "500m", "memory": "1Gi", "storage": "0B"}
    assert outline(schema, "monitoring.alerts.gpuMemory").schema["default"] == {
        "warning": "80%",
        "critical": "95%",
    }
    assert outline(schema, "deviceClasses.software").schema["default"] == {"k3s": "v1.36.2+k3s1"}


def test_every_default_and_example_is_valid_where_it_stands(schema: Schema) -> None:
    engine = Draft202012Validator(schema)
    for path, node in nodes(schema):
        values = [*node.get("examples", []), *([node["default"]] if "default" in node else [])]
        for value in values:
            errors = list(engine.evolve(schema=node).iter_errors(value))
            assert not errors, (path, value, errors)


def test_names_come_from_the_catalogue(schema: Schema, catalogue: Catalogue) -> None:
    definitions = schema["$defs"]
    assert definitions["Board"]["enum"] == [*catalogue.boards]
    assert definitions["Gpu"]["enum"] == [*catalogue.gpus]
    assert definitions["Backend"]["enum"] == [*catalogue.backends]
    assert definitions["Runtime"]["properties"]["images"]["propertyNames"] == {
        "$ref": "#/$defs/ImagePlatform"
    }
    assert definitions["ImagePlatform"]["enum"] == [*catalogue.platforms]


# Words that Python, ECMAScript (with and without `u`), Rust and Go's RE2 read alike: no class by letter, no
# look-around, no dot, no escape but of punctuation and of bytes by number.
_ESCAPE = r"\\(?:[\\.+*?()|{}^$/\[\]]|x[01][0-9a-f]|x7f)"
_CLASS = rf"\[\^?(?:[^\\\]\[]|{_ESCAPE})+\]"
_WORDS = re.compile(rf"\^(?:{_ESCAPE}|{_CLASS}|[A-Za-z0-9/:%_~!-]|[()|]|[*+?]|\{{[0-9]+(?:,[0-9]+)?\}})+\$")


def test_patterns_are_tied_at_both_ends_and_mean_the_same_everywhere(schema: Schema) -> None:
    found = {
        node["pattern"] for path, node in nodes(schema) if "pattern" in node and not path.endswith("/not")
    }
    assert len(found) > 10
    for pattern in found:
        assert _WORDS.fullmatch(pattern), pattern
        assert "(?" not in pattern


def test_an_alternative_does_not_untie_a_pattern(schema: Schema) -> None:
    for _, node in nodes(schema):
        depth = 0
        for part in re.findall(rf"{_ESCAPE}|{_CLASS}|[()|]", node.get("pattern", "")):
            depth += {"(": 1, ")": -1}.get(part, 0)
            assert part != "|" or depth, node


TEXTS = ("1.0", "1.0.0", "a", "1m", "tensorrt/int8", "::/0", "./x")


def test_no_pattern_lets_a_newline_through_at_the_end(
    schema: Schema, python_engine: Draft202012Validator
) -> None:
    tied = {path: node for path, node in nodes(schema) if "pattern" in node and not path.endswith("/not")}
    for path, node in tied.items():
        engine = python_engine.evolve(schema=node)
        texts = [text for text in (*node.get("examples", ()), *TEXTS) if engine.is_valid(text)]
        assert texts, path
        assert not any(engine.is_valid(text + "\n") for text in texts), path


def test_a_limit_that_the_schema_would_lose_is_an_error() -> None:
    from annotated_types import MultipleOf

    from edgewright.fleet import json_schema as module

    with pytest.raises(TypeError, match="no JSON Schema for MultipleOf"):
        module._limits((MultipleOf(3),), "Length")
