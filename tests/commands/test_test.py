"""`edgewright test`: the matrix of the example, the forms for machines, and what keeps it from being run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from edgewright.commands.main import main
from edgewright.errors import Finding
from edgewright.ship.tools import find_tool

ROOT = Path(__file__).parents[2]
Shown = pytest.CaptureFixture[str]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example fleet in the current folder."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"COLUMNS": "100", "NO_COLOR": "1", "SOURCE_DATE_EPOCH": "1793491200"}.items():
        monkeypatch.setenv(name, value)
    for name in ("keys", "rules", "stacks", "models"):
        Path(name).symlink_to(ROOT / name)
    for name in ("fleet.yaml", "fleet.lock"):
        shutil.copy(ROOT / name, name)
    return tmp_path


@pytest.fixture
def real(here: Path) -> Path:
    """The same, where the real tools are."""
    for name in ("kyverno", "registry"):
        found = find_tool(name)
        if isinstance(found, Finding):
            pytest.skip(f"{found.message}: {found.remedy}")
    return here


def _edit(old: str, new: str) -> None:
    text = Path("fleet.yaml").read_text()
    assert old in text
    Path("fleet.yaml").write_text(text.replace(old, new))


@pytest.mark.usefixtures("real")
def test_the_example_refuses_what_it_should(capsys: Shown, golden: Callable[[str, str], None]) -> None:
    code = main(["test"])
    shown = capsys.readouterr()
    golden("policy-test/example.txt", shown.out)
    assert (code, shown.err) == (0, "")


@pytest.mark.usefixtures("real")
def test_what_gets_through_is_told_to_machines_too(capsys: Shown) -> None:
    """A folder of the user's own has a policy, and its test wants what it does not do."""
    _edit("policies: [require-digests, require-guaranteed-qos, require-probes]", "policies: [./mine]")
    shutil.copytree(ROOT / "policies" / "require-probes", "mine")
    test = Path("mine/kyverno-test.yaml")
    test.write_text(test.read_text().replace("result: fail", "result: pass"))
    assert main(["test", "--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in report["classes"]] == ["line-camera", "gateway", "kiosk"]
    gateway = report["classes"][1]
    tried = {each["name"]: each for each in gateway["tried"]}
    assert tried["as rendered"]["result"] == "passed"
    assert tried["unsigned"]["result"] == "refused"
    assert {each["outcome"] for each in tried["unsigned"]["verdicts"]} == {"refused", "passed"}
    assert tried["no-liveness-probe"]["result"] == "refused"
    assert tried["no-memory-limit"]["result"] == "not asked for"
    found = [each for each in report["findings"] if each["level"] == "error"]
    assert {(each["rule"], each["path"]) for each in found} == {
        ("policy-test-failed", "security.policies[0]")
    }
    assert report["summary"]["errors"] == len(found) > 3
    assert "127.0.0.1" not in json.dumps(report)


@pytest.mark.usefixtures("real")
def test_each_change_is_a_case_for_a_ci_server(capsys: Shown) -> None:
    assert main(["test", "--format", "junit"]) == 0
    root = ET.fromstring(capsys.readouterr().out)
    suites = {each.attrib["name"]: each for each in root.iter("testsuite")}
    cases = {each.attrib["name"]: each for each in suites["gateway"].iter("testcase")}
    assert len(cases) == int(suites["gateway"].attrib["tests"]) > 60
    assert cases["unsigned-model-volume"].find("skipped") is None
    skipped = cases["half-a-gpu"].find("skipped")
    assert skipped is not None
    assert skipped.attrib["message"] == "not asked for"
    assert int(root.attrib["tests"]) == len(list(root.iter("testcase")))
    assert root.attrib["failures"] == "0"


@pytest.mark.parametrize("form", ["junit", "sarif", "github"])
def test_a_missing_program_is_a_finding(
    here: Path, capsys: Shown, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setenv("PATH", str(here))
    monkeypatch.setattr(sys, "executable", str(here / "python"))
    assert main(["test", "--format", form]) == 1
    shown = capsys.readouterr()
    assert shown.err == "nothing was tested\n"
    assert "tool-missing" in shown.out
    if form == "junit":
        assert ET.fromstring(shown.out).attrib["failures"] == "1"
    if form == "sarif":
        assert json.loads(shown.out)["runs"][0]["results"][0]["ruleId"] == "tool-missing"


@pytest.mark.usefixtures("here")
def test_a_fleet_with_errors_is_not_tested(capsys: Shown) -> None:
    _edit("memory: 6Gi", "memory: 6GB")
    assert main(["test"]) == 1
    shown = capsys.readouterr()
    assert "error[bad-unit]" in shown.out
    assert shown.err == "nothing was tested\n"


def test_what_is_ended_leaves_nothing_behind(real: Path) -> None:
    """Asked to end while Kyverno is at work, it stops the registry and takes its folders away."""
    (real / "tmp").mkdir()
    environment = {**os.environ, "TMPDIR": str(real / "tmp")}
    command = [sys.executable, "-m", "edgewright", "test"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as running:
        while not list((real / "tmp").glob("edgewright-kyverno-*")):
            assert running.poll() is None
            time.sleep(0.02)
        assert list((real / "tmp").glob("edgewright-registry-*"))
        running.send_signal(signal.SIGTERM)
        _, said = running.communicate()
    assert (running.returncode, said) == (130, "\ninterrupted; nothing was left half-done\n")
    assert list((real / "tmp").iterdir()) == []
