"""A Pulumi project in a folder of its own, driven by the real CLI with a backend of files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.small import ROOT, SMALLEST

TWO_CLASSES = SMALLEST.replace(
    "  kiosk: {board: intel-n100-8gb}\n",
    "  kiosk: {board: intel-n100-8gb}\n  gate: {board: raspberry-pi-5-8gb}\n",
)
PULUMI = shutil.which("pulumi")


@dataclass
class Project:
    """A project whose fleet has two classes; `run` calls the CLI in it."""

    base: Path

    @property
    def environment(self) -> dict[str, str]:
        """No account, no telemetry, the same day; of the machine only PATH."""
        return {
            "HOME": str(self.base / "home"),
            "PATH": os.environ["PATH"],
            "PULUMI_BACKEND_URL": f"file://{self.base / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_HOME": str(self.base / "pulumi-home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "SOURCE_DATE_EPOCH": "1793491200",
        }

    def run(
        self, *arguments: str, ok: bool | None = True, where: Path | None = None, **variables: str
    ) -> str:
        """What the CLI prints; `ok` says whether it has to succeed."""
        assert PULUMI
        command = [PULUMI, *arguments, "--non-interactive", "--color=never"]
        done = subprocess.run(
            command,
            cwd=where or self.base,
            env=self.environment | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        assert ok is None or (done.returncode == 0) == ok, done.stdout
        return done.stdout

    def up(self, *more: str, **options: Any) -> str:
        """`pulumi up` without a question."""
        return self.run("up", "--yes", "--skip-preview", *more, **options)

    def files(self, root: str = "rendered") -> dict[str, bytes]:
        """Every file below a folder, bookkeeping included."""
        top = self.base / root
        return {
            path.relative_to(top).as_posix(): path.read_bytes() for path in top.rglob("*") if path.is_file()
        }

    def rendered(self) -> dict[str, bytes]:
        """What `edgewright render` makes of the same fleet."""
        command = [sys.executable, "-m", "edgewright", "render", "--unlocked", "--out", "by-render"]
        subprocess.run(command, cwd=self.base, env=self.environment, check=True, capture_output=True)
        files = self.files("by-render")
        shutil.rmtree(self.base / "by-render")
        return files

    def state(self) -> str:
        """The stack's state as it lies on the disk."""
        return self.run("stack", "export")

    def resources(self) -> list[str]:
        """The names of what the state has, in order."""
        state = json.loads(self.state())
        return [each["urn"].rpartition("::")[2] for each in state["deployment"].get("resources", [])]

    def edit(self, old: str, new: str, file: str = "fleet.yaml") -> None:
        """Change the text of a file."""
        path = self.base / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


def new_project(base: Path, fleet: str = TWO_CLASSES) -> Project:
    """A project laid out as this repository is, with a stack `dev` selected."""
    project = Project(base)
    for folder in ("stacks", "state", "home", "pulumi-home"):
        (base / folder).mkdir()
    shutil.copy(ROOT / "Pulumi.yaml", base)
    shutil.copy(ROOT / "stacks" / "__main__.py", base / "stacks")
    (base / "fleet.yaml").write_text(fleet)
    (base / ".venv").symlink_to(Path(sys.prefix))
    (base / "stacks" / ".venv").symlink_to("../.venv")
    project.run("stack", "init", "dev")
    project.run("config", "set", "edgewright:unlocked", "true")
    return project
