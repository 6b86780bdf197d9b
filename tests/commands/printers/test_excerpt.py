from __future__ import annotations

import pytest

from edgewright.commands.printers.excerpt import Row, cut, marked, split_lines
from edgewright.commands.printers.visible import cells
from edgewright.errors import Place


def _marked(text: str, line: int, column: int, end_line: int, end_column: int, room: int = 80) -> Row | None:
    return marked(split_lines(text), Place("f", line, column, end_line, end_column), room)


def test_a_line_ends_with_a_line_feed_a_carriage_return_or_both() -> None:
    assert split_lines("a\nb\r\nc\rd\u2028e\x85f\x0cg\n") == ["a", "b", "c", "d\u2028e\x85f\x0cg", ""]


@pytest.mark.parametrize(
    ("line", "start", "stop", "row"),
    [
        ("abc: def", 5, 8, Row("abc: def", 5, 3)),
        ("検査: ライン", 4, 7, Row("検査: ライン", 6, 6)),
        ("cafe\u0301: x", 7, 8, Row("cafe\u0301: x", 6, 1)),
        ("cafe\u0301: x", 4, 5, Row("cafe\u0301: x", 3, 1)),
        ("\tab\tc", 1, 3, Row("    ab  c", 4, 2)),
        ("\tab\tc", 0, 1, Row("    ab  c", 0, 4)),
        ("a\x1bc", 1, 2, Row("a<U+001B>c", 1, 8)),
        ("a\x1bc", 2, 3, Row("a<U+001B>c", 9, 1)),
        ("abc", 3, 3, Row("abc", 3, 1)),
        ("abc", 1, 1, Row("abc", 1, 1)),
        ("abc", 1, 99, Row("abc", 1, 2)),
        ("", 0, 0, Row("", 0, 1)),
    ],
)
def test_the_marks_stand_below_what_is_meant(line: str, start: int, stop: int, row: Row) -> None:
    assert cut(line, start, stop, 80) == row


@pytest.mark.parametrize("char", ["x", "検", "\x1b", "\t", "e\u0301"])
@pytest.mark.parametrize("start", [0, 1, 60, 500, 1000])
def test_a_long_line_is_cut_around_the_marks(char: str, start: int) -> None:
    line = char * start + "HERE" + char * (1000 - start)
    place = len(char) * start
    row = cut(line, place, place + 4, 60)
    assert cells(row.text) <= 60
    before = row.text[: row.text.index("HERE")]
    assert (cells(before), 4) == (row.indent, row.marks)
    assert row.text.startswith("…") == (start > 20)
    assert row.text.endswith("…") == (start < 999)


def test_the_end_of_a_long_line_gets_the_whole_room() -> None:
    row = cut("a" * 200, 199, 200, 50)
    assert row == Row("…" + "a" * 48, 48, 1)


def test_marks_end_where_the_line_is_cut() -> None:
    row = cut("a" * 200, 0, 200, 50)
    assert row == Row("a" * 48 + "…", 0, 49)


def test_ten_million_characters_in_a_line_are_no_more_work_than_a_hundred() -> None:
    line = "x" * 10_000_000
    assert cut(line, 5_000_000, 5_000_010, 80).marks == 10


@pytest.mark.parametrize(
    ("place", "marks"),
    [
        ((1, 4, 1, 5), 1),
        ((1, 4, 3, 2), 2),
        ((1, 4, 2, 1), 2),
        ((1, 1, 9, 9), 5),
        ((1, 6, 2, 3), 1),
    ],
)
def test_a_range_of_several_lines_is_marked_up_to_the_end_of_the_first(
    place: tuple[int, int, int, int], marks: int
) -> None:
    row = _marked("ab: {  \n  c}\nd", *place)
    assert row
    assert row.marks == marks


def test_the_line_behind_the_last_newline_can_be_marked() -> None:
    assert _marked("a\n", 2, 1, 2, 1) == Row("", 0, 1)


@pytest.mark.parametrize("line", [-1, 0, 3, 10**30])
def test_a_line_that_the_file_does_not_have_has_no_row(line: int) -> None:
    assert _marked("a\n", line, 1, line, 2) is None
