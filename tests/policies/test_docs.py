"""docs/policies.md and docs/gates.md say what the policies and the program say."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from edgewright.plan.admission import LOSSES

ROOT = Path(__file__).parents[2]


def rows(page: str) -> list[list[str]]:
    lines = (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines()
    return [line.strip("| ").split(" | ") for line in lines if re.match(r"\| [\[`]", line)]


def test_the_table_has_each_policy_and_what_it_says_of_itself() -> None:
    expected = []
    for folder in sorted((ROOT / "policies").iterdir()):
        name = folder.name
        policy = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
        says = policy["metadata"]["annotations"]
        link = f"[{name}](../policies/{name}/{name}.yaml)"
        severity, description = (f"policies.kyverno.io/{each}" for each in ("severity", "description"))
        expected.append([link, says[severity], says[description]])
    assert rows("policies.md") == expected


def test_the_gates_lose_what_the_program_says() -> None:
    assert {row[0].strip("`"): row[2] for row in rows("gates.md")} == {
        gate: loss.loses for gate, loss in LOSSES.items()
    }
