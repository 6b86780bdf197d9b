"""The devices of each class and ring, out of the inventory."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.small import fleet_of, found, only, smallest

from edgewright.assembly import assemble, count_devices
from edgewright.document.emit import emit

VALUES = smallest(
    deviceClasses={"kiosk": {"board": "intel-n100-8gb", "devices": 3}, "pi": {"board": "raspberry-pi-5-8gb"}},
    inventory="inventory.csv",
)


def counted(folder: Path, rows: str, values: dict[str, Any] = VALUES) -> Any:
    (folder / "inventory.csv").write_text("name,class\n" + rows)
    return count_devices(fleet_of(values), folder)


def test_a_fleet_without_an_inventory() -> None:
    assert count_devices(fleet_of(smallest()), Path("/nowhere")).counts == {}


def test_devices_are_counted_by_class_and_ring(tmp_path: Path) -> None:
    stages = [{"ring": "a", "upTo": "50%"}, {"ring": "b", "upTo": "100%"}]
    values = {
        **VALUES,
        "rollouts": {"r": {"stages": stages}},
        "workloads": {"read": {**VALUES["workloads"]["read"], "rollout": "r"}},
    }
    made = counted(tmp_path, "".join(f"k{n},kiosk\n" for n in range(3)) + "p1,pi\n", values)
    assert sum(made.counts["kiosk"]) == 3
    assert made.counts["pi"] == (1, 0)
    assert made.findings == ()


@pytest.mark.parametrize(
    ("rows", "path", "says"),
    [
        (
            "a,kiosk\nb,kiosk\np,pi\n",
            ("deviceClasses", "kiosk", "devices"),
            "has 2 devices of `kiosk`, not 3",
        ),
        ("a,kiosk\nb,kiosk\nc,kiosk\n", ("deviceClasses", "pi"), "has no device of `pi`"),
        ("p,pi\n", ("deviceClasses", "kiosk"), "has no device of `kiosk`"),
    ],
)
def test_another_number_than_the_fleet_says(rows: str, path: object, says: str, tmp_path: Path) -> None:
    (finding,) = counted(tmp_path, rows).findings
    assert (finding.rule, finding.level, finding.path) == ("inventory-differs", "warning", path)
    assert says in finding.message
    assert finding.notes[0].path == ("inventory",)


def test_the_number_can_be_put_right(tmp_path: Path) -> None:
    (finding,) = counted(tmp_path, "a,kiosk\np,pi\n").findings
    assert finding.replacement == "1"


def test_a_class_that_the_fleet_has_not_is_shown_in_the_inventory(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text(emit(VALUES))
    (tmp_path / "inventory.csv").write_text("site,class,name\nx,kiosk,a\ny,kiosks,b\n")
    assembled = assemble(tmp_path / "fleet.yaml", today=date(2026, 11, 1), unlocked=True)
    finding = only(assembled.findings, "unknown-reference")
    assert finding.place is not None
    assert finding.place.file.endswith("inventory.csv")
    assert (finding.place.line, finding.place.column, finding.place.end_column) == (3, 3, 9)
    assert assembled.sources[finding.place.file].splitlines()[2] == "y,kiosks,b"
    assert finding.notes[0].place is not None
    assert not assembled.manifests


def test_at_most_fifty_rows_are_complained_of(tmp_path: Path) -> None:
    made = counted(tmp_path, "".join(f"d{n},nope\n" for n in range(500)))
    assert len(made.findings) == 50
    assert made.counts == {}


def test_a_missing_inventory_is_wrong_where_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text(emit(VALUES))
    finding = only(
        assemble(tmp_path / "fleet.yaml", today=date(2026, 11, 1), unlocked=True).findings, "cannot-read"
    )
    assert finding.path == ("inventory",)
    assert finding.place is not None
    assert finding.place.file.endswith("fleet.yaml")


def test_nobody_waits_for_what_no_file_holds(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text(emit(VALUES))
    os.mkfifo(tmp_path / "inventory.csv")
    finding = only(
        assemble(tmp_path / "fleet.yaml", today=date(2026, 11, 1), unlocked=True).findings, "cannot-read"
    )
    assert "it is no file" in finding.message


def test_whoever_waits_is_told(tmp_path: Path) -> None:
    (tmp_path / "inventory.csv").write_text("name,class\n" + "".join(f"k{n},kiosk\n" for n in range(100_001)))
    heard: list[str] = []
    made = count_devices(fleet_of(VALUES), tmp_path, told=heard.append)
    assert heard == ["counting devices: 50,000", "counting devices: 100,000"]
    assert sum(made.counts["kiosk"]) == 100_001
    assert not found(made.findings, "unknown-reference")
