"""The benchmark of registries, small: it compares what came back with what went there, and ends where it differs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.real import registry_program

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_what_goes_to_a_registry_comes_back(tmp_path: Path) -> None:
    registry_program()
    call = f"registry.round_trips(2**23, 2, 1, pathlib.Path({str(tmp_path)!r}))"
    command = [sys.executable, "-c", f"import registry, pathlib; print({call})"]
    made = subprocess.run(command, cwd=BENCHMARKS, capture_output=True, text=True, timeout=120)
    assert made.returncode == 0, made.stderr
    assert "edgewright, push" in made.stdout
    assert "edgewright, pull" in made.stdout
