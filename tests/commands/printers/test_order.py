from __future__ import annotations

from dataclasses import replace

from edgewright.commands.printers.order import counts, explained_by, files, last_line, settled, tally, where
from edgewright.errors import Finding, Level, Place


def _finding(level: Level, place: Place | None, message: str = "") -> Finding:
    return Finding("a-rule", level, message, "", place=place)


def test_findings_come_by_file_place_and_level_and_those_without_place_last() -> None:
    expected = [
        _finding("warning", Place("a", 2, 1, 2, 2)),
        _finding("error", Place("a", 10, 3, 10, 4)),
        _finding("info", Place("a", 10, 3, 10, 4)),
        _finding("error", Place("b", 1, 1, 1, 2)),
        _finding("error", None),
        _finding("warning", None),
    ]
    assert settled(reversed(expected)) == expected


def test_a_finding_that_was_made_twice_is_shown_once() -> None:
    finding = _finding("error", Place("a", 1, 1, 1, 2), "m")
    assert settled([finding, replace(finding), replace(finding, message="n")]) == [
        finding,
        replace(finding, message="n"),
    ]


def test_findings_are_counted_and_told() -> None:
    levels: list[Level] = ["error", "info", "error"]
    findings = [_finding(level, None) for level in levels]
    assert counts(findings) == {"error": 2, "warning": 0, "info": 1}
    assert tally(findings) == "2 errors, 1 info"
    assert tally([]) == ""


def test_files_are_those_read_and_those_with_findings() -> None:
    assert files([_finding("error", Place("b", 1, 1, 1, 1)), _finding("error", None)], {"a": ""}) == [
        "a",
        "b",
    ]


def test_where_is_the_place_or_else_the_path_and_never_a_second_line() -> None:
    assert where(Place("f.yaml", 14, 16, 14, 20), ("a",)) == "f.yaml:14:16"
    assert where(None, ("a", 0, "b\nc")) == "a[0].b<U+000A>c"
    assert where(None, ()) == ""


def test_a_range_that_ends_before_a_lines_first_column_has_nothing_there() -> None:
    assert last_line(Place("f", 3, 1, 5, 1)) == 4
    assert last_line(Place("f", 3, 1, 5, 2)) == 5
    assert last_line(Place("f", 3, 1, 3, 1)) == 3


def test_a_rules_page_is_an_address_whatever_the_rule_is_called() -> None:
    assert explained_by("duplicate-key") == "edgewright explain duplicate-key"
    assert "\x1b" not in explained_by("a\x1b[0m")
