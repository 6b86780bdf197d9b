from __future__ import annotations

from collections.abc import Callable

from edgewright.commands.printers.github import print_github
from edgewright.errors import Finding, Note, Place


def test_golden(findings: list[Finding], sources: dict[str, str], golden: Callable[[str, str], None]) -> None:
    golden("printers/findings.github.txt", print_github(findings, sources))


def test_nothing_is_no_command() -> None:
    assert print_github([], {"fleet.yaml": ""}) == ""


def test_what_ends_a_property_a_command_or_a_line_is_escaped() -> None:
    place = Place("a,b:c%2C\n.yaml", 1, 2, 1, 4)
    note = Note("n", place=Place("x", 3, 4, 3, 5))
    finding = Finding("r,s", "warning", "100%: a::b\r\n::error ::c", "do", place=place, notes=(note,))
    assert print_github([finding], {}) == (
        "::warning file=a%2Cb%3Ac%252C<U+000A>.yaml,line=1,endLine=1,col=2,endColumn=3"
        ",title=r%2Cs::100%25: a::b<U+000D>%0A::error ::c%0Ado%0Ax:3:4: n\n"
    )


def test_the_end_column_is_the_last_of_the_range_and_at_least_its_first() -> None:
    finding = Finding("r", "error", "m", "", place=Place("f", 1, 5, 1, 5))
    assert print_github([finding], {}) == "::error file=f,line=1,endLine=1,col=5,endColumn=5,title=r::m\n"


def test_a_range_of_several_lines_has_no_columns() -> None:
    finding = Finding("r", "info", "m", "", place=Place("f", 1, 5, 3, 1))
    assert print_github([finding], {}) == "::notice file=f,line=1,endLine=2,title=r::m\n"


def test_a_finding_without_place_names_its_path() -> None:
    assert print_github([Finding("r", "error", "m", "", ("a", 0))], {}) == "::error title=r::a[0]: m\n"
