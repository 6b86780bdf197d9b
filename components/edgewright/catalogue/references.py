"""References between entries of a catalogue: each must lead to an entry that exists."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from edgewright.catalogue.entries import Board, Footprint, JetPack, K3sLine, Runtime
from edgewright.catalogue.fields import wrong_value
from edgewright.catalogue.k3s import k3s_key
from edgewright.catalogue.nearest import did_you_mean
from edgewright.catalogue.records import camel, unknown_field
from edgewright.errors import FieldPath, Finding


def broken_references(
    added: Mapping[str, Mapping[str, Any]], names: Mapping[str, Iterable[str]]
) -> tuple[Finding, ...]:
    """A finding for each reference of the added entries that leads to none of the names of its section."""
    findings: list[Finding] = []
    for section, entries in added.items():
        for name, entry in entries.items():
            path: FieldPath = (section, name)
            findings += [
                _leads_nowhere(target, reference, at, names[target])
                for target, reference, at in _references(entry, path)
                if reference not in names[target]
            ]
            if isinstance(entry, K3sLine):
                _check_k3s_line(name, entry, path, findings)
            if not isinstance(entry, Runtime):
                findings += _odd_sources(entry, path)
    return tuple(findings)


def _references(entry: object, path: FieldPath) -> Iterator[tuple[str, str, FieldPath]]:
    """The section, the name in it and the place of each reference of an entry."""
    if isinstance(entry, Board):
        for index, version in enumerate(entry.jetpack_from):
            yield "jetpacks", version, (*path, "jetpackFrom", index)
        for name, mode in entry.power_modes.items():
            for index, version in enumerate(mode.jetpack_from):
                yield "jetpacks", version, (*path, "powerModes", name, "jetpackFrom", index)
    elif isinstance(entry, Footprint):
        yield "backends", path[-1] if isinstance(path[-1], str) else "", path
    elif isinstance(entry, JetPack):
        yield "platforms", entry.platform, (*path, "platform")
    elif isinstance(entry, Runtime):
        for index, backend in enumerate(entry.backends):
            yield "backends", backend, (*path, "backends", index)
        for platform in entry.images:
            yield "platforms", platform, (*path, "images", platform)


def _leads_nowhere(kind: str, reference: str, path: FieldPath, known: Iterable[str]) -> Finding:
    meant = did_you_mean(reference, known)
    return Finding(
        rule="catalogue-unknown-reference",
        level="error",
        message=f"the catalogue has no `{reference}` under {kind}"
        + (f"; did you mean `{meant}`?" if meant else ""),
        remedy=f"write `{meant}`, or add `{reference}` under {kind}"
        if meant
        else f"add `{reference}` under {kind}, or name one of {', '.join(sorted(known))}",
        path=path,
        on_key=path[2:3] == ("images",),
        replacement=meant,
    )


def _check_k3s_line(name: str, line: K3sLine, path: FieldPath, findings: list[Finding]) -> None:
    for version in line.containerd:
        _check_k3s_version(name, version, (*path, "containerd", version), findings)
    if line.image_volumes_from is not None:
        _check_k3s_version(name, line.image_volumes_from, (*path, "imageVolumesFrom"), findings)


def _check_k3s_version(line: str, version: str, path: FieldPath, findings: list[Finding]) -> None:
    key = k3s_key(version)
    if key is None or f"v{key[0]}.{key[1]}" != line:
        wrong_value(version, f"a K3s release of the line {line}, such as {line}.0+k3s1", path, findings)


def _odd_sources(entry: Any, path: FieldPath) -> Iterator[Finding]:
    """Sources for a field that the entry does not have."""
    fields = {camel(field.name) for field in dataclasses.fields(entry)} - {"sources", "title", "meaning"}
    for named in entry.sources:
        if named != "*" and named not in fields:
            yield unknown_field("this entry", named, fields, (*path, "sources"))
