"""The same Deployments by every tool, each as a process of its own, turn and turn about."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from figures import TIMES, cpu, mebibytes, seconds, table, times, wall
from process import Failed, Run, measure

HERE: Final = Path(__file__).parent
PROGRAMS: Final = HERE / "programs"
PEERS_PYTHON: Final = HERE / ".venv" / "bin" / "python"
OURS: Final = "Edgewright, typed Python"


@dataclass(frozen=True, slots=True)
class Contestant:
    """A tool and how it is run; what it writes is in `result`, by default its stdout."""

    name: str
    command: Sequence[str | Path]
    output: Path
    result: Path
    needs: str = ""

    @property
    def missing(self) -> str:
        """The program that it needs and this machine lacks."""
        return self.needs if self.needs and shutil.which(self.needs) is None else ""


def contestants(count: int, folder: Path) -> list[Contestant]:
    """Everybody who takes part, ours first."""
    ours: list[str | Path] = [sys.executable, PROGRAMS / "edgewright_typed.py", str(count)]
    everyone = [_printing(OURS, ours, folder)]
    everyone.append(_printing("Edgewright, all five objects each", [*ours, "all"], folder))
    for name, program in (("KCL", "deployments.k"), ("KCL, untyped", "deployments_untyped.k")):
        command: list[str | Path] = [PEERS_PYTHON, PROGRAMS / "kcl.py", PROGRAMS / program, str(count)]
        everyone.append(_printing(name, command, folder))
    for name, program in (("cdk8s (Python)", "cdk8s_typed"), ("cdk8s (Python), untyped", "cdk8s_untyped")):
        target = folder / program
        command = [PEERS_PYTHON, PROGRAMS / f"{program}.py", str(count), target]
        result = target / "deployments.k8s.yaml"
        everyone.append(Contestant(name, command, folder / f"{program}.out", result, "node"))
    for name, files in (("kubectl kustomize, one file", 1), (f"kubectl kustomize, {count:,} files", count)):
        source = folder / f"kustomize-{files}"
        everyone.append(_printing(name, ["kubectl", "kustomize", source], folder, "kubectl"))
    return everyone


def _printing(name: str, command: Sequence[str | Path], folder: Path, needs: str = "") -> Contestant:
    output = folder / (name.replace(" ", "-").replace(",", "") + ".yaml")
    return Contestant(name, command, output, output, needs)


def write_kustomizations(documents: str, folder: Path, count: int) -> None:
    """The Deployments as files: all in one, and each in its own."""
    for parts in ([documents], documents.split("---\n")):
        source = folder / f"kustomize-{count if len(parts) > 1 else 1}"
        source.mkdir(parents=True, exist_ok=True)
        names = [f"{number:05}.yaml" for number in range(len(parts))]
        for name, text in zip(names, parts, strict=True):
            (source / name).write_text(text)
        (source / "kustomization.yaml").write_text("resources:\n" + "".join(f"- {name}\n" for name in names))


def compare(count: int, rounds: int, folder: Path) -> str:
    """The table of who took how long for `count` Deployments. Raises Failed where they are not the same."""
    everyone = contestants(count, folder)
    ours = everyone[0]
    measure(ours.command, ours.output)
    write_kustomizations(ours.output.read_text(), folder, count)
    able = [each for each in everyone if not each.missing]
    for each in able[1:]:  # a first run that is not counted: compiled modules, caches of the file system
        measure(each.command, each.output)
    _prove_same(count, able, folder)
    runs: dict[str, list[Run]] = {each.name: [] for each in able}
    for start in range(rounds):
        # Another one begins each time: who runs behind whom must not count.
        for each in [*able[start % len(able) :], *able[: start % len(able)]]:
            runs[each.name].append(measure(each.command, each.output))
    rows = [_row(each.name, runs[each.name], runs[OURS]) for each in able]
    rows += [[each.name, f"needs {each.missing}", *[""] * 4] for each in everyone if each.missing]
    ratio = f"{TIMES} ours"
    text = table([f"{count:,} Deployments", "wall", ratio, "user + sys", ratio, "peak"], rows)
    return f"{text}\n\n{_inside(runs)}"


def _prove_same(count: int, able: Sequence[Contestant], folder: Path) -> None:
    files = [each.result for each in able]
    measure([sys.executable, HERE / "same.py", str(count), *files], folder / "same.out")


def _row(name: str, runs: Sequence[Run], ours: Sequence[Run]) -> list[str]:
    return [
        name,
        seconds(wall(runs)),
        times(wall(runs), wall(ours)),
        seconds(cpu(runs)),
        times(cpu(runs), cpu(ours)),
        mebibytes(runs),
    ]


def _inside(runs: dict[str, list[Run]]) -> str:
    """What KCL's compiler takes without the process around it, which its own command would have too."""
    said = {
        name: [float(run.errors.split()[-1]) for run in each]
        for name, each in runs.items()
        if name.startswith("KCL")
    }
    return "Without the Python around it: " + "; ".join(
        f"{name} {seconds(values)}, {times(values, wall(runs[OURS]))}" for name, values in said.items()
    )


__all__ = ["Failed", "compare"]
