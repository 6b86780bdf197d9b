"""The small files that a fleet names: public keys and rules, whose text is rendered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from edgewright.assembly.files import is_there
from edgewright.assembly.named import named_paths
from edgewright.document.secrets import plain_secret, secret_in
from edgewright.document.source import cannot_read, read_source
from edgewright.errors import FieldPath, Finding, FleetError, Note

_FIELDS: Final[tuple[FieldPath, ...]] = (
    ("security", "signatures", 0, "anyOf", 0, "key"),
    ("workloads", "*", "rule"),
    ("workloads", "*", "on", "*", "rule"),
)
"""The fields that name such a file."""


def read_texts(values: Mapping[str, Any], folder: Path) -> tuple[dict[str, str], list[Finding]]:
    """The small files that a fleet names (keys and rules) by their paths, and those that are missing.

    `values` are the plain ones of the fleet, since something in it may be broken.
    """
    texts: dict[str, str] = {}
    failed: dict[str, tuple[Finding, ...]] = {}
    findings: list[Finding] = []
    for name, path in named_paths(values, _FIELDS):
        if name not in texts and name not in failed:
            try:
                if is_there(folder / name):
                    texts[name] = read_source(folder / name, name).text
                else:
                    failed[name] = (cannot_read(name, FileNotFoundError(2, "No such file or directory")),)
            except FleetError as error:
                failed[name] = error.findings
        if name in failed:
            findings += [_at_field(each, name, path) for each in failed[name]]
        else:
            findings += _about_text(texts[name], name, path)
    return texts, findings


def _at_field(finding: Finding, name: str, path: FieldPath) -> Finding:
    """The finding at the field that names the file; where in the file it is stays as a note."""
    place = finding.place
    inside = place is not None and (place.line, place.end_column) != (1, 1)
    notes = (Note(f"here in {name}", place=place),) if inside else ()
    remedy = finding.remedy
    if path[0] == "security" and finding.rule == "cannot-read":
        remedy = f"check the path; `edgewright key` makes a pair, and its public half belongs into {name}"
    return replace(finding, path=path, place=None, replacement=None, notes=notes, remedy=remedy)


def _about_text(text: str, name: str, path: FieldPath) -> Iterator[Finding]:
    if "PRIVATE KEY-----" in text:
        yield Finding(
            "private-key",
            "error",
            f"{name} holds a private key, and it would be rendered for all to read",
            "name the public key, and take the private one out of the repository",
            path,
            waivable=False,
        )
    elif path[0] == "security" and "-----BEGIN PUBLIC KEY-----" not in text:
        yield Finding(
            "no-public-key",
            "error",
            f"{name} is no public key in PEM form",
            "write one with `cosign public-key` or `openssl pkey -pubout`",
            path,
            waivable=False,
        )
    elif kind := secret_in(text):
        yield plain_secret(kind, path, name)
