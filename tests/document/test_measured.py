"""Measured figures: every row is a figure or a finding at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgewright.document.measured import Row, read_measured
from edgewright.errors import Finding, FleetError

HEAD = "class,tier,batch,p99Milliseconds,powerMilliwatts\n"


def read(folder: Path, text: str | bytes) -> list[Row | Finding]:
    path = folder / "m.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_measured(path, "m.csv"))


def test_figures_are_exact(tmp_path: Path) -> None:
    rows = read(tmp_path, "# by hand\n" + HEAD + "a,tensorrt/fp16,8,9.125,14500\n\n# more\nb,rule,1,0.5,\n")
    assert [
        (each.device_class, each.tier, each.batch, each.p99, each.power)
        for each in rows
        if isinstance(each, Row)
    ] == [("a", "tensorrt/fp16", 8, 9125, 14_500), ("b", "rule", 1, 500, None)]
    first = rows[0]
    assert isinstance(first, Row)
    assert (first.class_place.line, first.tier_place.column, first.tier_place.end_column) == (3, 3, 16)


def test_power_may_be_left_out(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "tier,class,p99Milliseconds,batch\nrule,a,3,1\n")
    assert isinstance(row, Row)
    assert (row.p99, row.power) == (3000, None)


@pytest.mark.parametrize(
    ("row", "place", "says"),
    [
        ("a,rule,1,5", (2, 1, 11), "4 fields where the header has 5"),
        ("a,rule,0,5,", (2, 8, 9), "`0` is no batch"),
        ("a,rule,8.5,5,", (2, 8, 11), "`8.5` is no batch"),
        ("a,rule,1,5ms,", (2, 10, 13), "`5ms` is no p99Milliseconds"),
        ("a,rule,1,-5,", (2, 10, 12), "`-5` is no p99Milliseconds"),
        ("a,rule,1,1e3,", (2, 10, 13), "`1e3` is no p99Milliseconds"),
        ("a,rule,1,0.0001,", (2, 10, 16), "`0.0001` is no p99Milliseconds"),
        ("a,rule,1,5,5W", (2, 12, 14), "`5W` is no powerMilliwatts"),
        ('a,"rule,1,5,5', (2, 1, 14), "this row cannot be read"),
    ],
)
def test_a_row_that_is_none_is_named(
    row: str, place: tuple[int, int, int], says: str, tmp_path: Path
) -> None:
    (finding,) = read(tmp_path, HEAD + row + "\n")
    assert isinstance(finding, Finding)
    assert (finding.rule, finding.level, finding.waivable) == ("measured-row", "error", False)
    assert finding.place is not None
    assert (finding.place.line, finding.place.column, finding.place.end_column) == place
    assert says in finding.message


def test_the_same_figure_twice(tmp_path: Path) -> None:
    rows = read(tmp_path, HEAD + "a,rule,1,5,\na,rule,2,6,\na,rule,1,7,\n")
    assert [isinstance(each, Finding) for each in rows] == [False, False, True]
    assert "first on line 2" in str(rows[2])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the column `class` is missing"),
        ("class,tier,batch\n", "the column `p99Milliseconds` is missing"),
        ("class,tier,batch,p99Milliseconds,note\n", "there is no column `note`"),
        ("class,class,tier,batch,p99Milliseconds\n", "a column is there twice"),
        (b"class\xff\n", "not UTF-8"),
    ],
)
def test_a_file_that_is_no_table(text: str | bytes, says: str, tmp_path: Path) -> None:
    with pytest.raises(FleetError) as error:
        read(tmp_path, text)
    assert says in error.value.findings[0].message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FleetError) as error:
        list(read_measured(tmp_path / "none.csv", "none.csv"))
    assert error.value.findings[0].rule == "cannot-read"
    with pytest.raises(FleetError):
        list(read_measured(tmp_path, "a folder"))


def test_it_stops_where_nothing_is_right(tmp_path: Path) -> None:
    assert len(read(tmp_path, HEAD + "x\n" * 1000)) == 50
