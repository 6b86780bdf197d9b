"""The table of docs/rules/README.md, out of the pages there and of the rules that the source makes.

python tools/rules/table.py          writes README.md
python tools/rules/table.py --check  says whether it is up to date
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = ROOT / "docs" / "rules"
SOURCE: Final = ROOT / "components" / "edgewright"
README: Final = PAGES / "README.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"

FLOORS: Final = {
    "document": "Reading the text",
    "catalogue": "The catalogue",
    "fleet": "What a fleet can say",
    "artifact": "Artifacts and fleet.lock",
    "plan": "What fits and what can run",
    "render": "Rendering",
    "scan": "Rendered objects",
    "ship": "Writing files, and other programs",
    "program": "The Pulumi program",
    "workshop": "Models",
    "policy_test": "Policies under test",
    "assembly": "What lies beside fleet.yaml",
    "commands": "Commands",
}
"""Floors in the order in which a fleet meets them, and what a reader calls them."""

_FOREIGN: Final = "PydanticCustomError"
"""Takes a rule's id first, as our own makers of findings do, and is not ours."""

_HANDED_ON: Final = ("rule", "kind")
"""What a variable is called that has an id which was given elsewhere; `kind` is that of pydantic's errors."""

ID: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass
class Found:
    """What the source says of its rules: id ⇒ floors and files that make it, and what could not be read."""

    floors: dict[str, set[str]] = field(default_factory=dict)
    files: dict[str, set[str]] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)


def rules_of_source(source: Path = SOURCE) -> Found:
    """Every rule id that a floor can make, found in the syntax trees of its files."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(source.rglob("*.py"))}
    makers = {_FOREIGN} | {name for tree in trees.values() for name, first in _heads(tree) if first == "rule"}
    found = Found()
    for path, tree in trees.items():
        floor = path.relative_to(source).parts[0].removesuffix(".py")
        others = {name for name, first in _heads(tree) if first != "rule"}
        where = path.relative_to(source).as_posix()
        for node in _ids(tree, makers - others):
            for rule in _texts(node):
                if rule is None:
                    if not _passes_on(node):
                        found.unread.append(f"{where}:{node.lineno}: {ast.unparse(node)}")
                else:
                    found.floors.setdefault(rule, set()).add(floor)
                    found.files.setdefault(rule, set()).add(where)
    return found


def _heads(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each function and class with the name of its first parameter or field."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.args.args:
            yield node.name, node.args.args[0].arg
        elif isinstance(node, ast.ClassDef):
            fields = [each.target for each in node.body if isinstance(each, ast.AnnAssign)]
            if fields and isinstance(fields[0], ast.Name):
                yield node.name, fields[0].id


def _ids(tree: ast.Module, makers: set[str]) -> Iterator[ast.expr]:
    """The expressions that stand where a rule's id belongs."""
    tables = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            yield from (each.value for each in node.keywords if each.arg == "rule" and name in makers)
            if name in makers and node.args:
                yield node.args[0]
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript):
            yield from _first_of_entries(node.targets[0], node.value.value, tables)


def _first_of_entries(target: ast.expr, table: ast.expr, tables: dict[str, ast.Dict]) -> Iterator[ast.expr]:
    """The ids of a table whose entries are taken apart as `rule, … = TABLE[…]`."""
    named = isinstance(target, ast.Tuple) and isinstance(target.elts[0], ast.Name)
    if named and ast.unparse(target).lstrip("(").startswith("rule,") and isinstance(table, ast.Name):
        yield from (each.elts[0] for each in tables[table.id].values if isinstance(each, ast.Tuple))


def _texts(node: ast.expr) -> Iterable[str | None]:
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body), *_texts(node.orelse)]
    return [None]


def _passes_on(node: ast.expr) -> bool:
    """Whether an id is handed through from where it was given."""
    return isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node).rpartition(".")[2] in _HANDED_ON


def pages() -> dict[str, str]:
    """The id of each page and its text."""
    return {
        path.stem: path.read_text(encoding="utf-8")
        for path in sorted(PAGES.glob("*.md"))
        if path.name != README.name
    }


def sentence_and_level(text: str) -> tuple[str, str]:
    """A page's first sentence, and the level in the parentheses behind it."""
    summary = text.split("\n\n")[1].replace("\n", " ")
    sentence, _, level = summary.rpartition(" (")
    return sentence, level.removesuffix(")")


def table() -> str:
    """The tables of every floor, each rule under the first floor that makes it."""
    floors, texts = rules_of_source().floors, pages()
    out = []
    for floor, title in FLOORS.items():
        own = [rule for rule in texts if _first(floors.get(rule, set())) == floor]
        if own:
            out += [f"## {title}", "", "| rule | level | finds |", "| --- | --- | --- |"]
            out += [_row(rule, texts[rule]) for rule in own]
            out.append("")
    return "\n".join(out)


def _first(floors: set[str]) -> str:
    return next((floor for floor in FLOORS if floor in floors), "")


def _row(rule: str, text: str) -> str:
    sentence, level = sentence_and_level(text)
    return f"| [{rule}]({rule}.md) | {level} | {sentence.replace('|', chr(92) + '|')} |"


def readme(before: str) -> str:
    """README.md with its table written anew."""
    head, _, rest = before.partition(BEGIN)
    return f"{head}{BEGIN}\n\n{table()}\n{END}{rest.partition(END)[2]}"


def main() -> int:
    """Write README.md, or say whether it is up to date."""
    before = README.read_text(encoding="utf-8")
    after = readme(before)
    if "--check" in sys.argv[1:]:
        sys.stdout.write("up to date\n" if before == after else "stale: run this without --check\n")
        return int(before != after)
    README.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
