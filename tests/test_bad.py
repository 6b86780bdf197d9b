"""Broken fleets: each answer is word for word the golden, points at the very column, and can be followed.

A case is a folder of tests/bad/: a fleet.yaml with a mistake (and the files it names), `expected.txt` with
what `edgewright check` prints in that folder, and marks of where the mistakes are, which do not come from
the program. A mark is a comment below the line that it is about, with carets below the columns:

    gpusharing: {strategy: mps}
#   ^^^^^^^^^^ unknown-field

A `#` that a caret follows stands for a caret itself, so that column 1 can be marked. Where no such comment
can stand, `places.txt` says it: `fleet.yaml:7:3-13 unknown-field`, over several lines `fleet.yaml:7:3-9:1`.

What has a replacement must be gone once that is written, and nothing else may have come. For the rest there
is `fixed.yaml`, or a folder `fixed/` with every file that the remedy changes; no mistake is left in it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from edgewright.assembly import Assembled, assemble
from edgewright.commands.main import main
from edgewright.document.edits import apply_replacements
from edgewright.document.source import Source
from edgewright.errors import Finding

BAD = Path(__file__).parent / "bad"
SHARED = "shared"
"""What several cases point to by symbolic links; no case itself."""
CASES = sorted(path.name for path in BAD.iterdir() if path.is_dir() and path.name != SHARED)
TODAY = date(2026, 11, 1)
FLEET = Path("fleet.yaml")

_CARETS = re.compile(r"(#?)(\^+) +([a-z0-9-]+)")
_LINE_END = re.compile(r"\r\n|\n|\r")
_SIDE = re.compile(r"(\S+?):(\d+):(\d+)-(?:(\d+):)?(\d+) ([a-z0-9-]+)")

Mark = tuple[str, str, int, int, int, int]
"""A rule's id, a file, and the line and column of its first character and of the one behind its last."""


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same day, width and no colour, whoever runs this and where."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1793491200")  # 2026-11-01
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.mark.parametrize("case", CASES)
def test_the_answer_is_the_golden(
    case: str,
    golden: Callable[[str, str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(BAD / case)
    code = main(["check"])
    shown = capsys.readouterr()
    golden(f"../bad/{case}/expected.txt", shown.out)
    assert not shown.err
    assert code == (1 if " error" in shown.out.rpartition("\n\n")[2] else 0)


@pytest.mark.parametrize("case", CASES)
def test_each_finding_is_where_the_marks_are(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BAD / case)
    found = Counter(_mark(finding) for finding in _told(assemble(FLEET, today=TODAY, unlocked=True)))
    assert sorted(found.elements()) == sorted(_marks())


@pytest.mark.parametrize("case", CASES)
def test_what_has_a_replacement_is_gone_with_it(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _copy(case, tmp_path)
    monkeypatch.chdir(tmp_path)
    before = assemble(FLEET, today=TODAY, unlocked=True)
    mechanical = [each for each in _told(before) if each.replacement is not None]
    if mechanical:
        text = apply_replacements(Source(str(FLEET), before.sources[str(FLEET)]), mechanical)
        FLEET.write_bytes(text.encode())
        remaining = Counter(map(_identity, _told(assemble(FLEET, today=TODAY, unlocked=True))))
        assert remaining == Counter(_identity(each) for each in _told(before) if each.replacement is None)
    if len(mechanical) < len(_told(before)):
        _follow(case, tmp_path)
        assert not _told(assemble(FLEET, today=TODAY, unlocked=True))
    else:
        assert not (BAD / case / "fixed.yaml").exists()


def test_the_cases_are_many_and_of_many_kinds() -> None:
    told = "".join(map(_expected, CASES))
    assert len(CASES) >= 110
    assert len(set(re.findall(r"(?:error|warning)\[([a-z0-9-]+)\]", told))) >= 45


def test_a_process_says_the_same() -> None:
    """What was compared above came out of this process; a user's is another."""
    case = "everything-at-once"
    command = [sys.executable, "-m", "edgewright", "check"]
    run = subprocess.run(command, cwd=BAD / case, capture_output=True, check=False)
    assert run.stdout.decode() == _expected(case)
    assert run.stderr == b""
    assert run.returncode == 1


def _told(assembled: Assembled) -> list[Finding]:
    return [finding for finding in assembled.findings if finding.level != "info"]


def _identity(finding: Finding) -> tuple[str, str]:
    return finding.rule, finding.message


def _mark(finding: Finding) -> Mark:
    place = finding.place
    assert place is not None
    return finding.rule, place.file, place.line, place.column, place.end_line, place.end_column


def _marks() -> Iterator[Mark]:
    if FLEET.exists():
        yield from _marks_in(FLEET.read_bytes().decode(errors="replace").removeprefix("\ufeff"))
    side = Path("places.txt")
    for line in side.read_text().splitlines() if side.exists() else ():
        match = _SIDE.fullmatch(line)
        assert match, line
        file, first, column, last, end, rule = match.groups()
        yield rule, file, int(first), int(column), int(last or first), int(end)


def _marks_in(text: str) -> Iterator[Mark]:
    above = 0
    for number, line in enumerate(_LINE_END.split(text), start=1):
        carets = list(_CARETS.finditer(line)) if line.startswith("#") else []
        for match in carets:
            start = match.start(1) + 1
            yield match[3], str(FLEET), above, start, above, match.end(2) + 1
        if not carets:
            above = number


def _copy(case: str, target: Path) -> None:
    shutil.copytree(BAD / case, target, dirs_exist_ok=True)


def _follow(case: str, target: Path) -> None:
    """Do as the remedies say."""
    fixed, folder = BAD / case / "fixed.yaml", BAD / case / "fixed"
    assert fixed.exists() or folder.exists(), "a remedy without a replacement, and nothing that follows it"
    _copy(case, target)
    if folder.exists():
        shutil.copytree(folder, target, dirs_exist_ok=True)
    if fixed.exists():
        shutil.copy(fixed, target / FLEET)


def _expected(case: str) -> str:
    return (BAD / case / "expected.txt").read_bytes().decode()
