"""What the tests of the schema share: the catalogue, the schema, and two engines that read it."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator

from edgewright.catalogue import Catalogue, load
from edgewright.fleet.json_schema import Schema, json_schema


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load()


@pytest.fixture(scope="session")
def schema(catalogue: Catalogue) -> Schema:
    return json_schema(catalogue)


@pytest.fixture(scope="session")
def python_engine(schema: Schema) -> Draft202012Validator:
    """Reads patterns as Python does."""
    return Draft202012Validator(schema)


@pytest.fixture(scope="session")
def rust_engine(schema: Schema) -> Any:
    """Reads patterns as ECMAScript does, and is fast enough for every mutation there is."""
    return jsonschema_rs.validator_for(schema)
