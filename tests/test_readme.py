"""What README.md shows is what comes out."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from edgewright.commands.main import COMMANDS, main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


def block(language: str, begin: str) -> str:
    found: str
    (found,) = [text for kind, text in BLOCKS if kind == language and text.startswith(begin)]
    return found


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder and what `make render` prints."""
    out = tmp_path_factory.mktemp("readme") / "rendered"
    command = [sys.executable, "-m", "edgewright", "render", "--unlocked", "--out", str(out)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    last = run.stderr.splitlines()[-1]
    return out, f"{run.stdout}{last}\n".replace(str(out), "rendered")


def test_what_render_prints(rendered: tuple[Path, str]) -> None:
    assert rendered[1] == block("text", "rendered/line-camera:")


def test_the_tree_is_the_folder(rendered: tuple[Path, str]) -> None:
    tree = block("text", "rendered/\n")
    named = set(re.findall(r"── ([\w-]+\.(?:json|yaml))", tree))
    files = [path.relative_to(rendered[0]) for path in rendered[0].rglob("*") if path.is_file()]
    ours = [path for path in files if path.parts[0] != ".edgewright"]
    assert {path.name for path in ours if path.parts[1] not in ("node", "policies")} == named
    assert {path.parts[0] for path in ours if path.parts[1] == "policies"} == {"gateway"}
    assert {"config.yaml", "registries.yaml"} <= {path.name for path in files if path.parts[1] == "node"}


def test_the_plan_is_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    for name, value in {"COLUMNS": "100", "NO_COLOR": "1", "SOURCE_DATE_EPOCH": "1793491200"}.items():
        monkeypatch.setenv(name, value)
    assert main(["plan", "kiosk"]) == 0
    assert capsys.readouterr().out.startswith(block("text", "kiosk  "))


def test_the_smallest_fleet_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("fleet.yaml").write_text(block("yaml", "apiVersion"))
    assert main(["check"]) == 0


def test_the_mistake_is_answered_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("stacks", "keys", "rules", "models"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "fleet.lock").write_bytes((ROOT / "fleet.lock").read_bytes())
    wrong = (ROOT / "fleet.yaml").read_text().replace("memory: 6Gi", "memory: 6GB")
    (tmp_path / "fleet.yaml").write_text(wrong)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    assert main(["check"]) == 1
    assert block("text", "fleet.yaml:") in capsys.readouterr().out


def test_the_matrix_is_the_one_that_kyverno_gave() -> None:
    """`edgewright test` itself is asked in tests/commands/test_test.py, which holds this golden."""
    golden = (ROOT / "tests/goldens/policy-test/example.txt").read_text(encoding="utf-8")
    assert block("text", "gateway: 1 pod") in golden


def test_every_command_is_listed() -> None:
    listed = set(re.findall(r"^    edgewright (\w+)", README, re.MULTILINE))
    assert listed == set(COMMANDS) - {"completion"}


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert "://" in target or (ROOT / target).exists(), target
