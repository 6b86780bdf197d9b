"""Findings as SARIF 2.1.0, which code-scanning services and editors read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from edgewright.commands.printers.json_text import json_text
from edgewright.commands.printers.order import explained_by, files, settled
from edgewright.commands.printers.sarif_log import (
    ArtifactLocation,
    Fix,
    Location,
    Message,
    Region,
    Replacement,
    Result,
    Rule,
)
from edgewright.errors import FieldPath, Finding, Level, Note, Place, path_text

if TYPE_CHECKING:
    from edgewright.commands.rule_pages import RulePage

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_NO_BYTES = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_LEVELS: Mapping[Level, str] = {"error": "error", "warning": "warning", "info": "note"}


def print_sarif(
    findings: Sequence[Finding],
    sources: Mapping[str, str],
    *,
    version: str = "",
    rules: Mapping[str, RulePage] | None = None,
) -> str:
    """A log of one run. Files are relative to %SRCROOT%, which whoever reads the log knows.

    A finding without place is said of the first of `sources` as a whole: services refuse a log in which
    a result has no file.
    `rules` has the page of each rule, which becomes its help: the log explains itself, wherever it is
    read. `version` is Edgewright's.
    """
    shown = settled(findings)
    named = sorted({finding.rule for finding in shown})
    driver: dict[str, object] = {"name": "edgewright"}
    if version:
        driver["version"] = version
    driver["rules"] = [_rule(rule, (rules or {}).get(rule)) for rule in named]
    read = {artifact["uri"]: artifact for artifact in map(_artifact, files(shown, sources))}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder that the command ran in."}}},
        "artifacts": [{"location": artifact, "roles": ["analysisTarget"]} for artifact in read.values()],
        "results": list(_results(shown, named, next(iter(sources), None))),
    }
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _spelt_out(rule: str) -> str:
    return rule.replace("-", " ").capitalize() + "."


def _rule(rule: str, page: RulePage | None) -> Rule:
    if page is None:
        return {"id": rule, "shortDescription": {"text": _spelt_out(rule)}}
    text = page.without_links()
    return {
        "id": rule,
        "shortDescription": {"text": page.sentence},
        "fullDescription": {"text": f"{page.sentence} {page.why}"},
        "defaultConfiguration": {"level": _LEVELS[page.level]},
        "help": {"text": f"{text}\nAt a terminal: {explained_by(rule)}\n", "markdown": text},
    }


def _results(findings: list[Finding], rules: list[str], main: str | None) -> Iterator[Result]:
    indices = {rule: index for index, rule in enumerate(rules)}
    seen: dict[str, int] = {}
    for finding in findings:
        known_by = _fingerprint(finding)
        seen[known_by] = seen.get(known_by, 0) + 1
        result = _result(finding, indices[finding.rule], f"{known_by}:{seen[known_by]}")
        location = _location(finding.place, finding.path)
        if main is not None and not finding.place:
            location["physicalLocation"] = {"artifactLocation": _artifact(main)}
        if location:
            result["locations"] = [location]
        yield result


def _result(finding: Finding, index: int, fingerprint: str) -> Result:
    # A service shows a message and nothing else of ours, so the remedy is part of it.
    text = f"{finding.message}\n{finding.remedy}" if finding.remedy else finding.message
    out: Result = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.level],
        "message": _message(text),
        "partialFingerprints": {"edgewrightFinding/v1": fingerprint},
    }
    if finding.notes:
        out["relatedLocations"] = [_related(number, note) for number, note in enumerate(finding.notes, 1)]
    if finding.place and finding.replacement is not None:
        out["fixes"] = [_fix(finding.remedy, finding.place, finding.replacement)]
    return out


def _message(text: str) -> Message:
    """The text with no link in it: `[…](…)` would be one, and messages quote what stands in files.

    Braces stay single, though the standard doubles them: viewers fill in arguments only where some are
    given, and show a message without as it is.
    """
    return {"text": text.replace("](", "\\](")}


def _fingerprint(finding: Finding) -> str:
    """The same wherever the finding moves to; repeats are told apart by a number behind it."""
    from hashlib import sha256

    parts = "\0".join((finding.rule, path_text(finding.path), finding.message))
    return sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _location(place: Place | None, path: FieldPath) -> Location:
    out: Location = {}
    if place:
        out["physicalLocation"] = {"artifactLocation": _artifact(place.file), "region": _region(place)}
    if path:
        out["logicalLocations"] = [{"fullyQualifiedName": path_text(path), "kind": "property"}]
    return out


def _related(number: int, note: Note) -> Location:
    return {"id": number, **_location(note.place, note.path), "message": _message(note.message)}


def _region(place: Place) -> Region:
    # The standard knows no line or column below 1 and no end before its start.
    line, column = max(place.line, 1), max(place.column, 1)
    end_line, end_column = max((line, column), (place.end_line, place.end_column))
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": max(end_column, 1)}


def _artifact(file: str) -> ArtifactLocation:
    """The file as a URI: relative, or `file:` where an absolute path was asked for."""
    from urllib.parse import quote

    # A name that is no UTF-8 comes with its bytes as U+DC80 to U+DCFF; any other surrogate has no bytes.
    raw = _NO_BYTES.sub("?", file).encode("utf-8", "surrogateescape")
    path = quote(raw, safe="/")
    if path.startswith("/"):
        return {"uri": f"file://{path}"}
    return {"uri": path.removeprefix("./").lstrip("/"), "uriBaseId": _ROOT}


def _fix(remedy: str, place: Place, text: str) -> Fix:
    change: Replacement = {"deletedRegion": _region(place), "insertedContent": {"text": text}}
    return {
        "description": _message(remedy or "Replace the text."),
        "artifactChanges": [{"artifactLocation": _artifact(place.file), "replacements": [change]}],
    }
