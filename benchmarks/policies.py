"""Kyverno's command-line tool over the example's policies: how long a pod takes, by how many there are.

python policies.py COUNT FOLDER writes that many pods, and the gateways' policies that ask no registry, as
`kyverno apply` and `kyverno test` read them.
"""

from __future__ import annotations

import copy
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any, Final

from figures import cpu, mebibytes, median, milliseconds, seconds, table, wall
from process import Run, measure

ROOT: Final = Path(__file__).parents[1]
KYVERNO: Final = ROOT / "build" / "tools" / "kyverno"
_PODS: Final = (1, 50, 200)
_POLICIES: Final = 6
_FILES: Final = [f"policy{number}.yaml" for number in range(_POLICIES)]
_COMMANDS: Final = {
    "kyverno test": ["test", "."],
    "kyverno apply": ["apply", *_FILES, "-r", "pods.yaml", "-f", "values.yaml"],
}


def policies(rounds: int, at: Path) -> str:
    """A table: `kyverno test` and `kyverno apply` for more and more pods, and `edgewright test` as a whole."""
    rows = [row for name, command in _COMMANDS.items() for row in _rows(name, command, rounds, at)]
    whole = [sys.executable, "-m", "edgewright", "test"]
    runs = [measure(whole, at / "said", cwd=ROOT) for _ in range(rounds)]
    rows.append(["edgewright test, the example", "", seconds(wall(runs)), "", mebibytes(runs)])
    return table(["command", "pods", "time", "CPU for a further pod", "peak memory"], rows)


def _rows(name: str, command: list[str], rounds: int, at: Path) -> list[list[str]]:
    """A row for each number of pods; what a further one takes is told in processor time, by the first row."""
    rows, first = [], 0.0
    for count in _PODS:
        runs = _runs(command, count, rounds, at)
        first = first or median(cpu(runs))
        further = milliseconds((median(cpu(runs)) - first) / (count - 1)) if count > 1 else ""
        rows.append(
            [f"{name}, {_POLICIES} policies", str(count), seconds(wall(runs)), further, mebibytes(runs)]
        )
    return rows


def _runs(command: list[str], count: int, rounds: int, at: Path) -> list[Run]:
    folder = at / f"pods{count}"
    if not folder.is_dir():
        # In a process of its own: what it reads would count as this one's memory.
        measure([sys.executable, __file__, str(count), str(folder)], at / f"made{count}")
    return [measure([KYVERNO, *command], at / "said", cwd=folder) for _ in range(rounds)]


def write(count: int, folder: Path) -> None:
    """A folder with so many pods of the gateways, their policies, and a kyverno-test.yaml: all of them pass."""
    from edgewright.assembly import assemble
    from edgewright.document.emit import emit_documents
    from edgewright.policy_test.asked import asks_a_registry
    from edgewright.policy_test.subjects import namespaces_of, policies_of, subjects_of

    made = assemble(ROOT / "fleet.yaml", today=date(2026, 11, 1), unlocked=True).manifests
    mine = [each for each in made if each.path.startswith("gateway/")]
    (subject,) = subjects_of(mine)
    bodies = [each.body for each in policies_of(mine) if not asks_a_registry(each.body)][:_POLICIES]
    folder.mkdir(parents=True)
    for number, body in enumerate(bodies):
        (folder / f"policy{number}.yaml").write_text(emit_documents([body]))
    pods = [_named(subject.pod, f"pod{number}") for number in range(count)]
    (folder / "pods.yaml").write_text(emit_documents(pods))
    labels = [{"name": name, "labels": each} for name, each in namespaces_of(mine).items()]
    values = {"apiVersion": "cli.kyverno.io/v1alpha1", "kind": "Values", "namespaceSelector": labels}
    (folder / "values.yaml").write_text(json.dumps(values))
    (folder / "kyverno-test.yaml").write_text(json.dumps(_test(bodies, pods)))


def _named(pod: dict[str, Any], name: str) -> dict[str, Any]:
    named = copy.deepcopy(pod)
    named["metadata"]["name"] = name
    return named


def _test(bodies: list[dict[str, Any]], pods: list[dict[str, Any]]) -> dict[str, Any]:
    names = [pod["metadata"]["name"] for pod in pods]
    wanted = [
        {
            "policy": body["metadata"]["name"],
            "kind": "Pod",
            "resources": names,
            "result": "pass",
            "isValidatingPolicy": True,
        }
        for body in bodies
    ]
    return {
        "apiVersion": "cli.kyverno.io/v1alpha1",
        "kind": "Test",
        "metadata": {"name": "pods"},
        "policies": [f"policy{number}.yaml" for number in range(len(bodies))],
        "resources": ["pods.yaml"],
        "variables": "values.yaml",
        "results": wanted,
    }


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))
