"""The rules of memory are waived on the line of the field that they point at."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from edgewright.assembly import assemble

BAD = Path(__file__).parents[2] / "bad"


def _rules(fleet: Path) -> set[str]:
    findings = assemble(fleet, today=date(2026, 11, 1), unlocked=True).findings
    return {each.rule for each in findings if each.level != "info"}


def _waived(case: str, rule: str, folder: Path) -> set[str]:
    """What is left of a broken fleet once the line at fault says why."""
    shutil.copytree(BAD / case, folder, dirs_exist_ok=True)
    fleet = folder / "fleet.yaml"
    assert _rules(fleet) == {rule}
    waiver = f"# edgewright: ignore[{rule}] until=2027-01-31 bench units only"
    lines = fleet.read_text().splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith("#") and f"^ {rule}" in line)
    lines[at - 1] += f"  {waiver}"
    fleet.write_text("\n".join(lines) + "\n")
    return _rules(fleet)


@pytest.mark.rule("memory-head-room", "waived")
def test_head_room_is_waived(tmp_path: Path) -> None:
    assert _waived("memory-to-the-brim", "memory-head-room", tmp_path) == set()


@pytest.mark.rule("model-memory", "waived")
def test_a_models_memory_is_waived(tmp_path: Path) -> None:
    assert _waived("model-larger-than-its-limit", "model-memory", tmp_path) == set()


@pytest.mark.rule("gpu-memory-over-capacity", "waived")
def test_a_cards_memory_is_waived(tmp_path: Path) -> None:
    assert _waived("models-larger-than-their-card", "gpu-memory-over-capacity", tmp_path) == set()
