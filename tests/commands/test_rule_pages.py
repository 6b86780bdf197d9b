"""The page of each rule, at a terminal and where a log carries it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgewright.commands.main import main
from edgewright.commands.rule_pages import for_terminal, rule_page, rules

PAGES = Path(__file__).parents[2] / "docs" / "rules"


def test_there_is_every_page_and_no_other() -> None:
    assert [*rules()] == sorted(file.stem for file in PAGES.glob("*.md") if file.stem != "README")


@pytest.mark.parametrize("rule", ["README", "", "../rules/bad-unit", "bad-unit.md", "nothing", "n" * 5000])
def test_what_is_no_rule(rule: str) -> None:
    assert rule_page(rule) is None


@pytest.mark.parametrize("rule", rules())
def test_a_page_says_it_all_at_a_terminal(rule: str) -> None:
    page = rule_page(rule)
    assert page is not None
    assert page.sentence.endswith(".")
    assert page.why
    lines = [*for_terminal(page, 100)]
    assert lines[0] == rule
    assert [line for line in lines if line in ("Why", "Example", "How to fix", "Waiving")] == [
        "Why", "Example", "How to fix", "Waiving",
    ]  # fmt: skip
    assert not [line for line in lines if line.startswith(("```", "#")) or "](" in line]
    assert not [line for line in lines if len(line) > 100 and not line.startswith("    ")]


@pytest.mark.parametrize("rule", ["bad-unit", "contradiction"])
def test_explain_shows_the_page(rule: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", rule]) == 0
    page = rule_page(rule)
    assert page is not None
    assert capsys.readouterr().out == "\n".join(for_terminal(page, 100)) + "\n"


def test_the_list_has_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--rules"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [*rules()]


def test_a_misspelt_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "bad-unti"]) == 2
    assert "There is no rule `bad-unti`; did you mean `bad-unit`?" in capsys.readouterr().err
    assert main(["explain", "xx-yy-zz"]) == 2
    assert "`edgewright explain --rules` lists them." in capsys.readouterr().err


def test_sarif_of_a_check_carries_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "fleet.yaml").write_text("fleet: Acme\n")
    main(["check", str(tmp_path / "fleet.yaml"), "--format", "sarif"])
    assert "A name is not one that Kubernetes accepts." in capsys.readouterr().out
