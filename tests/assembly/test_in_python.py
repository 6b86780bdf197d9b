"""A fleet in Python goes the same way as one in a file, and reads the same files."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import edgewright
from edgewright.assembly import assemble, assemble_fleet
from edgewright.catalogue import load
from edgewright.document.document import read_document
from edgewright.errors import Finding
from edgewright.fleet import Fleet, read_fleet

ROOT = Path(__file__).parents[2]


def example() -> Fleet:
    fleet = read_fleet(read_document(ROOT / "fleet.yaml").value, load()).fleet
    assert fleet is not None
    return fleet


def told(findings: tuple[Finding, ...]) -> set[tuple[str, str, Any]]:
    return {(each.rule, each.message, each.path) for each in findings}


def test_the_example_gives_the_same_objects_and_findings() -> None:
    ours = assemble_fleet(example(), ROOT, unlocked=True)
    theirs = assemble(ROOT / "fleet.yaml", today=date(2026, 11, 1), unlocked=True)
    assert [each.body for each in ours.manifests] == [each.body for each in theirs.manifests]
    assert ours.manifests
    assert told(ours.findings) == told(theirs.findings)
    assert ours.lock == theirs.lock


def test_what_is_not_locked_is_an_error_unless_it_is_asked_for() -> None:
    assembled = assemble_fleet(example(), ROOT)
    assert [each.level for each in assembled.findings if each.rule == "not-locked"][:1] == ["error"]
    assert not assembled.manifests


def test_files_that_are_not_there_are_findings(tmp_path: Path) -> None:
    assembled = assemble_fleet(example(), tmp_path, unlocked=True)
    missing = {each.path[0] for each in assembled.findings if each.rule == "cannot-read"}
    assert missing == {"inventory", "security", "workloads"}
    assert not assembled.manifests


def test_a_lock_that_cannot_be_read_is_the_only_news_about_it(tmp_path: Path) -> None:
    (tmp_path / "fleet.lock").write_text("lockVersion: 99\n")
    assembled = assemble_fleet(example(), tmp_path, unlocked=True)
    about = [each for each in assembled.findings if each.rule in ("lock-unreadable", "not-locked")]
    assert {each.rule for each in about} == {"lock-unreadable"}
    assert about[0].place is not None
    assert about[0].place.file in assembled.sources


def test_the_library_does_what_its_docstring_says(tmp_path: Path) -> None:
    """Both examples in `import edgewright`, as they stand there."""
    blocks = (edgewright.__doc__ or "").split("\n\n    ")[1:]
    code = [line.removeprefix("    ") for block in blocks for line in _code(block)]
    first, second = "\n".join(code).split("from edgewright.assembly import assemble_fleet")
    for name in ("fleet.yaml", "fleet.lock"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    names: dict[str, Any] = {"here": tmp_path}
    exec(first.replace('Path("', 'here / Path("'), names)
    assert names["assembled"].findings
    exec("from edgewright.assembly import assemble_fleet" + second, names)
    assert names["assembled"].manifests
    assert not names["assembled"].has_errors


def _code(block: str) -> list[str]:
    """The lines of a block until the text goes on."""
    lines = ("    " + block).splitlines()
    end = next((at for at, line in enumerate(lines) if line and not line.startswith("    ")), len(lines))
    return lines[:end]
