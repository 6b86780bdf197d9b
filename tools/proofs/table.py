"""The table of docs/proofs.md, out of the marks that tests carry: which test shows which answer of a rule.

python tools/proofs/table.py          writes docs/proofs.md
python tools/proofs/table.py --check  says whether it is up to date

A test carries `@pytest.mark.rule("memory-over-capacity", "passes")`; the answers are those of ANSWERS.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
TESTS: Final = ROOT / "tests"
PAGES: Final = ROOT / "docs" / "rules"
DOCUMENT: Final = ROOT / "docs" / "proofs.md"

ANSWERS: Final = {"passes": "passes", "border": "fails at the border", "waived": "waived"}
"""What a rule can answer, and what a reader calls it."""

_HEAD: Final = """\
# Proofs

What each rule of the plan answers, and the test that shows it: where it just passes, where it just fails,
and that a waiver on its line takes it away. Written by `python tools/proofs/table.py` out of the marks that
the tests carry; `tests/test_proofs.py` holds it against them.

"""


@dataclass(frozen=True, order=True)
class Mark:
    """An answer of a rule, and the test that shows it."""

    rule: str
    answer: str
    file: str
    test: str


def marks(tests: Path = TESTS) -> tuple[list[Mark], list[str]]:
    """Every mark in the syntax trees of a folder of tests, and those that could not be read."""
    found, unread = set(), []
    for path in sorted(tests.rglob("test_*.py")):
        where = f"{tests.name}/{path.relative_to(tests).as_posix()}"
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = dict(_constants(tree))
        for function, call in _calls(tree):
            texts = [text for each in call.args if (text := _text(each, constants)) is not None]
            if len(texts) == len(call.args) == 2 and not call.keywords and texts[1] in ANSWERS:
                found.add(Mark(texts[0], texts[1], where, function))
            else:
                unread.append(f"{where}:{call.lineno}: {ast.unparse(call)}")
    return sorted(found), unread


def _calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Each `pytest.mark.rule(…)` at a test, also within its `parametrize`, with the test's name."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for decorator in function.decorator_list:
                for node in ast.walk(decorator):
                    if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.rule":
                        yield function.name, node


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each name that a file gives to a text, such as the RULE that all of its tests are about."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, str(node.value.value)


def _text(node: ast.expr, constants: Mapping[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return constants.get(node.id)
    return str(node.value) if isinstance(node, ast.Constant) else None


def waiving(rule: str, pages: Path = PAGES) -> str:
    """What stands under "waived" where no test shows it: the first words of the page's last part."""
    text = (pages / f"{rule}.md").read_text(encoding="utf-8").partition("## Waiving\n")[2].strip()
    head = text.partition(":")[0]
    return head.lower() if head in ("Cannot be waived", "Nothing to waive") else ""


def document() -> str:
    """The whole of docs/proofs.md."""
    found, _ = marks()
    rules = sorted({each.rule for each in found})
    rows = [f"| rule | {' | '.join(ANSWERS.values())} |", f"| {' | '.join(['---'] * (len(ANSWERS) + 1))} |"]
    rows += [f"| [{rule}](rules/{rule}.md) | {' | '.join(_cells(rule, found))} |" for rule in rules]
    return _HEAD + "\n".join(rows) + "\n"


def _cells(rule: str, found: list[Mark]) -> Iterator[str]:
    for answer in ANSWERS:
        tests = [each for each in found if (each.rule, each.answer) == (rule, answer)]
        links = ", ".join(f"[{_spoken(each.test)}](../{each.file})" for each in tests)
        yield links or (waiving(rule) if answer == "waived" else "")


def _spoken(test: str) -> str:
    return test.removeprefix("test_").replace("_", " ")


def main() -> int:
    """Write docs/proofs.md, or say whether it is up to date."""
    after = document()
    if "--check" in sys.argv[1:]:
        fresh = DOCUMENT.is_file() and DOCUMENT.read_text(encoding="utf-8") == after
        sys.stdout.write("up to date\n" if fresh else "stale: run this without --check\n")
        return int(not fresh)
    DOCUMENT.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
