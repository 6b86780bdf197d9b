"""A fleet's own catalogue: its entries count everywhere, and what is wrong with them is shown in their file."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.small import SMALLEST, fleet_of, found, only, smallest

from edgewright.assembly import Assembled, assemble, assemble_fleet, catalogue_beside
from edgewright.catalogue import load
from edgewright.errors import Finding

BOX = """\
boards:
  our-box:
    title: Our box
    architecture: amd64
    cpuCores: 2
    memoryBytes: 2147483648
    gpu: null
    sources: ["measured on our bench, 2026-10"]
"""
FLEET = SMALLEST.replace("intel-n100-8gb", "our-box").replace(
    "deviceClasses:", "catalogue: hardware.yaml\ndeviceClasses:"
)


def assembled(folder: Path, own: str | None = BOX, fleet: str = FLEET) -> Assembled:
    if own is not None:
        (folder / "hardware.yaml").write_text(own, encoding="utf-8")
    (folder / "fleet.yaml").write_text(fleet, encoding="utf-8")
    return assemble(folder / "fleet.yaml", today=date(2026, 11, 1), unlocked=True)


def errors(made: Assembled) -> list[Finding]:
    return [each for each in made.findings if each.level == "error"]


def marked(made: Assembled, finding: Finding) -> str:
    """The text at the place of a finding."""
    place = finding.place
    assert place is not None
    line = made.sources[place.file].splitlines()[place.line - 1]
    return line[place.column - 1 : place.end_column - 1]


def test_a_board_of_ones_own_is_planned_for(tmp_path: Path) -> None:
    made = assembled(tmp_path)
    assert not errors(made)
    assert made.manifests
    assert made.catalogue.boards["our-box"].cpu_cores == 2
    over = assembled(tmp_path, fleet=FLEET.replace("memory: 512Mi", "memory: 3Gi"))
    assert only(over.findings, "memory-over-capacity").message.endswith("and has 2Gi")


def test_json_will_do(tmp_path: Path) -> None:
    board = {
        "title": "Our box",
        "architecture": "amd64",
        "cpuCores": 2,
        "memoryBytes": 2**31,
        "gpu": None,
        "sources": ["our bench"],
    }
    assert not errors(assembled(tmp_path, json.dumps({"boards": {"our-box": board}}, indent=2)))


def test_a_fleet_in_python_has_it_too(tmp_path: Path) -> None:
    (tmp_path / "hardware.yaml").write_text(BOX)
    values = smallest(catalogue="hardware.yaml")
    fleet = fleet_of(values)
    box = fleet.device_classes["kiosk"].model_copy(update={"board": "our-box"})
    fleet = fleet.model_copy(update={"device_classes": {"kiosk": box}})
    made = assemble_fleet(fleet, tmp_path, unlocked=True)
    assert not [each for each in made.findings if each.level == "error"]
    assert made.plan is not None
    assert [each.name for each in made.plan.classes] == ["kiosk"]
    (tmp_path / "hardware.yaml").unlink()
    assert [
        each.rule for each in assemble_fleet(fleet, tmp_path, unlocked=True).findings if each.level == "error"
    ] == ["cannot-read"]


def test_what_replaces_an_entry_is_said(tmp_path: Path) -> None:
    own = BOX.replace("our-box", "intel-n100-8gb")
    made = assembled(tmp_path, own, FLEET.replace("our-box", "intel-n100-8gb"))
    finding = only(made.findings, "catalogue-entry-replaced")
    assert finding.level == "info"
    assert marked(made, finding) == "intel-n100-8gb"
    assert finding.path == ("catalogue",)
    assert made.catalogue.boards["intel-n100-8gb"].cpu_cores == 2
    assert load().boards["intel-n100-8gb"].cpu_cores == 4
    assert made.manifests


@pytest.mark.parametrize(
    ("old", "new", "rule", "text"),
    [
        ("cpuCores: 2", "cpuCore: 2", "catalogue-unknown-field", "cpuCore"),
        ("cpuCores: 2", "cpuCores: two", "catalogue-wrong-value", "two"),
        ("architecture: amd64", "architecture: x86_64", "catalogue-wrong-value", "x86_64"),
        ("boards:", "board:", "catalogue-unknown-field", "board"),
        ("gpu: null", "gpu: null\n    jetpackFrom: ['6.22']", "catalogue-unknown-reference", "'6.22'"),
        ("title: Our box", "title: *x", "yaml-alias", "*x"),
    ],
)
def test_a_mistake_is_shown_in_its_file_and_nothing_follows_from_it(
    old: str, new: str, rule: str, text: str, tmp_path: Path
) -> None:
    made = assembled(tmp_path, BOX.replace(old, new))
    wrong = errors(made)
    assert {each.rule for each in wrong} <= {rule, "catalogue-wrong-value"}
    finding = next(each for each in wrong if each.rule == rule)
    assert marked(made, finding) == text
    assert finding.place is not None
    assert finding.place.file.endswith("hardware.yaml")
    assert not finding.waivable
    assert finding.replacement is None
    assert not made.manifests


def test_a_mistake_in_one_entry_leaves_the_others(tmp_path: Path) -> None:
    own = BOX + BOX.replace("boards:\n", "").replace("our-box", "odd").replace("cpuCores: 2", "cpuCores: 0")
    made = assembled(tmp_path, own, FLEET.replace("memory: 512Mi", "memory: 3Gi"))
    assert sorted(each.rule for each in errors(made)) == ["catalogue-wrong-value", "memory-over-capacity"]


@pytest.mark.parametrize("own", [None, "", "[]", "boards: [\n", "just text\n"])
def test_a_file_that_is_none_is_told_and_nothing_else(own: str | None, tmp_path: Path) -> None:
    made = assembled(tmp_path, own)
    assert errors(made)
    assert not found(made.findings, "unknown-reference")
    assert all(each.place for each in made.findings)
    if own is None:
        assert marked(made, only(made.findings, "cannot-read")) == "hardware.yaml"


def test_a_path_that_leaves_the_folder_is_told_alone(tmp_path: Path) -> None:
    made = assembled(tmp_path, fleet=FLEET.replace("hardware.yaml", "../hardware.yaml"))
    assert [each.rule for each in errors(made)] == ["bad-path"]


def test_without_the_file_ones_board_is_unknown(tmp_path: Path) -> None:
    made = assembled(tmp_path, fleet=FLEET.replace("catalogue: hardware.yaml\n", ""))
    assert [each.rule for each in errors(made)] == ["unknown-reference"]


def test_a_mistake_of_the_fleet_is_still_told_beside_one_of_the_catalogue(tmp_path: Path) -> None:
    fleet = FLEET.replace("model: digits", "model: digit").replace("memory: 512Mi", "memory: 512MB")
    made = assembled(tmp_path, BOX.replace("cpuCores: 2", "cpuCores: 0"), fleet)
    rules = {each.rule for each in errors(made)}
    assert {"catalogue-wrong-value", "bad-unit", "unknown-reference"} <= rules


def test_an_image_of_ones_own_is_held_against_the_hardware(tmp_path: Path) -> None:
    own = 'images: {runtime-cpu: {cuda: "13.0", sources: [our bench]}}\n'
    made = assembled(tmp_path, own, FLEET.replace("our-box", "intel-n100-8gb"))
    assert len(found(made.findings, "no-tier-runs")) == 1


@pytest.mark.parametrize(
    ("text", "has"),
    [
        (FLEET, True),
        (FLEET.replace("catalogue: hardware.yaml\n", ""), False),
        ("fleet: [catalogue\n", False),
        (None, False),
    ],
)
def test_whoever_only_looks_something_up(text: str | None, has: bool, tmp_path: Path) -> None:
    (tmp_path / "hardware.yaml").write_text(BOX)
    if text is not None:
        (tmp_path / "fleet.yaml").write_text(text)
    catalogue: Any = catalogue_beside(tmp_path / "fleet.yaml")
    assert ("our-box" in catalogue.boards) == has
    assert "intel-n100-8gb" in catalogue.boards
