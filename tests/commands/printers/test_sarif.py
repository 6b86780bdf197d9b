"""Checked against the standard's JSON Schema when it was written; the schema's terms keep it out of here."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from edgewright.commands.printers.sarif import print_sarif
from edgewright.commands.rule_pages import rule_page
from edgewright.errors import Finding, Note, Place

PAGES = {"unknown-field": page} if (page := rule_page("unknown-field")) else {}
PLACE = Place("fleet.yaml", 6, 5, 6, 13)
FINDING = Finding("unknown-field", "error", "wrong", "write it", ("a", 0), place=PLACE, replacement="b")


def _run(*findings: Finding, sources: dict[str, str] | None = None) -> dict[str, Any]:
    log = json.loads(print_sarif(findings, sources or {}, rules=PAGES))
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    run: dict[str, Any] = log["runs"][0]
    return run


def _uri(file: str) -> dict[str, str]:
    finding = replace(FINDING, place=Place(file, 1, 1, 1, 1))
    location: dict[str, str] = _run(finding)["results"][0]["locations"][0]["physicalLocation"][
        "artifactLocation"
    ]
    return location


def test_golden(findings: list[Finding], sources: dict[str, str], golden: Callable[[str, str], None]) -> None:
    golden("printers/findings.sarif", print_sarif(findings, sources, version="1.2.3", rules=PAGES))


def test_nothing_is_a_run_without_results_that_says_what_was_read() -> None:
    run = _run(sources={"fleet.yaml": ""})
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])
    assert run["artifacts"][0]["location"] == {"uri": "fleet.yaml", "uriBaseId": "%SRCROOT%"}


def test_each_result_points_at_its_rule() -> None:
    run = _run(FINDING, replace(FINDING, rule="another"), replace(FINDING, message="else"))
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["another", "unknown-field"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert rules[0] == {"id": "another", "shortDescription": {"text": "Another."}}
    assert rules[1]["shortDescription"]["text"] == "A key is no field here."
    assert rules[1]["defaultConfiguration"] == {"level": "error"}
    assert rules[1]["fullDescription"]["text"].startswith("A key is no field here. ")
    assert "## How to fix" in rules[1]["help"]["markdown"]
    assert "](" not in rules[1]["help"]["markdown"]
    assert "edgewright explain unknown-field" in rules[1]["help"]["text"]


def test_columns_are_code_points_with_an_exclusive_end() -> None:
    run = _run(FINDING)
    assert run["columnKind"] == "unicodeCodePoints"
    (location,) = run["results"][0]["locations"]
    region = {"startLine": 6, "startColumn": 5, "endLine": 6, "endColumn": 13}
    assert location["physicalLocation"]["region"] == region
    assert location["logicalLocations"] == [{"fullyQualifiedName": "a[0]", "kind": "property"}]
    (change,) = run["results"][0]["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [{"deletedRegion": region, "insertedContent": {"text": "b"}}]


def test_levels_have_the_standards_names() -> None:
    levels = {result["level"] for result in _run(FINDING, replace(FINDING, level="info"))["results"]}
    assert levels == {"error", "note"}


def test_a_note_is_a_related_location() -> None:
    noted = replace(FINDING, notes=(Note("first", place=PLACE), Note("there", ("b",))))
    first, second = _run(noted)["results"][0]["relatedLocations"]
    assert (first["id"], first["message"], "physicalLocation" in first) == (1, {"text": "first"}, True)
    assert second == {
        "id": 2,
        "message": {"text": "there"},
        "logicalLocations": [{"fullyQualifiedName": "b", "kind": "property"}],
    }


def test_a_finding_without_place_is_said_of_the_first_file() -> None:
    nowhere = replace(FINDING, place=None, path=())
    (result,) = _run(nowhere, sources={"z.yaml": "", "a.csv": ""})["results"]
    assert result["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": "z.yaml", "uriBaseId": "%SRCROOT%"}}}
    ]
    assert "locations" not in _run(nowhere)["results"][0]


def test_the_fingerprint_stays_when_lines_move_and_tells_repeats_apart() -> None:
    moved = replace(FINDING, place=Place("fleet.yaml", 60, 5, 60, 13))
    other = replace(FINDING, message="else")

    def prints(*findings: Finding) -> list[str]:
        return [
            result["partialFingerprints"]["edgewrightFinding/v1"] for result in _run(*findings)["results"]
        ]

    assert prints(FINDING) == prints(moved)
    assert prints(FINDING) != prints(other)
    assert len(set(prints(FINDING, moved))) == 2
    assert prints(FINDING) == ["1b5075dd6965469726c3e0eba7ba8b5a:1"]


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("./stacks/my fleet.yaml", "stacks/my%20fleet.yaml"),
        ("a:b#c?.yaml", "a%3Ab%23c%3F.yaml"),
        ("検.yaml", "%E6%A4%9C.yaml"),
        ("a\\b%", "a%5Cb%25"),
        ("../x.yaml", "../x.yaml"),
        (".//x.yaml", "x.yaml"),
        ("bytes\udcff", "bytes%FF"),
        ("none\ud800", "none%3F"),
    ],
)
def test_a_file_is_a_relative_percent_encoded_uri(file: str, uri: str) -> None:
    assert _uri(file) == {"uri": uri, "uriBaseId": "%SRCROOT%"}


def test_an_absolute_path_is_a_uri_of_its_own() -> None:
    assert _uri("/srv/f x.yaml") == {"uri": "file:///srv/f%20x.yaml"}


def test_a_message_has_no_links() -> None:
    (result,) = _run(replace(FINDING, message="see [this](javascript:0) {0}", remedy=""))["results"]
    assert result["message"] == {"text": "see [this\\](javascript:0) {0}"}
