from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from edgewright.commands.printers.text import print_text
from edgewright.errors import Finding, Level, Note, Place

FLEET = "a:\n  bc: 1\n  d: [2,\n      3]\n"
FINDING = Finding("a-rule", "error", "wrong", "do this", ("a", "bc"), place=Place("f.yaml", 2, 3, 2, 5))


def _block(finding: Finding, text: str = FLEET) -> list[str]:
    """The lines of the finding's block, from behind its path on, without the rule's page."""
    lines = print_text([replace(finding, path=())], {"f.yaml": text}).splitlines()
    return [line for line in lines[1:-2] if "= docs:" not in line]


def _level(level: Level, number: int) -> Finding:
    return replace(FINDING, level=level, place=Place("f.yaml", number, 1, number, 2))


def test_golden(findings: list[Finding], sources: dict[str, str], golden: Callable[[str, str], None]) -> None:
    golden("printers/findings.txt", print_text(findings, sources))


def test_golden_in_colour(
    findings: list[Finding], sources: dict[str, str], golden: Callable[[str, str], None]
) -> None:
    golden("printers/findings.colour.txt", print_text(findings, sources, colour=True, width=60, limit=3))


def test_one_finding_whole() -> None:
    assert print_text([FINDING], {"f.yaml": FLEET}).splitlines() == [
        "f.yaml:2:3: error[a-rule]: wrong",
        " --> a.bc",
        "2 |   bc: 1",
        "  |   ^^",
        "  = help: do this",
        "  = docs: edgewright explain a-rule",
        "",
        "1 error in f.yaml",
    ]


def test_a_finding_without_place_starts_with_its_path() -> None:
    assert print_text([replace(FINDING, place=None)], {"f.yaml": FLEET}).splitlines() == [
        "a.bc: error[a-rule]: wrong",
        "  = help: do this",
        "  = docs: edgewright explain a-rule",
        "",
        "1 error",
    ]


def test_a_range_of_several_lines_shows_its_first_and_names_its_last() -> None:
    place = Place("f.yaml", 3, 6, 4, 9)
    assert _block(replace(FINDING, place=place, remedy="")) == ["3 |   d: [2,", "  |      ^^^… to line 4"]


def test_a_note_has_its_own_place_and_excerpt_and_the_gutter_fits_both() -> None:
    note = Note("first given here", place=Place("f.yaml", 2, 3, 2, 5))
    text = "\n" + "  bc: 1\n" * 11
    finding = replace(
        FINDING, place=Place("f.yaml", 12, 3, 12, 5), notes=(note, Note("so", ("a",)), Note("so"))
    )
    assert _block(finding, text) == [
        "12 |   bc: 1",
        "   |   ^^",
        "   = note: f.yaml:2:3: first given here",
        " 2 |   bc: 1",
        "   |   --",
        "   = note: a: so",
        "   = note: so",
        "   = help: do this",
    ]


@pytest.mark.parametrize(
    ("place", "replacement", "rows"),
    [
        ((2, 3, 2, 5), "be", ["2 +   be: 1"]),
        ((2, 3, 2, 8), "", []),
        ((2, 1, 3, 1), "  be: 2\n", ["2 +   be: 2"]),
        ((3, 6, 4, 9), "[4]", ["3 +   d: [4]"]),
        (
            (3, 6, 4, 8),
            "\n    - 2\n    - 3\n    # ",
            ["3 +   d:", "  +     - 2", "  +     - 3", "  +     # ]"],
        ),
        ((2, 3, 2, 3), "1\n2\n3\n4\n5", ["2 +   1", "  + 2", "  + 3", "  + 4", "  + …"]),
        ((99, 1, 99, 1), "x", []),
    ],
)
def test_a_replacement_is_shown_where_it_would_stand(
    place: tuple[int, int, int, int], replacement: str, rows: list[str]
) -> None:
    lines = _block(replace(FINDING, place=Place("f.yaml", *place), replacement=replacement))
    assert lines[lines.index("  = help: do this") + 1 :] == rows


def test_a_rules_page_is_named_once() -> None:
    again = replace(FINDING, place=Place("f.yaml", 3, 3, 3, 4))
    text = print_text([FINDING, again, replace(FINDING, rule="other")], {"f.yaml": FLEET})
    assert text.count("docs: edgewright explain a-rule\n") == 1
    assert text.count("docs: edgewright explain other\n") == 1


def test_lines_of_a_message_and_a_remedy_are_indented() -> None:
    text = print_text([replace(FINDING, place=None, message="a\nb", remedy="c\nd")], {})
    assert "error[a-rule]: a\n    b\n  = help: c\n          d\n" in text


def test_with_a_limit_the_gravest_are_shown_in_their_order() -> None:
    findings = [_level("info", 1), _level("error", 2), _level("warning", 3), _level("error", 4)]
    lines = print_text(findings, {"f.yaml": FLEET}, limit=3).splitlines()
    assert [line[:8] for line in lines if line.startswith("f.yaml")] == ["f.yaml:2", "f.yaml:3", "f.yaml:4"]
    assert lines[-3:] == ["… and 1 more (see --format json)", "", "2 errors, 1 warning, 1 info in f.yaml"]


@pytest.mark.parametrize("limit", [4, 99, None])
def test_a_limit_that_is_not_reached_says_nothing(limit: int | None) -> None:
    assert "more" not in print_text([_level("error", line) for line in range(4)], {}, limit=limit)


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ({"f.yaml": ""}, "f.yaml: nothing to report\n"),
        ({"f.yaml": "", "i.csv": ""}, "f.yaml and i.csv: nothing to report\n"),
        ({"f": "", "g": "", "h": ""}, "3 files: nothing to report\n"),
        ({}, "nothing to report\n"),
    ],
)
def test_nothing_is_said_in_one_line(sources: dict[str, str], said: str) -> None:
    assert print_text([], sources) == said


def test_colour_changes_nothing_but_colour() -> None:
    import re

    plain, coloured = (print_text([FINDING], {"f.yaml": FLEET}, colour=colour) for colour in (False, True))
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == plain != coloured


def test_nothing_from_a_file_is_obeyed() -> None:
    evil = "\x1b]0;x\x07"
    place = Place(f"f{evil}\n", 1, 1, 1, 2)
    finding = Finding(evil, "error", evil, evil, (evil,), place=place, notes=(Note(evil, (evil,)),))
    text = print_text([finding], {place.file: evil})
    assert set(filter(str.isprintable, text)) | {"\n"} == set(text)
