"""`edgewright plan`: what it shows, what a what-if changes, what it solves, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from edgewright.commands.main import main
from edgewright.commands.planning.showing import has_blocks

FLEET = """\
apiVersion: edgewright.dev/v1alpha1
fleet: tiny
registry: registry.example/tiny
deviceClasses:
  kiosk: {board: intel-n100-8gb, devices: 60}
  desk: {host: {arch: amd64, cpu: 16, memory: 64Gi, gpu: nvidia-l4}, software: {driver: "580.82.07"}}
models:
  digits: {version: 1.0.0, source: models/digits.onnx}
workloads:
  read:
    model: digits
    resources: {cpu: 1, memory: 512Mi}
"""
SECOND = "  write: {model: digits, resources: {cpu: 1, memory: 512Mi}, on: {desk: {}}}\n"
Shown = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1793491200")  # 2026-11-01
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    path = Path("fleet.yaml")
    path.write_text(FLEET)
    return path


def planned(capsys: Shown, *words: str) -> tuple[int, str, str]:
    code = main(["plan", *words])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_every_class_or_those_that_are_named(capsys: Shown) -> None:
    code, out, _ = planned(capsys)
    assert code == 0
    assert "\nkiosk  intel-n100-8gb" in f"\n{out}"
    assert "\ndesk  16 cores, 64Gi, nvidia-l4" in out
    assert "from 2026-11-01" in out
    for words in (["kiosk"], ["--class", "kiosk"], ["kiosk", "fleet.yaml"], ["./", "kiosk"]):
        out = planned(capsys, *words)[1]
        assert "kiosk  intel" in out
        assert "desk  16" not in out


def test_findings_are_below_as_check_prints_them(capsys: Shown) -> None:
    main(["check"])
    checked = capsys.readouterr().out
    assert planned(capsys)[1].endswith(f"\n\n{checked}")


@pytest.mark.parametrize("options", [[], ["--strict"], ["--verbose"]])
@pytest.mark.parametrize("form", ["text", "json", "markdown", "html"])
@pytest.mark.parametrize(
    "change", [("", ""), ("512Mi", "60Gi"), ("driver:", "divver:"), ("tiny\n", "tiny\n:")]
)
def test_it_ends_as_check_does(
    change: tuple[str, str], form: str, options: list[str], fleet: Path, capsys: Shown
) -> None:
    fleet.write_text(FLEET.replace(*change))
    assert planned(capsys, "--format", form, *options)[0] == main(["check", *options])


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html"])
def test_the_same_input_gives_the_same_bytes(form: str, capsys: Shown) -> None:
    assert planned(capsys, "--format", form) == planned(capsys, "--format", form)


def test_what_does_not_fit_is_drawn_and_found(fleet: Path, capsys: Shown) -> None:
    fleet.write_text(FLEET.replace("512Mi", "60Gi"))
    code, out, _ = planned(capsys)
    assert code == 1
    assert "▓" in out
    assert "error[memory-over-capacity]" in out
    assert "budgets do not hold" in out
    assert "▓" not in planned(capsys, "--ascii")[1]


def test_half_a_fleet_is_planned_and_says_so(fleet: Path, capsys: Shown) -> None:
    fleet.write_text(FLEET + "  broken: {model: digits, resources: {cpu: 1, memory: 1GB}}\n")
    code, out, _ = planned(capsys)
    assert code == 1
    assert "what could not be read is not in it" in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["kisok"], "there is no class `kisok`; did you mean `kiosk`?"),
        (["--class", "nothing"], "there is no class `nothing`; there is desk, kiosk"),
        (["--workload", "raed"], "there is no workload `raed`; did you mean `read`?"),
        (["a.yaml", "b.yaml"], "one file at a time: a.yaml and b.yaml"),
        (["--solve", "kiosk"], "write CLASS/WORKLOAD"),
        (["--solve", "kiosk/"], "write CLASS/WORKLOAD"),
        (["--solve", "kiosk/raed"], "did you mean `read`?"),
        (["--solve", "kiosk/write"], "`write` does not run on `kiosk`; it runs on desk"),
        (["--what-if", "memory"], "write PATH=VALUE, such as memory=8Gi"),
        (["--what-if", "memory="], "there is no value behind `=`"),
        (["--what-if", "workloads.read.tiers=[a"], "--what-if workloads.read.tiers=[a: "),
        (["--what-if", "a..b=1"], "`a..b` is no path"),
        (["--what-if", "memory=1Gi"], "of which workload? Add --workload NAME (read, write)"),
        (
            ["kiosk", "--workload", "write", "--what-if", "memory=1Gi"],
            "no such workload runs on such a class",
        ),
    ],
)
def test_misuse_is_two(words: list[str], says: str, fleet: Path, capsys: Shown) -> None:
    fleet.write_text(FLEET + SECOND)
    code, out, err = planned(capsys, *words)
    assert (code, out) == (2, "")
    assert says in err


def test_a_folder_of_the_name_is_pointed_out(capsys: Shown) -> None:
    Path("here").mkdir()
    assert "The folder of this name is ./here" in planned(capsys, "here")[2]


# What if.


def memory_row(out: str) -> str:
    return next(line for line in out.splitlines() if line.startswith("  memory"))


def test_what_if_shows_what_was_and_what_would_be(capsys: Shown) -> None:
    code, out, _ = planned(capsys, "kiosk", "--what-if", "memory=3Gi")
    assert code == 0
    assert out.startswith("what if memory=3Gi\n")
    assert "1.5Gi / 8Gi → 4Gi / 8Gi" in memory_row(out)
    assert "->" in memory_row(planned(capsys, "kiosk", "--what-if", "memory=3Gi", "--ascii")[1])


def test_what_if_that_changes_nothing_has_no_arrow(capsys: Shown) -> None:
    assert "→" not in planned(capsys, "--what-if", "memory=512Mi")[1]


def test_the_short_form_of_a_class_leaves_others_alone(capsys: Shown) -> None:
    told = json.loads(planned(capsys, "--class", "kiosk", "--what-if", "memory=3Gi", "--format", "json")[1])
    (kiosk,) = told["classes"]
    assert kiosk["budget"][0]["needed"] == 4 * 2**30
    assert told["whatIf"] == ["memory=3Gi"]
    whole = "workloads.read.on.kiosk.resources.memory=3Gi"
    told = json.loads(planned(capsys, "--what-if", whole, "--format", "json")[1])
    budgets = {each["name"]: each["budget"][0] for each in told["classes"]}
    assert budgets["kiosk"]["before"]["needed"] == budgets["desk"]["needed"] == 3 * 2**29
    assert budgets["kiosk"]["needed"] == 4 * 2**30


def test_overrides_add_up_and_the_last_one_wins(capsys: Shown) -> None:
    overrides = ("memory=1Gi", "memory=3Gi", "deviceClasses.kiosk.reserve={memory: 2Gi}", "cpu=500m")
    words = [word for each in overrides for word in ("--what-if", each)]
    out = planned(capsys, "kiosk", *words)[1]
    assert "→ 5Gi / 8Gi" in memory_row(out)


def test_what_if_it_did_not_fit(capsys: Shown) -> None:
    code, out, _ = planned(capsys, "--what-if", "memory=9Gi", "kiosk")
    assert code == 1
    assert "--what-if:1:8: error[memory-over-capacity]" in out
    assert "1 | memory=9Gi\n  |        ^^^\n" in out


@pytest.mark.parametrize(
    ("what_if", "says"),
    [
        ("memory=8GB", "--what-if:1:8: error[bad-unit]: `8GB` is not an amount of memory"),
        ("workloads.read.model=digtis", "did you mean `digits`?"),
        ("deviceClasses.kiosk.board=intel-n100-8g", "did you mean `intel-n100-8gb`?"),
        ("workloads.read.resources={cpu: 1}", "memory"),
        ("workloads=null", "error[empty-field]"),
    ],
)
def test_a_value_that_is_wrong_is_answered_as_in_the_file(what_if: str, says: str, capsys: Shown) -> None:
    code, out, err = planned(capsys, "--what-if", what_if)
    assert (code, err) == (1, "")
    assert says in out
    assert "\n1 | " in out


@pytest.mark.parametrize(
    ("what_if", "says"),
    [
        ("workloads.read.resources.memroy=1Gi", "--what-if:1:26: error[unknown-field]"),
        ("workloads.raed.resources.memory=1Gi", "--what-if:1:11: error[unknown-reference]"),
        ('workloads["read"].x=1', "`read` has no field `x`"),
    ],
)
def test_a_path_that_is_not_there_is_two(what_if: str, says: str, capsys: Shown) -> None:
    for form in ("text", "markdown", "html"):
        code, out, err = planned(capsys, "--what-if", what_if, "--format", form)
        assert (code, out) == (2, "")
        assert says in err
    assert json.loads(planned(capsys, "--what-if", what_if, "--format", "json")[2])["findings"]


def test_what_if_of_a_broken_fleet_tells_what_is_broken(fleet: Path, capsys: Shown) -> None:
    fleet.write_text(FLEET + "more: x\n")
    code, out, _ = planned(capsys, "--what-if", "memory=1Gi")
    assert code == 1
    assert "fleet.yaml:13:1: error[unknown-field]" in out
    assert "kiosk  intel" not in out


def test_what_if_of_standard_input() -> None:
    command = [sys.executable, "-m", "edgewright", "plan", "-", "kiosk", "--what-if", "memory=3Gi"]
    run = subprocess.run(command, input=FLEET.encode(), capture_output=True, check=False)
    assert (run.returncode, run.stderr) == (0, b"")
    assert "→ 4Gi / 8Gi".encode() in run.stdout


# Solve.


def test_solve_prints_lines_to_paste(fleet: Path, capsys: Shown) -> None:
    code, out, _ = planned(capsys, "--solve", "kiosk/read")
    assert code == 0
    assert "all together, the largest:  resources: {cpu: 3500m, memory: 7Gi" in out
    assert "to be written below workloads.read, or below its `on: {kiosk: …}` for this class alone" in out
    line = out.partition("the largest:  ")[2].splitlines()[0]
    fleet.write_text(FLEET.replace("resources: {cpu: 1, memory: 512Mi}", line))
    assert planned(capsys, "kiosk")[0] == 0


def test_solve_says_what_nobody_knows(capsys: Shown) -> None:
    out = planned(capsys, "--solve", "desk/read")[1]
    assert "cpu" in next(line for line in out.splitlines() if "the smallest is unknown" in line)


def test_solve_as_json(capsys: Shown) -> None:
    told = json.loads(planned(capsys, "--solve", "kiosk/read", "--format", "json")[1])
    assert (told["class"], told["workload"], told["path"]) == ("kiosk", "read", "workloads.read.resources")
    assert told["alone"]["memory"]["largest"] == 7 * 2**30
    assert told["together"]["largest"]["cpu"] == {"amount": 3500, "unit": "millicores"}


def test_solve_where_nothing_fits(fleet: Path, capsys: Shown) -> None:
    code, out, _ = planned(
        capsys, "--solve", "kiosk/read", "--what-if", "deviceClasses.kiosk.reserve.memory=8Gi"
    )
    assert code == 1
    assert "nothing passes" in out
    assert "[memory-over-capacity]" in out
    fleet.write_text(FLEET.replace("model: digits", "model: digits\n    tiers: [tensorrt]"))
    code, out, err = planned(capsys, "--solve", "kiosk/read")
    assert code == 1
    assert "no-tier-runs" in out
    assert "read cannot be planned on kiosk" in err


class _Terminal:
    def __init__(self, tty: bool) -> None:
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty


@pytest.mark.parametrize(
    ("tty", "environment", "blocks"),
    [
        (True, {}, True),
        (True, {"LANG": "de_DE.UTF-8"}, True),
        (True, {"LANG": "C.utf8"}, True),
        (True, {"LANG": "de_DE.ISO-8859-1"}, False),
        (True, {"LC_ALL": "C", "LANG": "de_DE.UTF-8"}, False),
        (True, {"LC_ALL": "", "LANG": "de_DE.UTF-8"}, True),
        (False, {"LC_ALL": "C"}, True),
    ],
)
def test_a_terminal_without_blocks_gets_none(tty: bool, environment: Mapping[str, str], blocks: bool) -> None:
    assert has_blocks(_Terminal(tty), environment) == blocks
