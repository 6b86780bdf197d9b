"""The benchmark of signatures runs, with whatever real tools are there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.real import registry_program

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_every_rate_is_one() -> None:
    registry_program()
    words: list[str | Path] = [sys.executable, BENCHMARKS / "signing.py", "2", "1"]
    run = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    rates = json.loads(run.stdout)
    assert {"sign, alone", "verify, alone", "sign, in a registry", "verify, in a registry"} <= set(rates)
    assert all(rate > 0 for rate in rates.values())
