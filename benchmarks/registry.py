"""A gibibyte to a registry and back, by Edgewright's client and by oras, turn and turn about.

The registry is the real one (distribution), beside them on this machine, and empty at each push; so is the
folder at each pull. What was pulled is compared with what was pushed.
"""

from __future__ import annotations

import filecmp
import hashlib
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from figures import TIMES, cpu, mebibytes, seconds, table, times, wall
from process import Failed, Run, measure

PROGRAM: Final = Path(__file__).parent / "programs" / "edgewright_registry.py"
_PIECE: Final = 2**20
Words = Sequence[str | Path]


def round_trips(size: int, blobs: int, rounds: int, folder: Path) -> str:
    """A table of pushes and pulls of `blobs` files that have `size` bytes together."""
    source = folder / "source"
    _write(source, size, blobs)
    runs: dict[str, list[Run]] = {}
    tools = _tools()
    for number in range(-1, rounds):  # the first makes Python's compiled modules and is not counted
        for tool in [*tools[number % len(tools) :], *tools[: number % len(tools)]]:
            for what, run in _round_trip(tool, source, folder):
                runs.setdefault(f"{tool.__name__.strip('_')}, {what}", []).extend(
                    [run] if number >= 0 else []
                )
    return _table(runs)


def _tools() -> list[Callable[[str, str, Path], Words]]:
    return [_edgewright, *([_oras] if _beside_python("oras") else [])]


def _edgewright(what: str, repository: str, folder: Path) -> Words:
    return [sys.executable, PROGRAM, what, repository, folder]


def _oras(what: str, repository: str, folder: Path) -> Words:
    program = _beside_python("oras")
    assert program is not None
    reference = f"{repository}:v1"
    if what == "pull":
        return [program, "pull", "--plain-http", "--no-tty", "--output", folder, reference]
    # Named relative to the folder that it runs in, as oras wants it.
    files = [file.name for file in sorted(folder.iterdir())]
    return [program, "push", "--plain-http", "--no-tty", reference, *files]


def _round_trip(
    tool: Callable[[str, str, Path], Words], source: Path, folder: Path
) -> Iterator[tuple[str, Run]]:
    target = folder / "target"
    with _registry(folder / "registry") as address:
        for what, at in (("push", source), ("pull", target)):
            target.mkdir(exist_ok=True)
            command = tool(what, f"{address}/benchmarks/gibibyte", at)
            yield what, measure(command, folder / "said", cwd=at)
    names = [file.name for file in source.iterdir()]
    _, *others = filecmp.cmpfiles(source, target, names, shallow=False)
    if any(others):
        raise Failed(f"{tool.__name__} pulled something else than it pushed: {others}")
    shutil.rmtree(target)


@contextmanager
def _registry(folder: Path) -> Iterator[str]:
    """An empty registry on a free port, gone with all that it has."""
    program = _beside_python("registry")
    if program is None:
        raise Failed("the program `registry` is missing: make bench builds it")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    folder.mkdir(parents=True)
    config = {
        "version": "0.1",
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "storage")}},
        "http": {"addr": address},
    }
    (folder / "config.yml").write_text(json.dumps(config))
    command: list[str | Path] = [program, "serve", folder / "config.yml"]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            _wait(address)
            yield address
        finally:
            process.terminate()
    shutil.rmtree(folder)


def _wait(address: str) -> None:
    host, _, port = address.rpartition(":")
    for _ in range(300):
        with closing(socket.socket()) as tried:
            if tried.connect_ex((host, int(port))) == 0:
                return
        time.sleep(0.1)
    raise Failed(f"no registry answers at {address}")


def _beside_python(name: str) -> str | None:
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else shutil.which(name)


def _write(folder: Path, size: int, blobs: int) -> None:
    """Files whose bytes nothing can compress, the same each time."""
    folder.mkdir(parents=True)
    for number in range(blobs):
        with (folder / f"part-{number}").open("wb") as file:
            for piece in range(size // blobs // _PIECE):
                seed = hashlib.sha256(f"{number} {piece}".encode()).digest()
                file.write(hashlib.shake_128(seed).digest(_PIECE))


def _table(runs: dict[str, list[Run]]) -> str:
    rows = []
    for name, own in runs.items():
        ours = runs[f"edgewright, {name.rpartition(' ')[2]}"]
        rows.append(
            [name, seconds(wall(own)), times(wall(own), wall(ours)), seconds(cpu(own)), mebibytes(own)]
        )
    return table(["1 GiB", "wall", f"{TIMES} ours", "user + sys", "peak"], rows)
