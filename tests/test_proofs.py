"""docs/proofs.md is what the marks of the tests say, and every proof of the plan has all of its answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.scripts import script

PROOFS = script("proofs/table.py")
RULES = script("rules/table.py")
MARKS, UNREAD = PROOFS.marks()
PROVED = sorted(
    rule
    for rule, files in RULES.rules_of_source().files.items()
    if any(file.startswith("plan/proofs/") for file in files)
)
"""The rules that the plan's proofs make."""


def _shown(rule: str) -> set[str]:
    return {mark.answer for mark in MARKS if mark.rule == rule}


def test_the_table_is_up_to_date() -> None:
    assert PROOFS.DOCUMENT.read_text(encoding="utf-8") == PROOFS.document(), (
        "run: python tools/proofs/table.py"
    )


def test_every_mark_could_be_read_and_names_a_rule_with_a_page() -> None:
    assert UNREAD == []
    assert sorted({mark.rule for mark in MARKS} - set(RULES.pages())) == []


@pytest.mark.parametrize("rule", PROVED)
def test_every_proof_has_the_answers_that_it_can_have(rule: str) -> None:
    shown = _shown(rule)
    if PROOFS.waiving(rule):
        assert "waived" not in shown, "its page says that there is no waiver"
        shown.add("waived")
    assert sorted(PROOFS.ANSWERS.keys() - shown) == []


def test_the_proofs_are_found() -> None:
    assert {"memory-over-capacity", "cpu-over-capacity", "gpu-over-capacity"} <= set(PROVED)


def test_marks_are_found_wherever_they_stand(tmp_path: Path) -> None:
    lines = [
        "RULE = 'c-rule'",
        "@pytest.mark.rule('a-rule', 'passes')",
        "@pytest.mark.rule('a-rule', 'border')",
        "def test_one(): pass",
        "@pytest.mark.parametrize('x', [pytest.param(1, marks=pytest.mark.rule('b-rule', 'waived'))])",
        "def test_two(x): pass",
        "@pytest.mark.rule('a-rule', 'sometimes')",
        "@pytest.mark.rule(RULE, 'passes')",
        "@pytest.mark.rule(OTHER, 'passes')",
        "def test_three(): pass",
    ]
    (tmp_path / "test_some.py").write_text("\n".join(lines), encoding="utf-8")
    found, unread = PROOFS.marks(tmp_path)
    assert [(each.rule, each.answer, each.test) for each in found] == [
        ("a-rule", "border", "test_one"),
        ("a-rule", "passes", "test_one"),
        ("b-rule", "waived", "test_two"),
        ("c-rule", "passes", "test_three"),
    ]
    assert len(unread) == 2
