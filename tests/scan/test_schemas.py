"""The generated schemas: right by their meta-schema, compiled one by one, the same to two validators."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgewright.scan import schemas

Object = dict[str, Any]
FILES = sorted(Path(schemas.__file__).with_name("schemas").glob("*.json"))
MINORS = (34, 35, 36, 37)
ALL = [(minor, *kind) for minor in MINORS for kind in schemas.known_kinds(minor)]


def _schema(minor: int, api_version: str, kind: str) -> schemas.Checked:
    found = schemas.schema_for(api_version, kind, minor)
    assert found is not None
    return found


def test_the_versions_are_those_that_are_generated() -> None:
    assert schemas.known_minors() == MINORS


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_meta_schema_accepts_each_schema(file: Path) -> None:
    content = json.loads(file.read_bytes())
    schema = content.get("schema", {"definitions": content.get("definitions")})
    jsonschema.Draft4Validator.check_schema(schema)
    names = {f"#/definitions/{name}" for name in schema.get("definitions", ())}
    assert set(_references(schema)) <= names


@pytest.mark.parametrize(("minor", "api_version", "kind"), ALL)
def test_each_kind_compiles_and_asks_for_a_name(minor: int, api_version: str, kind: str) -> None:
    checked = _schema(minor, api_version, kind)
    assert checked.schema["$schema"] == "http://json-schema.org/draft-04/schema#"
    named = {"apiVersion": api_version, "kind": kind, "metadata": {"nam": "x"}}
    assert not checked.validator.is_valid(named)


def _references(schema: object) -> list[str]:
    if isinstance(schema, dict):
        own = [schema["$ref"]] if isinstance(schema.get("$ref"), str) else []
        return own + [each for value in schema.values() for each in _references(value)]
    if isinstance(schema, list):
        return [each for value in schema for each in _references(value)]
    return []


def test_a_kind_says_whether_it_lies_in_a_namespace() -> None:
    cluster = {kind for minor, version, kind in ALL if not _schema(minor, version, kind).namespaced}
    assert cluster == {
        "ClusterAnalysisTemplate",
        "ClusterPolicy",
        "ClusterRole",
        "ClusterRoleBinding",
        "ImageValidatingPolicy",
        "Namespace",
        "PriorityClass",
        "RuntimeClass",
        "ValidatingPolicy",
    }


def test_only_the_kinds_present_are_compiled() -> None:
    program = (
        "from edgewright.scan import check_objects, schemas\n"
        "space = {'apiVersion': 'v1', 'kind': 'Namespace', 'metadata': {'name': 'x'}}\n"
        "check_objects([(space, ())], '1.36')\n"
        "print(schemas.schema_for.cache_info().currsize, schemas.definition.cache_info().currsize)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "1 0\n"


def test_the_files_are_ascii_and_small() -> None:
    for file in FILES:
        text = file.read_bytes()
        assert text.isascii(), file
        assert len(text) < 70_000, file
        assert b"description" not in text.replace(b'"description":{', b""), file
        json.loads(text)


_VALUES: list[Any] = ["", 0, -1, 1.5, 1.0, True, None, [], {}, {"x": 1}, "5m", "v1", 2**40]


@given(data=st.data())
@settings(max_examples=300)
def test_two_validators_agree(samples: list[Object], data: st.DataObject) -> None:
    """jsonschema is slow and much read; jsonschema-rs is what users get."""
    given_object = copy.deepcopy(data.draw(st.sampled_from(samples)))
    checked = _schema(36, given_object["apiVersion"], given_object["kind"])
    holder: Any = given_object
    for _ in range(data.draw(st.integers(0, 6))):
        inner = [each for each in (holder.values() if isinstance(holder, dict) else holder) if each]
        inner = [each for each in inner if isinstance(each, dict | list)]
        if inner:
            holder = data.draw(st.sampled_from(inner))
    key = data.draw(st.sampled_from([*holder, "unknown"] if isinstance(holder, dict) else range(len(holder))))
    holder[key] = data.draw(st.sampled_from(_VALUES))
    expected = jsonschema.Draft4Validator(checked.schema).is_valid(given_object)
    assert checked.validator.is_valid(given_object) == expected
