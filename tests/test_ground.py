"""The ground holds: dependencies by hash, no machine in a file, actions by commit, a light import."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "components"
LOCKS = ("requirements.lock", ".ci/uv.txt")
HEAVY = {"click", "jsonschema_rs", "numpy", "onnxruntime", "pydantic", "ruamel.yaml", "yaml"}
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.y*ml"))


def _requirements(lock: str) -> dict[str, list[str]]:
    """Name of each requirement of a lock ⇒ the options that belong to it."""
    lines = [line for line in (ROOT / lock).read_text().splitlines() if not line.startswith("#")]
    logical = "\n".join(lines).replace("\\\n", " ").splitlines()
    return {line.split("==")[0]: line.split()[1:] for line in logical}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _committed() -> list[Path]:
    """Files that are in the repository or would be with the next `git add`."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        out = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("which files belong to the repository is git's to say, and there is no git checkout here")
    return [ROOT / name for name in out.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.findall(r"://|file:|--(?:extra-)?index|--find-links|[ =]/\S+| @ .*", text)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_each_requirement_by_hash(lock: str) -> None:
    requirements = _requirements(lock)
    hashes = re.compile(r"--hash=sha256:[0-9a-f]{64}")
    unpinned = [name for name, options in requirements.items() if not any(map(hashes.fullmatch, options))]
    assert requirements
    assert not unpinned


def test_the_lock_holds_every_dependency_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    asked += [name for extra in project["project"]["optional-dependencies"].values() for name in extra]
    names = {_normal(re.split(r"[<>=!~;\[ ]", line)[0]) for line in asked}
    assert names <= {_normal(name) for name in _requirements("requirements.lock")}


def test_no_file_names_a_machine_path() -> None:
    here = "|".join(re.escape(f"{path}/") for path in (ROOT, Path.home()) if len(path.parts) > 1)
    machine = re.compile(rf"(?<![\w./-])(?:{here}|/(?:home|Users)/\w)".encode())
    assert not [str(path.relative_to(ROOT)) for path in _committed() if machine.search(path.read_bytes())]


def _uses(node: object) -> Iterator[str]:
    """Every action that a workflow, read from YAML, calls."""
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "uses")
        yield from (name for value in node.values() for name in _uses(value))
    elif isinstance(node, list):
        yield from (name for value in node for name in _uses(value))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_pins_its_actions_and_starts_from_no_permission(workflow: Path) -> None:
    text = workflow.read_text()
    content = yaml.safe_load(text)
    actions = list(_uses(content))
    assert actions
    assert content["permissions"] == {}
    for action in actions:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action)
        assert re.search(rf"{re.escape(action)} # v\d+\.\d+\.\d+$", text, re.MULTILINE)
    for job in content["jobs"].values():
        assert set(job["permissions"].values()) <= {"read"}
        assert job["timeout-minutes"] <= 60


def test_importing_edgewright_loads_nothing_heavy() -> None:
    shown = "import sys, edgewright; print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", shown], capture_output=True, check=True, text=True).stdout
    assert "edgewright" in out.split()
    assert not HEAVY & set(out.split())


def test_a_source_file_is_one_idea_long() -> None:
    long = {path.name: path.read_text().count("\n") for path in SOURCE.rglob("*.py")}
    assert not {name: lines for name, lines in long.items() if lines > 300}


def test_the_wheel_holds_code_data_and_licence(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    ours = {str(path.relative_to(SOURCE)) for path in _committed() if path.is_relative_to(SOURCE)}
    assert ours <= packed
    pages = {f"edgewright/rules/{file.name}" for file in (ROOT / "docs/rules").glob("*.md")}
    policies = {f"edgewright/{file.relative_to(ROOT)}" for file in (ROOT / "policies").glob("*/*.yaml")}
    assert {name for name in packed if ".dist-info/" not in name} == ours | pages | policies
    assert [name for name in packed if name.endswith("licenses/LICENSE")]


def test_make_alone_lists_the_targets() -> None:
    out = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    assert {"render", "test", "lint", "bench"} <= set(re.findall(r"^  make (\w+)", out, re.MULTILINE))
