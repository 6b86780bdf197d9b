"""Whether a rule is waived: a fleet as text, the comment above the line of its finding, and what is left.

def test_a_waiver(tmp_path: Path) -> None:
    assert_waived(tmp_path, smallest(deviceClasses__kiosk__reserve={"memory": "9Gi"}), "memory-over-capacity")
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from edgewright.artifact.lock import Lock
from edgewright.artifact.lock_file import lock_values
from edgewright.assembly import assemble
from edgewright.errors import Finding

TODAY = date(2026, 11, 1)


def findings_of(folder: Path, fleet: dict[str, Any] | str, lock: Lock | None = None) -> tuple[Finding, ...]:
    """What `check` finds in a folder with this fleet.yaml, and this fleet.lock if any."""
    text = (
        fleet if isinstance(fleet, str) else yaml.safe_dump(fleet, sort_keys=False, default_flow_style=False)
    )
    (folder / "fleet.yaml").write_text(text, encoding="utf-8")
    if lock is not None:
        (folder / "fleet.lock").write_text(
            yaml.safe_dump(lock_values(lock), sort_keys=False), encoding="utf-8"
        )
    return assemble(folder / "fleet.yaml", today=TODAY, unlocked=True).findings


def assert_waived(
    folder: Path, fleet: dict[str, Any] | str, rule: str, *, lock: Lock | None = None
) -> tuple[Finding, ...]:
    """A waiver on its line takes the finding away, and leaves every other as it was; gives what is left.

    What is found only where something is rendered may come with it: an error kept that from happening.
    """
    before = findings_of(folder, fleet, lock)
    text = (folder / "fleet.yaml").read_text(encoding="utf-8")
    lines = sorted({each.place.line for each in before if each.rule == rule and each.place}, reverse=True)
    assert lines, f"nothing breaks `{rule}`: {[each.rule for each in before]}"
    for line in lines:
        text = _with_waiver(text, line, rule)
    after = findings_of(folder, text, lock)
    kept, left = (Counter((each.rule, each.path) for each in found) for found in (before, after))
    assert rule not in {each.rule for each in after}, "the finding is still there"
    assert "waiver-unused" not in {each.rule for each in after}
    missing = {identity for identity in kept - left if identity[0] != rule}
    assert not missing, f"the waiver took away more: {missing}"
    return after


def assert_not_waived(
    folder: Path, fleet: dict[str, Any] | str, rule: str, *, lock: Lock | None = None
) -> None:
    """A waiver on its line leaves the finding where it was: the rule cannot be waived."""
    before = [each for each in findings_of(folder, fleet, lock) if each.rule == rule]
    text = (folder / "fleet.yaml").read_text(encoding="utf-8")
    for line in sorted({each.place.line for each in before if each.place}, reverse=True):
        text = _with_waiver(text, line, rule)
    after = findings_of(folder, text, lock)
    assert before
    assert not [each for each in before if each.waivable]
    assert len([each for each in after if each.rule == rule]) == len(before)
    assert "waiver-unused" in {each.rule for each in after}


def _with_waiver(text: str, line: int, rule: str) -> str:
    lines = text.splitlines(keepends=True)
    at = lines[line - 1]
    indent = at[: len(at) - len(at.lstrip(" "))]
    lines.insert(line - 1, f"{indent}# edgewright: ignore[{rule}] until=2027-01-31 a test shows it\n")
    return "".join(lines)
