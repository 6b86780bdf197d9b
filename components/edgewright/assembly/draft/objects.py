"""Kubernetes objects in a folder of YAML, each field with its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgewright.document.source import read_source
from edgewright.errors import FieldPath, Finding, FleetError, Place


@dataclass(frozen=True, slots=True)
class Found:
    """One object: its values, and the nodes of the text that they were read from."""

    file: str
    body: dict[str, Any]
    node: Any = field(repr=False)

    @property
    def kind(self) -> str:
        """Its kind; empty where it has none."""
        return str(self.body.get("kind", ""))

    @property
    def name(self) -> str:
        """Its name; empty where it has none."""
        metadata = self.body.get("metadata")
        return str(metadata.get("name", "")) if isinstance(metadata, dict) else ""

    def place(self, path: FieldPath) -> Place:
        """Where a field's name stands, or that of the last field on the way that there is."""
        node, mark = self.node, self.node
        for step in path:
            below = dict(_children(node)).get(step)
            if below is None:
                break
            mark, node = below
        start, end = mark.start_mark, mark.end_mark
        if end.line != start.line:
            end = start
        return Place(self.file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _children(node: Any) -> Iterator[tuple[str | int, tuple[Any, Any]]]:
    """Key or index ⇒ the node that a place points at, and the value's node."""
    if node.id == "mapping":
        for key, value in node.value:
            yield str(key.value), (key, value)
    elif node.id == "sequence":
        for index, item in enumerate(node.value):
            yield index, (item, item)


def read_objects(folder: Path) -> tuple[list[Found], list[Finding]]:
    """Every object below a folder (or in a file), in order of path; Lists are taken apart."""
    found: list[Found] = []
    findings: list[Finding] = []
    files = [folder] if folder.is_file() else sorted(_yaml_files(folder))
    for path in files:
        try:
            found += _objects(path)
        except FleetError as error:
            findings += error.findings
    return found, findings


def _yaml_files(folder: Path) -> Iterator[Path]:
    for pattern in ("*.yaml", "*.yml", "*.json"):
        yield from (path for path in folder.rglob(pattern) if path.is_file())


def _objects(path: Path) -> Iterator[Found]:
    """The objects of one file. Raises FleetError where it is no YAML."""
    import yaml

    source = read_source(path)
    try:
        nodes = list(yaml.compose_all(source.text, Loader=yaml.CSafeLoader))
        values = list(yaml.load_all(source.text, Loader=yaml.CSafeLoader))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise FleetError([_no_yaml(str(path), error)]) from error
    for node, value in zip(nodes, values, strict=False):
        yield from _taken_apart(str(path), value, node)


def _taken_apart(file: str, value: Any, node: Any) -> Iterator[Found]:
    if not isinstance(value, dict):
        return
    if value.get("kind") == "List" and isinstance(value.get("items"), list):
        below = dict(_children(dict(_children(node))["items"][1]))
        for index, item in enumerate(value["items"]):
            yield from _taken_apart(file, item, below[index][1])
    elif isinstance(value.get("kind"), str) and "apiVersion" in value:
        yield Found(file, value, node)


def _no_yaml(file: str, error: Exception) -> Finding:
    mark = getattr(error, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Finding(
        "yaml-syntax",
        "error",
        f"this is no YAML: {getattr(error, 'problem', None) or 'it cannot be read'}",
        "render templates first (helm template, kustomize build), and import what comes out",
        place=Place(file, line, column, line, column),
        waivable=False,
    )
