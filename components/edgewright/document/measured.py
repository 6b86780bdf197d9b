"""What was measured on devices, a row a figure: a CSV file that a bench writes and people can read.

`class`, `tier`, `batch` and `p99Milliseconds` must be there, `powerMilliwatts` may be. A batch of so many
requests was answered within that time, 99 times of 100; milliseconds have up to three digits behind the
point. Lines that begin with `#` say where the figures are from.
"""

from __future__ import annotations

import csv
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgewright.document.source import cannot_read
from edgewright.document.table import field_place, line_text, lines, not_utf8
from edgewright.errors import Finding, FleetError, Place

_NEEDED: Final = ("class", "tier", "batch", "p99Milliseconds")
_COLUMNS: Final = (*_NEEDED, "powerMilliwatts")
_MOST_FINDINGS: Final = 50
_is_milliseconds: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,3})?").fullmatch
_is_batch: Final = re.compile(r"[1-9][0-9]{0,3}").fullmatch
_is_power: Final = re.compile(r"[0-9]{0,8}").fullmatch
_SHAPES: Final[dict[str, tuple[Callable[[str], object], str]]] = {
    "batch": (_is_batch, "write how many requests were answered together, such as 8"),
    "p99Milliseconds": (
        _is_milliseconds,
        "write milliseconds with up to three digits behind the point: 8.25",
    ),
    "powerMilliwatts": (_is_power, "write whole milliwatts, such as 14500, or nothing"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A figure: the p99 in microseconds, the draw in milliwatts, and where its class and its tier stand."""

    device_class: str
    tier: str
    batch: int
    p99: int
    power: int | None
    class_place: Place
    tier_place: Place


def read_measured(path: Path, file: str) -> Iterator[Row | Finding]:
    """The figures of a file in its order, and a finding (`measured-row`) for each row that is none.

    Stops after 50 findings. Raises FleetError (`cannot-read`, `not-utf-8`, `measured-row`) where there is
    no table at all.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise FleetError([cannot_read(file, OSError(0, "it is no file"))])
        with path.open(encoding="utf-8-sig", newline="") as stream:
            yield from _rows(_without_remarks(lines(stream)), path, file)
    except UnicodeDecodeError:
        raise FleetError([not_utf8(path, file)]) from None
    except (OSError, ValueError) as error:
        raise FleetError([cannot_read(file, error)]) from None


def _without_remarks(text: Iterable[str]) -> Iterator[str]:
    """The lines, empty ones for remarks, so that their numbers stay."""
    return ("\n" if line.startswith("#") else line for line in text)


def _rows(text: Iterator[str], path: Path, file: str) -> Iterator[Row | Finding]:
    reader = csv.reader(text, strict=True)
    seen: dict[tuple[str, ...], int] = {}
    found = 0
    try:
        header = next((row for row in reader if row), [])
        columns = _columns(header, file, max(reader.line_num, 1), path)
        for fields in filter(None, reader):
            row = _row(fields, columns, seen, file, reader.line_num, line_text(path, reader.line_num))
            yield row
            found += isinstance(row, Finding)
            if found >= _MOST_FINDINGS:
                return
    except csv.Error as error:
        line = max(reader.line_num, 1)
        whole = _whole(file, line, line_text(path, line))
        yield _wrong(f"this row cannot be read: {error}", "check its quotes", whole)


def _columns(header: list[str], file: str, line: int, path: Path) -> dict[str, int]:
    """Where each column is. Raises FleetError where one is missing, unknown or there twice."""
    columns = {name.strip(): index for index, name in enumerate(header)}
    flaws = [f"the column `{name}` is missing" for name in _NEEDED if name not in columns]
    flaws += [f"there is no column `{name[:60]}`" for name in columns if name not in _COLUMNS]
    if not flaws and len(columns) != len(header):
        flaws = ["a column is there twice"]
    if flaws:
        place = _whole(file, line, line_text(path, line))
        remedy = f"the first line names the columns {', '.join(_COLUMNS)}; the last one may be missing"
        raise FleetError([_wrong(flaw, remedy, place) for flaw in flaws])
    return columns


def _row(
    fields: list[str],
    columns: dict[str, int],
    seen: dict[tuple[str, ...], int],
    file: str,
    line: int,
    text: str,
) -> Row | Finding:
    if len(fields) != len(columns):
        has = f"{len(fields)} field{'s' if len(fields) > 1 else ''}"
        message = f"{has} where the header has {len(columns)}"
        return _wrong(message, "give each column a field", _whole(file, line, text))
    places = {name: field_place(file, line, text, index) for name, index in columns.items()}
    values = {name: fields[index].strip() for name, index in columns.items()}
    for name, (fits, remedy) in _SHAPES.items():
        if not fits(values.get(name, "")):
            return _wrong(f"`{values[name][:40]}` is no {name}", remedy, places[name])
    key = (values["class"], values["tier"], values["batch"])
    if key in seen:
        message = f"this class, tier and batch are there twice, first on line {seen[key]}"
        return _wrong(message, "remove one of the two rows", _whole(file, line, text))
    seen[key] = line
    power = values.get("powerMilliwatts")
    return Row(
        values["class"],
        values["tier"],
        int(values["batch"]),
        _microseconds(values["p99Milliseconds"]),
        int(power) if power else None,
        places["class"],
        places["tier"],
    )


def _microseconds(text: str) -> int:
    whole, _, fraction = text.partition(".")
    return int(whole) * 1000 + int(fraction.ljust(3, "0"))


def _whole(file: str, line: int, text: str) -> Place:
    return Place(file, line, 1, line, max(len(text.rstrip("\r\n")), 1) + 1)


def _wrong(message: str, remedy: str, place: Place) -> Finding:
    return Finding("measured-row", "error", message, remedy, place=place, waivable=False)
