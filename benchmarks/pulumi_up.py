"""How long `pulumi up` takes for 2 folders of 500 files, and with nothing to do, beside an empty program.

    python benchmarks/pulumi_up.py [ROUNDS]

Needs Pulumi's CLI and its Python language host on PATH. Prints seconds (the least of the rounds) and ratios;
the programs take turns, so that a busy machine is busy for all of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Final

EMPTY: Final = "import pulumi\n"
FOLDERS: Final = """\
from edgewright.program import KeptFolder

for part in ("a", "b"):
    KeptFolder("out", part, {f"{part}/{n}.yaml": f"kind: ConfigMap\\nv: {n}\\n" for n in range(500)}, {})
"""
PROJECT: Final = """\
name: bench
main: stacks/
runtime: {name: python, options: {virtualenv: .venv}}
"""


def project(base: Path, program: str) -> None:
    """A project with a stack in a folder of its own."""
    (base / "stacks").mkdir(parents=True)
    (base / "state").mkdir()
    (base / "Pulumi.yaml").write_text(PROJECT)
    (base / "stacks" / "__main__.py").write_text(program)
    (base / ".venv").symlink_to(sys.prefix)
    (base / "stacks" / ".venv").symlink_to("../.venv")
    pulumi(base, "stack", "init", "dev")


def pulumi(base: Path, *arguments: str) -> float:
    """Seconds that a call takes."""
    environment = os.environ | {
        "PULUMI_BACKEND_URL": f"file://{base / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    begin = perf_counter()
    command = ["pulumi", *arguments, "--non-interactive"]
    done = subprocess.run(command, cwd=base, env=environment, capture_output=True, text=True, check=False)
    seconds = perf_counter() - begin
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return seconds


def main(rounds: int) -> int:
    """0, or 1 where there is no CLI."""
    if shutil.which("pulumi") is None:
        print("there is no `pulumi` on PATH", file=sys.stderr)
        return 1
    times: dict[str, list[float]] = {"empty": [], "2 x 500 files": [], "nothing to do": []}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            empty, folders = Path(name, "empty"), Path(name, "folders")
            project(empty, EMPTY)
            project(folders, FOLDERS)
            up = ("up", "--yes", "--skip-preview")
            pulumi(empty, *up)
            times["2 x 500 files"].append(pulumi(folders, *up))
            times["empty"].append(pulumi(empty, *up))
            times["nothing to do"].append(pulumi(folders, *up))
    least = {what: min(each) for what, each in times.items()}
    for what, seconds in least.items():
        print(f"{what:<14} {seconds:6.2f} s  {seconds / least['empty']:5.2f} x")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
