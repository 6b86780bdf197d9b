"""Plans large fleets: python plan.py ROUNDS WORKLOADS CLASSES prints the seconds of `build_plan` as JSON.

For each shape: the workloads spread over the classes, each of them on every class, and on every class in
another way.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from big_fleet import SHAPES, write_classes
from edgewright.artifact.lock import Lock
from edgewright.assembly.files import read_fleet_file, read_lock_beside
from edgewright.catalogue import Catalogue, load
from edgewright.fleet import Fleet, read_fleet
from edgewright.plan import build_plan


def main(rounds: int, workloads: int, classes: int) -> None:
    catalogue = load()
    found = {}
    for shape in SHAPES:
        with TemporaryDirectory() as folder:
            path = write_classes(Path(folder), workloads, classes, shape)
            reading = read_fleet(read_fleet_file(path).value, catalogue)
            lock = read_lock_beside(path).lock
        assert reading.fleet is not None, reading.findings
        found[shape] = _timed(reading.fleet, catalogue, lock, rounds)
    print(json.dumps(found))


def _timed(fleet: Fleet, catalogue: Catalogue, lock: Lock, rounds: int) -> dict[str, object]:
    wall, cpu = [], []
    for _ in range(rounds):
        start = perf_counter(), process_time()
        plan = build_plan(fleet, catalogue, lock)
        wall.append(perf_counter() - start[0])
        cpu.append(process_time() - start[1])
    deployments = sum(len(each.workloads) for each in plan.classes)
    proofs = sum(len(each.proofs) for each in plan.classes)
    return {"deployments": deployments, "proofs": proofs, "wall": wall, "cpu": cpu}


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
