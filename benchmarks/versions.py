"""What was compared, by version, and the machine in general words."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

_PEERS: Final = """
import json
from importlib.metadata import version
names = ("cdk8s", "cdk8s-plus-32", "jsii", "kcl-lib")
print(json.dumps({name: version(name) for name in names}))
"""


def versions(peers_python: Path) -> dict[str, str]:
    """Name ⇒ version of everything that takes part."""
    found = {
        "edgewright": version("edgewright"),
        "pydantic": version("pydantic"),
        "python": platform.python_version(),
    }
    found |= json.loads(_said([str(peers_python), "-c", _PEERS]))
    if shutil.which("node"):
        found["node"] = _said(["node", "--version"]).removeprefix("v")
    if shutil.which("kubectl"):
        client = json.loads(_said(["kubectl", "version", "--client", "--output=json"]))
        found["kubectl"] = client["clientVersion"]["gitVersion"].removeprefix("v")
        found["kustomize"] = client["kustomizeVersion"].removeprefix("v")
    for name, words in (("oras", ("version",)), ("registry", ("--version",))):
        program = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        if program:
            found[name] = _version(_said([program, *words]))
    return found


def _version(said: str) -> str:
    """The first word that looks like a version."""
    return next(
        (word for word in said.split() if word.lstrip("v")[:1].isdigit()), "of unknown version"
    ).lstrip("v")


def machine() -> str:
    """Cores, memory and system; no maker's name, which would make the figures look exact."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB of memory, {platform.system()} on {platform.machine()}"


def load() -> str:
    """How busy the machine is: the mean number of processes that wanted to run in the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def _said(command: list[str]) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


if __name__ == "__main__":
    json.dump({"versions": versions(Path(sys.argv[1])), "machine": machine()}, sys.stdout)
