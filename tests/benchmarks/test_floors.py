"""The benchmarks' own tools: what they measure is what runs, and what they call the same is the same."""

from __future__ import annotations

import json
import subprocess
import sys
from filecmp import dircmp
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec: {replicas: 1, template: {spec: {volumes: [{name: config, configMap: {name: a-0123456789}}]}}}
"""


def python(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fleet")
    program = f"import big_fleet, pathlib; big_fleet.write_fleet(pathlib.Path({str(folder)!r}), 3, 10)"
    made = subprocess.run([sys.executable, "-c", program], cwd=BENCHMARKS, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return folder / "fleet.yaml"


def test_a_generated_fleet_is_whole(fleet: Path) -> None:
    checked = python("-m", "edgewright", "check", fleet, "--strict")
    assert checked.returncode == 0, checked.stdout


def test_the_watched_command_writes_what_the_command_writes_and_passes_every_floor(
    fleet: Path, tmp_path: Path
) -> None:
    plain = python("-m", "edgewright", "render", fleet, "--out", tmp_path / "plain")
    watched = python(
        BENCHMARKS / "floors.py", tmp_path / "seconds", "render", fleet, "--out", tmp_path / "watched"
    )
    assert (plain.returncode, watched.returncode) == (0, 0), watched.stderr
    compared = dircmp(tmp_path / "plain", tmp_path / "watched")
    assert compared.common
    assert not compared.left_only + compared.right_only + compared.diff_files
    seconds = json.loads((tmp_path / "seconds").read_text())
    assert all(taken > 0 for taken in seconds.values()), seconds


def test_plans_of_every_shape_are_whole() -> None:
    planned = python(BENCHMARKS / "plan.py", "1", "6", "3")
    assert planned.returncode == 0, planned.stderr
    found = json.loads(planned.stdout)
    deployments = {"spread": 6, "everywhere": 18, "different everywhere": 18}
    assert {shape: each["deployments"] for shape, each in found.items()} == deployments


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("replicas: 1", "replicas: 1"), 0),
        (("a-0123456789", "a"), 0),
        (("a-0123456789", "b"), 1),
        (("replicas: 1", "replicas: '1'"), 1),
        (("replicas: 1, ", ""), 1),
    ],
)
def test_only_the_hash_of_a_configuration_may_differ(
    change: tuple[str, str], code: int, tmp_path: Path
) -> None:
    (tmp_path / "one").write_text(DEPLOYMENT)
    (tmp_path / "other").write_text(DEPLOYMENT.replace(*change))
    compared = python(BENCHMARKS / "same.py", "1", tmp_path / "one", tmp_path / "other")
    assert compared.returncode == code, compared.stderr
