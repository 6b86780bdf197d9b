"""Compiled validators for the kinds that we write, one compiled at a time and kept for the process.

The files in schemas/ are strict: what a server would drop in silence is refused. Kubernetes' own kinds
share one file a version; a custom resource has a file of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import jsonschema_rs

Schema = dict[str, Any]

_FOLDER = Path(__file__).with_name("schemas")
_DIALECT = "http://json-schema.org/draft-04/schema#"
_VERSION = re.compile(r"v?1\.([0-9]{1,3})(?![0-9])")


@dataclass(frozen=True, slots=True)
class Checked:
    """A schema and its validator; `namespaced` says whether objects of the kind lie in a namespace."""

    schema: Schema
    validator: jsonschema_rs.Draft4Validator
    namespaced: bool = True


def minor_version(kubernetes: str) -> int | None:
    """36 for `1.36`, `v1.36.2` and `v1.36.2+k3s1`; nothing for what is no such version."""
    found = _VERSION.match(kubernetes)
    return int(found[1]) if found else None


@cache
def known_minors() -> tuple[int, ...]:
    """The Kubernetes versions that there are schemas for, as minor versions, oldest first."""
    names = (path.stem.removeprefix("kubernetes-1.") for path in _FOLDER.glob("kubernetes-1.*.json"))
    return tuple(sorted(map(int, names)))


def nearest_minor(minor: int) -> int:
    """The newest version with schemas that is not newer than `minor`; the oldest where all are newer."""
    known = known_minors()
    return max((each for each in known if each <= minor), default=known[0])


@cache
def known_kinds(minor: int) -> tuple[tuple[str, str], ...]:
    """(apiVersion, kind) of everything that there is a schema for, in order."""
    native = (tuple(key.split(" ")) for key in _native(minor)["kinds"])
    return tuple(sorted([(version, kind) for version, kind in native] + list(_custom_files())))


@lru_cache(maxsize=256)
def schema_for(api_version: str, kind: str, minor: int) -> Checked | None:
    """The schema of a kind, compiled; nothing where the kind is not known. `minor` has to be a known one."""
    if path := _custom_files().get((api_version, kind)):
        content = _read(path)
        return _compiled(content["schema"], namespaced=content["scope"] == "Namespaced")
    entry = _native(minor)["kinds"].get(f"{api_version} {kind}")
    if entry is None:
        return None
    return _compiled(_rooted(entry["definition"], minor), namespaced=entry["scope"] == "Namespaced")


@cache
def definition(name: str, minor: int) -> Checked:
    """A type of Kubernetes' own that custom resources hold, such as `core.v1.PodTemplateSpec`, compiled."""
    return _compiled(_rooted(name, minor))


def _compiled(schema: Schema, *, namespaced: bool = True) -> Checked:
    import jsonschema_rs

    return Checked(schema, jsonschema_rs.Draft4Validator(schema), namespaced)


def _rooted(name: str, minor: int) -> Schema:
    """A definition with those that it refers to, and no others: a validator reads all that it is given."""
    all_of_them = _native(minor)["definitions"]
    found: dict[str, Schema] = {}
    waiting = [name]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found[each] = all_of_them[each]
            waiting.extend(_references(found[each]))
    return {"$schema": _DIALECT, "$ref": f"#/definitions/{name}", "definitions": found}


def _references(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield reference.removeprefix("#/definitions/")
        for value in schema.values():
            yield from _references(value)


@cache
def _native(minor: int) -> Any:
    return _read(_FOLDER / f"kubernetes-1.{minor}.json")


@cache
def _custom_files() -> dict[tuple[str, str], Path]:
    """(apiVersion, kind) ⇒ file, by the files' names: group, version and kind with dashes between them."""
    parts = ((path.stem.rsplit("-", 2), path) for path in sorted(_FOLDER.glob("*-*-*.json")))
    return {(f"{group}/{version}", kind): path for (group, version, kind), path in parts}


def _read(path: Path) -> Any:
    return json.loads(path.read_bytes())
