"""The same fleet in two folders, packed under other circumstances: the same digests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INPUTS = ("fleet.yaml", "fleet.lock", "keys", "models", "rules", "stacks")

SCRIPT = Path(__file__).parent / "digests.py"


def digests(folder: Path, umask: str, moment: int, **environment: str) -> list[str]:
    """What is said of the fleet's artifacts in a copy whose files are of one moment."""
    for name in INPUTS:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    run = [sys.executable, "-m", "edgewright", "render", "--unlocked", "--out", "rendered"]
    variables = {**os.environ, "SOURCE_DATE_EPOCH": "1793491200", **environment}
    subprocess.run(run, cwd=folder, env=variables, check=True, capture_output=True)
    for path in sorted(folder.rglob("*")):
        os.utime(path, (moment, moment))
    script = [sys.executable, str(SCRIPT), umask]
    ended = subprocess.run(script, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


def test_two_folders_at_two_times(tmp_path: Path) -> None:
    one, other = tmp_path / "a", tmp_path / "b" / "another place" / "é"
    one.mkdir()
    other.mkdir(parents=True)
    first = digests(one, "022", 0, PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C.UTF-8")
    second = digests(other, "077", 1_900_000_000, PYTHONHASHSEED="2", TZ="Asia/Kathmandu", LC_ALL="C")
    assert len(first) > 60
    assert first == second
