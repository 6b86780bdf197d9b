"""Deployments that failed for others are refused here, for the reason that they failed for.

A story is a folder of tests/stories/: `fleet.yaml` as its owner would have written it, `story.md` with what
happened, where it is told and the rule that refuses it (`Warned of by:` where it only warns), `expected.txt`
with the finding word for word, and `fixed.yaml`, which follows the remedy.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from tests.scripts import script

from edgewright.assembly import Assembled, assemble
from edgewright.commands.printers.text import print_text
from edgewright.errors import Finding

TOOL = script("stories/table.py")
RULES = script("rules/table.py")
STORIES = TOOL.STORIES
NAMES = sorted(path.name for path in STORIES.iterdir() if path.is_dir())
TODAY = date(2026, 11, 1)


def _assembled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Assembled:
    monkeypatch.chdir(folder)
    return assemble(Path("fleet.yaml"), today=TODAY, unlocked=True)


def _errors(assembled: Assembled) -> list[Finding]:
    return [finding for finding in assembled.findings if finding.level == "error"]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_refused_for_the_right_reason(
    name: str, golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    story, assembled = TOOL.read(STORIES / name), _assembled(STORIES / name, monkeypatch)
    assert {finding.rule for finding in _errors(assembled)} == ({story.rule} if story.refused else set())
    told = [each for each in assembled.findings if each.rule == story.rule]
    assert {each.level for each in told} == {"error" if story.refused else "warning"}
    golden(f"../stories/{name}/expected.txt", print_text(told, assembled.sources, width=100))


@pytest.mark.parametrize("name", NAMES)
def test_it_passes_once_the_remedy_is_followed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(STORIES / name, tmp_path, dirs_exist_ok=True)
    shutil.copy(tmp_path / "fixed.yaml", tmp_path / "fleet.yaml")
    assembled = _assembled(tmp_path, monkeypatch)
    assert _errors(assembled) == []
    assert TOOL.read(STORIES / name).rule not in {finding.rule for finding in assembled.findings}
    assert assembled.manifests


@pytest.mark.parametrize("name", NAMES)
def test_the_rule_has_a_page_and_little_else_is_changed(name: str) -> None:
    assert TOOL.read(STORIES / name).rule in RULES.pages()
    before, after = (
        (STORIES / name / file).read_text().splitlines() for file in ("fleet.yaml", "fixed.yaml")
    )
    assert 1 <= len(set(before) ^ set(after)) <= 8


def test_they_are_many_of_many_kinds_and_each_has_its_own_source() -> None:
    told = TOOL.stories()
    assert len(told) >= 13
    assert len({each.rule for each in told}) >= 8
    assert len({each.source for each in told}) == len(told)


def test_the_document_is_up_to_date() -> None:
    assert TOOL.DOCUMENT.read_text(encoding="utf-8") == TOOL.document(), "run: python tools/stories/table.py"


def test_a_story_of_another_form_is_refused(tmp_path: Path) -> None:
    (tmp_path / "story.md").write_text("# A title\n\nSomething.\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"story\.md is not"):
        TOOL.read(tmp_path)
