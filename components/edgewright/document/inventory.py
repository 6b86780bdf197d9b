"""The inventory, a row a device, as a stream: a million rows take no more memory than their names.

A CSV file with a header: `name` and `class` must be there, `site` and `labels` may be
(`labels` as key=value pairs with `;` between them).
"""

from __future__ import annotations

import csv
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgewright.document.source import cannot_read
from edgewright.document.table import field_place, line_text, lines, not_utf8
from edgewright.errors import Finding, FleetError, Place

_COLUMNS: Final = ("name", "class", "site", "labels")
_is_name: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:-*[a-z0-9])*(?:\.[a-z0-9](?:-*[a-z0-9])*)*").fullmatch
_MOST_FINDINGS: Final = 50


@dataclass(frozen=True, slots=True)
class Device:
    """A row of the inventory, and the line that it stands on; site and labels as they are written there."""

    name: str
    device_class: str
    line: int
    site: str = ""
    labels: str = ""


def read_inventory(path: Path, file: str) -> Iterator[Device | Finding]:
    """The devices of an inventory in the order of the file, and a finding for each row that is none.

    Stops after 50 findings. Raises FleetError (`cannot-read`, `not-utf-8`, `inventory-header`) where
    there is no table at all.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would keep us waiting
            raise FleetError([cannot_read(file, OSError(0, "it is no file"))])
        with path.open(encoding="utf-8-sig", newline="") as stream:
            yield from _rows(lines(stream), path, file)
    except (OSError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise FleetError([not_utf8(path, file)]) from None
        raise FleetError([cannot_read(file, error)]) from None


def class_place(path: Path, file: str, device: Device) -> Place:
    """Where the class of a device stands in the inventory that it was read from."""
    text = line_text(path, device.line)
    header = [name.strip() for name in line_text(path, 1).removeprefix("\ufeff").rstrip("\r\n").split(",")]
    return field_place(file, device.line, text, header.index("class") if "class" in header else len(header))


def _rows(stream: Iterator[str], path: Path, file: str) -> Iterator[Device | Finding]:
    reader = csv.reader(stream, strict=True)
    seen: dict[str, int] = {}
    found = 0
    try:
        columns = _header(next(reader, []), line_text(path, 1), file)
        name_at, class_at, width = columns["name"], columns["class"], len(columns)
        more = [(name, columns[name]) for name in ("site", "labels") if name in columns]
        for row in reader:
            if len(row) == width and row[name_at] not in seen and _is_name(row[name_at]):
                seen[row[name_at]] = reader.line_num
                rest = {name: row[at] for name, at in more}
                yield Device(row[name_at], row[class_at], reader.line_num, **rest)
            elif row:
                text = line_text(path, reader.line_num)
                yield _no_device(row, width, name_at, seen, file, reader.line_num, text)
                found += 1
                if found >= _MOST_FINDINGS:
                    return
    except csv.Error as error:
        line = max(reader.line_num, 1)
        whole = Place(file, line, 1, line, max(len(line_text(path, line).rstrip("\r\n")), 1) + 1)
        yield _finding("inventory-row", f"this row cannot be read: {error}", "check its quotes", whole)


def _no_device(
    row: list[str], width: int, name_at: int, seen: dict[str, int], file: str, line: int, text: str
) -> Finding:
    whole = Place(file, line, 1, line, len(text.rstrip("\r\n")) + 1)
    if len(row) != width:
        fields = f"{len(row)} field{'s' if len(row) > 1 else ''}"
        return _finding(
            "inventory-row", f"{fields} where the header has {width}", "give each column a field", whole
        )
    name, place = row[name_at], field_place(file, line, text, name_at)
    if name in seen:
        message = f"`{name}` is there twice, first on line {seen[name]}"
        return _finding("duplicate-device", message, "remove one of the two rows", place)
    message = f"`{name[:80]}` is no device name" if name else "this device has no name"
    return _finding("bad-name", message, "use lower-case letters, digits, `-` and `.`", place)


def _header(row: list[str], text: str, file: str) -> dict[str, int]:
    columns = {name.strip(): index for index, name in enumerate(row)}
    first = Place(file, 1, 1, 1, max(len(text.rstrip("\r\n")), 1) + 1)
    named = f"the first line names the columns {', '.join(_COLUMNS)}, of which the first two must be there"
    if len(row) < 2 and not {"name", "class"} & columns.keys():
        other = next((each for each in ";\t|" if each in text), None)
        message = "the inventory is empty" if not row else "the first line names no columns"
        if other:
            message = f"fields are separated by {other!r} here, and a CSV file has commas"
        raise FleetError([_finding("inventory-header", message, named, first)])
    findings = []
    for name, index in columns.items():
        if name not in _COLUMNS:
            meant = name.lower() if name.lower() in _COLUMNS else None
            place = field_place(file, 1, text, index)
            remedy = f"write `{meant}`" if meant else f"the columns are {', '.join(_COLUMNS)}"
            findings.append(_finding("inventory-header", f"there is no column `{name[:60]}`", remedy, place))
    lower = {name.lower() for name in columns}
    findings += [
        _finding("inventory-header", f"the column `{name}` is missing", named, first)
        for name in _COLUMNS[:2]
        if name not in lower
    ]
    if not findings and len(columns) != len(row):
        findings.append(
            _finding("inventory-header", "a column is there twice", "remove one of the two", first)
        )
    if findings:
        raise FleetError(findings)
    return columns


def _finding(rule: str, message: str, remedy: str, place: Place) -> Finding:
    return Finding(rule, "error", message, remedy, place=place, waivable=False)
