"""What the benchmark of policies measures is what passes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edgewright.errors import Finding
from edgewright.ship.kyverno import try_folder
from edgewright.ship.tools import find_tool

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_the_pods_that_are_measured_pass_every_policy(tmp_path: Path) -> None:
    kyverno = find_tool("kyverno")
    if isinstance(kyverno, Finding):
        pytest.skip(f"{kyverno.message}: {kyverno.remedy}")
    folder = tmp_path / "pods"
    subprocess.run([sys.executable, "policies.py", "2", folder], cwd=BENCHMARKS, check=True)
    tried = try_folder(kyverno, folder)
    assert len(tried) == 12  # six policies, two pods
    assert all(each.holds for each in tried)
