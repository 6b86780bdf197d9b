"""Evidence as a file: the example is right, and the schema and the reader refuse the same."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.artifact.evidence import Evidence
from edgewright.artifact.evidence_file import read_evidence
from edgewright.document.document import parse_document
from edgewright.document.source import Source
from edgewright.errors import Finding

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = json.loads((DOCS / "evidence.example.json").read_text())
SCHEMA = jsonschema.Draft202012Validator(json.loads((DOCS / "evidence.schema.json").read_text()))


def read(text: str) -> tuple[Evidence | None, tuple[Finding, ...]]:
    return read_evidence(parse_document(Source("evidence.json", text)))


def test_the_example_is_right() -> None:
    evidence, findings = read((DOCS / "evidence.example.json").read_text())
    assert findings == ()
    assert evidence is not None
    of_class = evidence.classes["gateway"]
    assert (of_class.devices, (of_class.end - of_class.start).days) == (2, 1)
    against = of_class.workloads["inspect"].against
    assert against is not None
    assert (against.labelled, against.correct, against.p99) == (43_060, 39_650, 30_500)


def test_the_schema_is_one_and_takes_the_example() -> None:
    SCHEMA.check_schema(SCHEMA.schema)
    SCHEMA.validate(EXAMPLE)


def fields(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every field."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*path, name)
            yield from fields(inner, (*path, name))


WRONG: list[Any] = [
    None,
    "",
    "x",
    -1,
    0,
    1.5,
    True,
    [],
    {},
    {"x": 1},
    "sha256:" + "A" * 64,
    "2026-11-29T12:00:00",
]


@pytest.mark.parametrize("path", list(fields(EXAMPLE)), ids=".".join)
def test_the_schema_and_the_reader_agree(path: tuple[str, ...]) -> None:
    for change in [*WRONG, "gone", "renamed"]:
        values = copy.deepcopy(EXAMPLE)
        holder = values
        for step in path[:-1]:
            holder = holder[step]
        old = holder.pop(path[-1])
        if change == "renamed":
            holder[path[-1] + "s"] = old
        elif change != "gone":
            holder[path[-1]] = change
        evidence, findings = read(json.dumps(values, indent=2))
        if SCHEMA.is_valid(values):
            # Beyond what a schema can say: a part is not more than its whole.
            assert evidence is not None or all("more than" in each.message for each in findings), (
                path,
                change,
            )
        else:
            assert evidence is None, (path, change)
            assert all(each.rule == "evidence-unreadable" and each.place for each in findings)


@pytest.mark.parametrize(
    ("before", "after", "at", "what"),
    [
        ('"errors": 120', '"errors": 864001', (16, 23), "`errors` are more than `requests`"),
        ('"correct": 39700', '"correct": 43201', (18, 24), "`correct` are more than `labelled`"),
        ('"labelled": 43200', '"labeled": 43200', (17, 13), "did you mean `labelled`?"),
        ('"until": "2026-11-29', '"until": "2026-11-27', (9, 16), "`until` is before `from`"),
        ('"devices": 2', '"devices": 0', (10, 18), "whole number of 1 or more"),
        ('"evidenceVersion": 1', '"evidenceVersion": 2', (2, 22), "no evidence of version 1"),
        ("2026-11-28T12:00:00Z", "2026-11-31T12:00:00Z", (8, 15), "no time in UTC"),
    ],
)
def test_what_is_wrong_is_found_at_its_place(before: str, after: str, at: tuple[int, int], what: str) -> None:
    text = (DOCS / "evidence.example.json").read_text()
    assert before in text
    _, findings = read(text.replace(before, after, 1))
    hits = [each for each in findings if what in each.message]
    assert hits, findings
    assert hits[0].place is not None
    assert (hits[0].place.line, hits[0].place.column) == at


def test_everything_is_told_at_once() -> None:
    text = (DOCS / "evidence.example.json").read_text()
    _, findings = read(
        text.replace('"errors": 120', '"errors": -1').replace('"devices": 2', '"devices": "two"')
    )
    assert len(findings) == 2


@given(st.text(max_size=60))
def test_any_text_is_evidence_or_findings(text: str) -> None:
    evidence, findings = read(text)
    assert evidence is None
    assert findings
