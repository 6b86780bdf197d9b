"""The benchmarks: prints tables of Markdown, those that docs/benchmarks.md has.

    make bench                          # all of it, some minutes
    make bench BENCH="--only compare"   # one part
    make bench BENCH="--rounds 2"       # a first look

Every figure is the median of whole processes with the least and the most; tools that are compared take
turns. Nothing here passes or fails by a time: only what is wrong ends it with an error.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from compare import PEERS_PYTHON, compare
from from_yaml import growth, inventory, large, plans, rings, small
from policies import policies
from process import Failed, measure
from registry import round_trips
from signatures import signatures
from versions import load

HERE: Final = Path(__file__).parent
WORK: Final = HERE.parent / "build" / f"benchmarks-{os.getpid()}"
"""Where fleets and renderings are written, and stay until all is measured."""
WORKLOADS: Final = (10, 100, 1000, 10_000)
ROWS: Final = (1000, 10_000, 100_000, 1_000_000)


def served(rounds: int, folder: Path) -> str:
    """In a process of its own: it imports what would spoil the peaks of others."""
    measure([sys.executable, HERE / "serving.py", str(min(rounds, 3)), folder], folder / "serving.md")
    return (folder / "serving.md").read_text().rstrip()


# The smallest first, while this process is small itself: see process.py.
PARTS: Final[dict[str, tuple[str, Callable[[int, Path], str]]]] = {
    "small": ("At the desk", lambda rounds, at: small(3 * rounds, at)),
    "registry": ("A gibibyte to a registry and back", lambda rounds, at: round_trips(2**30, 4, rounds, at)),
    "rings": ("Rings", lambda rounds, at: rings(100_000, rounds, at)),
    "plan": ("Plans of many classes", lambda rounds, at: plans(1000, 20, rounds, at)),
    "signing": ("Signatures", lambda rounds, at: signatures(200, rounds, at)),
    "compare": ("The same Deployments by every tool", lambda rounds, at: compare(1000, rounds, at)),
    "large": ("From YAML", lambda rounds, at: large(1000, rounds, at)),
    "growth": ("Growth with workloads", lambda rounds, at: growth(WORKLOADS, min(rounds, 3), at)),
    "policies": ("Policies under test", lambda rounds, at: policies(min(rounds, 3), at)),
    "serving": ("The same model behind several servers", served),
    "inventory": ("Growth with the inventory", lambda rounds, at: inventory(ROWS, min(rounds, 3), at)),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="the parts to run")
    parser.add_argument("--rounds", type=int, default=5, help="how often each process runs")
    options = parser.parse_args()
    try:
        _run(options.only, max(1, options.rounds), WORK)
    except Failed as failed:
        print(failed, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(WORK, ignore_errors=True)
    return 0


def _run(parts: list[str], rounds: int, folder: Path) -> None:
    # In a process of its own, because a peak of memory is never less than that of whoever starts it.
    measure([sys.executable, HERE / "versions.py", PEERS_PYTHON], folder / "versions.json")
    found = json.loads((folder / "versions.json").read_text())
    print(f"{found['machine']}; load {load()} at the start")
    print(", ".join(f"{name} {version}" for name, version in found["versions"].items()))
    for part in parts:
        title, run = PARTS[part]
        print(f"\n## {title}\n", flush=True)
        print(run(rounds, folder / part), flush=True)
    print(f"\nload {load()} at the end")


sys.exit(main())
