"""`edgewright check --fix` writes what mends itself, says what it wrote, and tells what is left."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edgewright.commands.main import main

BROKEN = """\
apiVersion: edgewright.dev/v1alpha1
fleet: acme   # the plant in the north
registry: registry.acme.example/edge

device_classes:                       # two mistakes, one below the other
  kiosk: {board: intel-n100-8gb, power_mode: 25W, offline: yes, signatureGate: bundle}

models:
  defects: {version: 1.0.0, source: models/defects.onnx}

workloads:
  inspect:
    model: defect
    resources: &small {cpu: 2, memory: 2gi}

security:
  signatures:
    - images: [registry.acme.example/edge/**]
      anyOf: [{keyless: {issuer: https://accounts.acme.example, subject: release@acme.example}}]
"""
FIXED = (
    BROKEN.replace("device_classes", "deviceClasses")
    .replace("power_mode", "powerMode")
    .replace("yes", "true")
    .replace("model: defect\n", "model: defects\n")
    .replace("&small ", "")
    .replace("2gi", "2Gi")
)


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("fleet.yaml")
    path.write_text(BROKEN)
    return path


def test_fix_changes_what_is_wrong_and_nothing_else(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--fix"]) == 1
    shown = capsys.readouterr()
    assert fleet.read_text() == FIXED
    assert shown.out.startswith("fleet.yaml:5:1: fixed: `device_classes` is now `deviceClasses`\n")
    assert "fleet.yaml:14:16: fixed: `&small` is gone\n" in shown.out
    assert "\n6 changes written to fleet.yaml\n\n" in shown.out
    left = shown.out.partition("written to fleet.yaml\n")[2]
    assert "powerMode" in left  # the board has no such mode, and nobody knows which one was meant
    assert "error[unknown-field]" not in left
    assert shown.err == ""


def test_fix_is_told_elsewhere_where_a_machine_reads_the_findings(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["check", "--fix", "--format", "json"])
    shown = capsys.readouterr()
    assert {each["file"] for each in json.loads(shown.out)["findings"]} == {str(fleet)}
    assert "6 changes written to fleet.yaml" in shown.err


def test_without_fix_the_file_stays(fleet: Path) -> None:
    main(["check"])
    assert fleet.read_text() == BROKEN


def test_fix_leaves_a_file_alone_that_needs_nothing(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.write_text(FIXED.replace("powerMode: 25W, ", ""))
    before = fleet.stat()
    assert main(["check", "--fix"]) == 0
    assert fleet.stat() == before
    assert "fixed" not in capsys.readouterr().out


@pytest.mark.parametrize(("mark", "end"), [("\ufeff", "\n"), ("", "\r\n"), ("\ufeff", "\r")])
def test_fix_keeps_the_byte_order_mark_and_the_line_ends(fleet: Path, mark: str, end: str) -> None:
    fleet.write_bytes((mark + BROKEN.replace("\n", end)).encode())
    main(["check", "--fix"])
    assert fleet.read_bytes() == (mark + FIXED.replace("\n", end)).encode()


def test_fix_writes_through_a_link(fleet: Path) -> None:
    fleet.rename("real.yaml")
    fleet.symlink_to("real.yaml")
    main(["check", "--fix"])
    assert fleet.is_symlink()
    assert Path("real.yaml").read_text() == FIXED


def test_fix_takes_away_characters_that_cannot_be_there(fleet: Path) -> None:
    fleet.write_text(FIXED.replace("acme   #", "ac\u202eme   #"))
    main(["check", "--fix"])
    assert fleet.read_text() == FIXED


@pytest.mark.parametrize("content", [b"fleet: \xff\xfe\n", b"", BROKEN.encode("utf-16")])
def test_fix_does_not_touch_what_it_cannot_read(fleet: Path, content: bytes) -> None:
    fleet.write_bytes(content)
    assert main(["check", "--fix"]) == 1
    assert fleet.read_bytes() == content


def test_fix_says_that_it_cannot_write(
    fleet: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    assert main(["check", "--fix"]) == 1
    assert "error[cannot-write]: " in capsys.readouterr().err
    assert fleet.read_text() == BROKEN


def test_two_misspellings_of_one_field_do_not_become_it_twice(fleet: Path) -> None:
    fleet.write_text(
        FIXED.replace("powerMode: 25W", "offlin: true, Offline: true").replace("offline: true, ", "")
    )
    main(["check", "--fix"])
    assert fleet.read_text().count("offline: true") == 1


# What check prints of the example, and how it ends.

EXAMPLE = Path(__file__).parents[2]
BESIDE = ("fleet.yaml", "fleet.lock", "keys", "rules", "stacks", "models")


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the example fleet, its fleet.yaml to be changed at will."""
    for name in BESIDE[1:]:
        (tmp_path / name).symlink_to(EXAMPLE / name)
    (tmp_path / "fleet.yaml").write_text((EXAMPLE / "fleet.yaml").read_text())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1793491200")  # 2026-11-01
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path / "fleet.yaml"


@pytest.mark.parametrize(
    ("options", "name"),
    [([], "check.txt"), (["-v"], "check.verbose.txt"), (["--format", "json"], "check.json")],
)
def test_the_example_is_the_golden(
    options: list[str],
    name: str,
    example: Path,
    golden: Callable[[str, str], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", *options]) == 0
    shown = capsys.readouterr()
    golden(f"commands/{name}", shown.out)
    assert shown.err == ""


@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit", "github"])
@pytest.mark.parametrize(("change", "code"), [(("", ""), 0), (("memory: 6Gi", "memory: 60Gi"), 1)])
def test_every_form_of_output_ends_the_same(
    form: str, change: tuple[str, str], code: int, example: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    example.write_text(example.read_text().replace(*change))
    assert main(["check", "--format", form]) == code
    shown = capsys.readouterr()
    assert ("memory-over-capacity" in shown.out) == (code == 1)
    assert "not-locked" in shown.out
    assert shown.err == ""


def test_strict_counts_warnings(example: Path) -> None:
    assert main(["check"]) == 0
    assert main(["check", "--strict"]) == 1


def test_infos_are_shown_on_request(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check"])
    assert "there is more to know" in capsys.readouterr().out
    main(["check", "--verbose"])
    assert "not-rendered-yet" in capsys.readouterr().out


def test_a_folder_stands_for_its_fleet(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(example.parent)]) == 0
    assert f"{example}:" in capsys.readouterr().out


def test_standard_input_is_a_fleet_of_the_current_folder(example: Path) -> None:
    command = [sys.executable, "-m", "edgewright", "check", "-"]
    piped = subprocess.run(command, input=example.read_bytes(), capture_output=True, check=False)
    with example.open("rb") as stdin:
        redirected = subprocess.run(command, stdin=stdin, capture_output=True, check=False)
    for run in (piped, redirected):
        assert (run.returncode, run.stderr) == (0, b"")
        assert b"/dev/stdin" in run.stdout
        assert b"runtime-cpu" in run.stdout


@pytest.mark.parametrize("name", ["missing.yaml", "/dev/null", "empty", "folder", "a\tb", "é\udcff"])
def test_whatever_file_is_named(name: str, example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty").write_text("")
    Path("folder").mkdir()
    for form in ("text", "json", "sarif", "junit", "github"):
        assert main(["check", name, "--format", form]) == 1
        assert "error" in capsys.readouterr().out


def test_json_says_where_in_which_file(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example.write_text(example.read_text().replace("memory: 6Gi", "memory: 60Gi"))
    main(["check", "--format", "json"])
    told = json.loads(capsys.readouterr().out)
    (finding,) = [each for each in told["findings"] if each["level"] == "error"]
    assert (finding["rule"], finding["file"]) == ("memory-over-capacity", "fleet.yaml")
    line = example.read_text().splitlines()[finding["line"] - 1]
    assert line[finding["column"] - 1 : finding["endColumn"] - 1] == "60Gi"
