"""Hold predicted memory against the measured peak of ONNX Runtime, and write the table of docs/memory.md.

    python tools/memory/measure.py            # measures everything and writes the table
    python tools/memory/measure.py FILE 8     # one model at one batch size, in this process, as JSON
    python tools/memory/measure.py FILE 8 2   # two batches at the same time

A session is made with the runtime's defaults and one thread, and run three times on ones; the peak is
VmHWM of /proc/self/status. The base is that of the same process with a session of one node, before.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgewright.artifact.lock import LockedMemory

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "memory.md"
BATCHES = (1, 8)
RUNS = 3
BEGIN, END = "<!-- table: written by tools/memory/measure.py -->", "<!-- end of the table -->"

_KINDS = {"tensor(float)": "float32", "tensor(float16)": "float16", "tensor(int64)": "int64"}

# The bytes of a model of one node, y = Relu(x), so that the base has a session in it.
_TINY = bytes.fromhex(
    "08083a350a0c0a0178120179220452656c751201675a100a0178120b0a09080112050a0312016e62100a0179"
    "120b0a09080112050a0312016e42040a001011"
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Bytes: of the process before the model, and at its peak with it."""

    base: int
    peak: int


def peak() -> int:
    """The most bytes of memory that this process has had so far."""
    line = next(each for each in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in each)
    return int(line.split()[1]) * 1024


def here(model: Path, batch: int, concurrency: int = 1) -> Measured:
    """A model measured in this process."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import numpy as np
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1

    def used(source: Path | bytes) -> None:
        session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        given: dict[str, Any] = {}
        for each in session.get_inputs():
            shape = [size if isinstance(size, int) else batch for size in each.shape]
            given[each.name] = np.ones(shape, _KINDS[each.type])
        session.run(None, given)
        _at_once(concurrency, lambda: session.run(None, given))

    used(_TINY)
    base = peak()
    used(model)
    return Measured(base, peak())


def _at_once(concurrency: int, run: Callable[[], object]) -> None:
    """What is left of the runs, in so many threads that begin each of them together."""
    together = threading.Barrier(concurrency)

    def runs() -> None:
        for _ in range(RUNS - 1):
            together.wait()
            run()

    threads = [threading.Thread(target=runs) for _ in range(concurrency)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def measured(model: Path, batch: int, concurrency: int = 1) -> Measured:
    """A model measured in a process of its own."""
    command = [sys.executable, __file__, str(model), str(batch), str(concurrency)]
    ended = subprocess.run(command, capture_output=True, check=True, text=True)
    return Measured(**json.loads(ended.stdout))


def memory_of(model: Path) -> LockedMemory:
    """What `edgewright lock` finds of a model."""
    from edgewright.workshop.inspect import inspect

    return inspect(model).memory


def predicted(memory: LockedMemory, batch: int, base: int, concurrency: int = 1) -> int:
    """The peak by the plan's formula, on a base."""
    from edgewright.plan.footprint import session_bytes

    found = session_bytes(memory, batch, concurrency)
    assert found is not None
    return base + found


def _rows(folder: Path) -> Iterator[str]:
    from graphs import all_graphs

    for name, model in all_graphs(ROOT, folder):
        memory = memory_of(model)
        for batch in BATCHES:
            found = measured(model, batch)
            said = predicted(memory, batch, found.base)
            figures = (found.base, found.peak, said)
            shown = " | ".join(f"{each / 1e6:.1f}" for each in figures)
            yield f"| {name} | {batch} | {shown} | {said / found.peak:.2f} |"


def main() -> None:
    """Measure everything, or one model."""
    if len(sys.argv) > 1:
        found = here(Path(sys.argv[1]), *map(int, sys.argv[2:]))
        sys.stdout.write(json.dumps({"base": found.base, "peak": found.peak}))
        return
    with tempfile.TemporaryDirectory() as folder:
        rows = list(_rows(Path(folder)))
    about = (
        f"ONNX Runtime {version('onnxruntime')}, NumPy {version('numpy')}, Python {platform.python_version()}"
    )
    head = f"{about}, {platform.machine()}, glibc {platform.libc_ver()[1]}; one thread; megabytes of 10^6 bytes.\n"
    table = [
        "| model | batch | base | measured peak | predicted | ratio |",
        "| --- | --: | --: | --: | --: | --: |",
    ]
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    text = "\n".join([head, *table, *rows])
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
