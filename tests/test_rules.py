"""Every rule that the source can make has a page that tells what it says it tells, and every page a rule."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from edgewright.assembly import assemble
from edgewright.errors import Finding

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "tests" / "bad" / "shared" / "fleet.lock"
HEADINGS = ["## Why", "## Example", "## How to fix", "## Waiving"]
LEVELS = ("error", "warning", "info")
NOT_RUN = {
    "below-floor": "needs figures in fleet.lock",
    "drops-too-far": "needs figures in fleet.lock",
    "gpu-memory-over-capacity": "needs figures in fleet.lock",
    "inventory-differs": "needs an inventory",
    "model-memory": "needs figures in fleet.lock",
    "model-missing": "is found when models are locked",
    "policy-not-tried": "is found when policies are tried",
    "not-a-policy": "needs a folder of policies",
    "policy-form": "needs a folder of policies",
}
"""Pages whose examples are of fleet.yaml and need more than that file to be found."""

BASE = {
    "apiVersion": "apiVersion: edgewright.dev/v1alpha1",
    "fleet": "fleet: acme",
    "registry": "registry: registry.acme.example/edge",
    "deviceClasses": "deviceClasses:\n  kiosk:\n    board: intel-n100-8gb\n    software: {k3s: v1.36.2+k3s1}",
    "models": "models:\n  defects: {version: 1.0.0, source: models/defects.onnx, "
    "variants: {int8: {precision: int8}}}",
    "workloads": "workloads:\n  inspect:\n    model: defects\n    runtime: cpu\n"
    "    resources: {cpu: 1, memory: 1Gi}",
}
OPTIONAL = ("platform", "inventory", "runtimes", "rollouts", "security", "delivery", "monitoring")
SECTION = re.compile(r"^([A-Za-z]+):", re.MULTILINE)


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("rules_table", ROOT / "tools" / "rules" / "table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


TABLE = _load()
SOURCE = TABLE.rules_of_source()
PAGES: dict[str, str] = TABLE.pages()
RULES = sorted(PAGES)


def _fences(text: str) -> list[str]:
    """The YAML of the example: what is wrong, and what is right."""
    example = text.partition("## Example\n")[2].partition("\n## ")[0]
    return re.findall(r"```yaml\n(.*?)\n```", example, re.DOTALL)


def _is_fleet(fragment: str) -> bool:
    names = SECTION.findall(fragment)
    return bool(names) and set(names) <= {*BASE, *OPTIONAL}


def _fleet(fragment: str) -> str:
    """A whole fleet in which the sections of a fragment stand for those of a small one."""
    head, *rest = re.split(r"(?m)^(?=[A-Za-z]+:)", fragment)
    sections = BASE | {part.partition(":")[0]: part.rstrip("\n") for part in rest}
    text = head + "\n".join(sections.values()) + "\n"
    return text.replace("<U+202E>", "\u202e")  # no page holds such a character itself


RUN = [rule for rule in RULES if rule not in NOT_RUN and any(map(_is_fleet, _fences(PAGES[rule])))]


def _findings(folder: Path, fragment: str) -> tuple[Finding, ...]:
    shutil.copy(LOCK, folder / "fleet.lock")
    (folder / "fleet.yaml").write_text(_fleet(fragment), encoding="utf-8")
    return assemble(folder / "fleet.yaml", today=date(2026, 11, 1), unlocked=True).findings


def test_every_id_of_the_source_could_be_read() -> None:
    assert SOURCE.unread == []
    assert [rule for rule in SOURCE.floors if not TABLE.ID.fullmatch(rule)] == []
    assert {floor for floors in SOURCE.floors.values() for floor in floors} <= set(TABLE.FLOORS)


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    assert sorted(set(SOURCE.floors) - set(PAGES)) == []
    assert sorted(set(PAGES) - set(SOURCE.floors)) == []


def test_the_table_lists_all_and_is_up_to_date() -> None:
    text = TABLE.README.read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| \[([a-z0-9-]+)\]", text, re.MULTILINE)) == RULES
    assert text == TABLE.readme(text), "run: python tools/rules/table.py"


@pytest.mark.parametrize("rule", RULES)
def test_a_page_has_its_parts(rule: str) -> None:
    text = PAGES[rule]
    sentence, level = TABLE.sentence_and_level(text)
    assert text.startswith(f"# {rule}\n\n")
    assert re.findall(r"^## .*", text, re.MULTILINE) == HEADINGS
    assert sentence.endswith(".")
    assert re.split(r"\W", level)[0] in LEVELS
    assert all(part.strip() for part in re.split(r"^## .*", text, flags=re.MULTILINE))


@pytest.mark.parametrize("rule", RULES)
def test_a_page_says_how_it_is_waived_or_why_not(rule: str) -> None:
    waiving = PAGES[rule].partition("## Waiving\n")[2].strip()
    form = re.search(r"# edgewright: ignore\[([a-z0-9-]+)\] until=\d{4}-\d{2}-\d{2} \S", waiving)
    if waiving.startswith("Allowed "):
        assert form is not None
        assert form[1] == rule
    else:
        assert waiving.startswith(("Cannot be waived: ", "Nothing to waive: "))
        assert form is None


@pytest.mark.parametrize("rule", RULES)
def test_links_lead_to_pages(rule: str) -> None:
    links = re.findall(r"\]\(([^)]+)\)", PAGES[rule])
    assert [link for link in links if link.removesuffix(".md") not in PAGES] == []
    assert f"{rule}.md" not in links


def test_most_rules_about_a_fleet_are_run() -> None:
    assert len(RUN) >= 50


@pytest.mark.parametrize("rule", RUN)
def test_the_example_is_true(rule: str, tmp_path: Path) -> None:
    wrong, *right = _fences(PAGES[rule])
    found = [each for each in _findings(tmp_path, wrong) if each.rule == rule]
    assert found, "the wrong example does not have it"
    assert found[0].level in TABLE.sentence_and_level(PAGES[rule])[1]
    assert found[0].waivable == ("\nAllowed " in PAGES[rule])
    for each in right:
        assert rule not in [finding.rule for finding in _findings(tmp_path, each)]


def test_a_rule_that_nobody_has_written_of_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "plan").mkdir()
    lines = [
        "class Finding:\n    rule: str\n",
        "def _made(rule: str) -> Finding:\n    return Finding(rule)\n",
        "a = Finding('of-position')",
        "b = Finding(rule='of-keyword')",
        "c = _made('of-maker' if a else 'of-other-maker')",
        "T = {'key': ('of-table', 'text')}",
        "rule, text = T['key']",
        "d = Finding(f'{a}-strange')",
    ]
    (tmp_path / "plan" / "some.py").write_text("\n".join(lines), encoding="utf-8")
    found = TABLE.rules_of_source(tmp_path)
    assert set(found.floors) == {"of-position", "of-keyword", "of-maker", "of-other-maker", "of-table"}
    assert len(found.unread) == 1
