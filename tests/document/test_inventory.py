"""The inventory: every row is a device or a finding at its place, in bounded memory."""

from __future__ import annotations

import csv
import io
import os
import string
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.document.inventory import Device, class_place, read_inventory
from edgewright.errors import Finding, FleetError, Place

HEAD = "name,class,site,labels\n"


def rows_of(path: Path, content: str | bytes) -> list[Device | Finding]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_inventory(path, "inventory.csv"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "inventory.csv"


def only(found: list[Device | Finding]) -> Finding:
    (finding,) = [each for each in found if isinstance(each, Finding)]
    return finding


def refused(path: Path, content: str | bytes) -> tuple[Finding, ...]:
    with pytest.raises(FleetError) as error:
        rows_of(path, content)
    return error.value.findings


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "a,x,s,\nb,y,,k=v\n",
        "class,name\nx,a\ny,b\n",
        "\ufeff" + HEAD + "a,x,s,l\nb,y,s,l",
        HEAD.replace("\n", "\r\n") + "a,x,s,l\r\nb,y,s,l\r\n",
        HEAD.replace("\n", "\r") + "a,x,s,l\rb,y,s,l\r",
        HEAD + '"a","x","two\nlines",l\n\n"b","y",s,"k=v;w=x"\n\n',
        " name , class \na,x\nb,y\n",
    ],
)
def test_devices_in_their_order(text: str, file: Path) -> None:
    devices = [each for each in rows_of(file, text) if isinstance(each, Device)]
    assert [(each.name, each.device_class) for each in devices] == [("a", "x"), ("b", "y")]


names = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=8)
fields = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8)


@given(st.lists(st.tuples(names, fields, fields), max_size=8, unique_by=lambda row: row[0]))
def test_whatever_csv_writes_is_read_back(rows: list[tuple[str, str, str]]) -> None:
    import tempfile

    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["name", "class", "site"])
    writer.writerows(rows)
    with tempfile.TemporaryDirectory() as folder:
        found = rows_of(Path(folder) / "inventory.csv", text.getvalue())
    assert [(each.name, each.device_class) for each in found if isinstance(each, Device)] == [
        row[:2] for row in rows
    ]


@pytest.mark.parametrize(
    ("text", "rule", "says", "place"),
    [
        ("a,x\n", "inventory-row", "2 fields where the header has 4", (2, 1, 4)),
        ("a,x,s,l,m\n", "inventory-row", "5 fields", (2, 1, 10)),
        ("a\n", "inventory-row", "1 field where", (2, 1, 2)),
        ("A,x,s,l\n", "bad-name", "`A` is no device name", (2, 1, 2)),
        (",x,s,l\n", "bad-name", "this device has no name", (2, 1, 2)),
        ("-a,x,s,l\n", "bad-name", "`-a`", (2, 1, 3)),
        ("a b,x,s,l\n", "bad-name", "`a b`", (2, 1, 4)),
        ("a" * 254 + ",x,s,l\n", "bad-name", "no device name", (2, 1, 255)),
        ("a,x,s,l\nb,x,s,l\na,y,s,l\n", "duplicate-device", "first on line 2", (4, 1, 2)),
        ('a,x,s,l\n"a",y,s,l\n', "duplicate-device", "first on line 2", (3, 1, 10)),
        ('"a,x,s,l\n', "inventory-row", "cannot be read", (2, 1, 9)),
        ('a,"x"y,s,l\n', "inventory-row", "cannot be read", (2, 1, 11)),
    ],
)  # fmt: skip
def test_a_row_that_is_no_device(
    text: str, rule: str, says: str, place: tuple[int, int, int], file: Path
) -> None:
    finding = only(rows_of(file, HEAD + text))
    line, column, end = place
    assert finding.rule == rule
    assert says in finding.message
    assert finding.place == Place("inventory.csv", line, column, line, end)
    assert not finding.waivable


def test_a_line_beyond_all_measure_is_one_line(file: Path) -> None:
    file.write_text("name,class\n" + "x" * 350_000 + "\nk1,kiosk\ny\n")
    first, device, last = read_inventory(file, "inventory.csv")
    assert isinstance(device, Device)
    assert device.line == 3
    assert isinstance(first, Finding)
    assert isinstance(last, Finding)
    assert [each.place and each.place.line for each in (first, last)] == [2, 4]


def test_names_may_be_long_and_have_dots(file: Path) -> None:
    assert len(rows_of(file, HEAD + "a" * 253 + ",x,s,l\na.b-c.9,x,s,l\n")) == 2


def test_the_other_rows_are_read_on(file: Path) -> None:
    found = rows_of(file, HEAD + "a,x,s,l\nB,x,s,l\nc,x,s,l\n")
    assert [type(each) for each in found] == [Device, Finding, Device]


def test_after_fifty_mistakes_it_is_enough(file: Path) -> None:
    assert len(rows_of(file, HEAD + "X,x,s,l\n" * 200)) == 50


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", ["the inventory is empty"]),
        ("\n", ["the inventory is empty"]),
        ("a,b\n", ["no column `a`", "no column `b`", "`name` is missing", "`class` is missing"]),
        ("name\n", ["`class` is missing"]),
        ("Name,class\n", ["no column `Name`"]),
        ("name,class,name\n", ["a column is there twice"]),
        ("name;class\n", ["separated by ';'"]),
        ("name\tclass\n", ["separated by '\\t'"]),
        ("device\n", ["names no columns"]),
    ],
)
def test_a_header_that_is_none(text: str, says: list[str], file: Path) -> None:
    findings = refused(file, text)
    assert {each.rule for each in findings} == {"inventory-header"}
    assert [any(word in each.message for each in findings) for word in says] == [True] * len(says)
    assert len(findings) == len(says)


def test_a_header_in_capitals_has_its_remedy(file: Path) -> None:
    (finding,) = refused(file, "name,Class\n")
    assert finding.remedy == "write `class`"
    assert finding.place == Place("inventory.csv", 1, 6, 1, 11)


def test_text_in_another_encoding(file: Path) -> None:
    rows = "".join(f"a{number},x,s,l\n" for number in range(20_000)) + "b,x,Köln,l\n"
    (finding,) = refused(file, (HEAD + rows).encode("latin-1"))
    assert finding.rule == "not-utf-8"
    assert finding.place == Place("inventory.csv", 20_002, 6, 20_002, 7)


def test_something_that_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("folder", "pipe", "missing", "n" * 300, "a\0b"):
        with pytest.raises(FleetError) as error:
            list(read_inventory(tmp_path / name, name))
        assert [each.rule for each in error.value.findings] == ["cannot-read"]


def test_a_line_without_end_takes_no_memory(file: Path) -> None:
    with file.open("wb") as stream:
        stream.write(HEAD.encode())
        stream.truncate(200 * 2**20)
    tracemalloc.start()
    found = list(read_inventory(file, "inventory.csv"))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20 * 2**20
    assert all(isinstance(each, Finding) for each in found)
    assert len(found) <= 50


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("site,class,name\nx,kiosk,a\n", (2, 3, 8)),
        ("name,class\na,\n", (2, 3, 4)),
        ('name,class\n"a",kiosk\n', (2, 1, 10)),
        ("\ufeffname,class\na,kiosk\n", (2, 3, 8)),
    ],
)
def test_where_the_class_of_a_device_stands(text: str, place: tuple[int, int, int], file: Path) -> None:
    (device,) = rows_of(file, text)
    assert isinstance(device, Device)
    line, column, end = place
    assert class_place(file, "inventory.csv", device) == Place("inventory.csv", line, column, line, end)


def test_site_and_labels_come_with_a_device(tmp_path: Path) -> None:
    path = tmp_path / "devices.csv"
    path.write_text("labels,name,class,site\na=1;b=2,k1,kiosk,halle\n,k2,kiosk,\n")
    rows = [row for row in read_inventory(path, "devices.csv") if isinstance(row, Device)]
    assert [(row.name, row.site, row.labels) for row in rows] == [("k1", "halle", "a=1;b=2"), ("k2", "", "")]


@pytest.mark.parametrize("name", ["a..b", "a.-b", "a-.b", ".a", "a.", "A", "a" * 254])
def test_a_name_that_no_node_can_have_is_told(file: Path, name: str) -> None:
    assert [type(each) for each in rows_of(file, f"{HEAD}{name},x,s,l\n")] == [Finding]
