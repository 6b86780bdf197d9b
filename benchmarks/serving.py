"""The same model behind several servers, one thread each: latency, throughput, start-up, memory.

usage: serving.py ROUNDS FOLDER; prints tables of Markdown. A process of its own: see process.py.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnx
import onnxruntime as ort

from asking import Line, binary_request, floats, json_request, throughput
from figures import TIMES, median, milliseconds, table
from process import Failed
from servers import KSERVE, MLSERVER, Running, kserve, mlserver, ours, running

LIGHT: Final = Path(onnx.__file__).parent / "backend/test/data/light/light_squeezenet.onnx"
SHAPE: Final = [1, 3, 224, 224]
CLIENTS: Final = 8
SECONDS: Final = 4.0
"""How long clients ask at once, each time."""
ASKED: Final = 40
"""Requests to each server in a round, by one client."""
IN_A_ROW: Final = 10
"""Requests to one server before it is the next one's turn."""
CORES: Final = len(os.sched_getaffinity(0))


def main() -> int:
    rounds, folder = int(sys.argv[1]), Path(sys.argv[2])
    try:
        print(serving(rounds, folder))
    except Failed as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


def write_model(file: Path) -> None:
    """onnx's own SqueezeNet with a batch that may vary; weights are no inputs, so that they are folded."""
    model = onnx.load(LIGHT)
    given = next(each for each in model.graph.input if each.name == "data_0")
    del model.graph.input[:]
    model.graph.input.append(given)
    for tensor in (model.graph.input[0], model.graph.output[0]):
        tensor.type.tensor_type.shape.dim[0].dim_param = "batch"
    onnx.save(model, file)


def serving(rounds: int, folder: Path) -> str:
    """All of it as Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / "squeezenet.onnx"
    write_model(model)
    image = np.random.default_rng(7).random(SHAPE, dtype=np.float32)
    binary, text = binary_request(SHAPE, image.tobytes()), json_request(SHAPE, image.ravel().tolist())
    with ExitStack() as stack:
        many = ours(model, folder / "many", f"Edgewright, {CORES} at once", at_once=CORES)
        found = [stack.enter_context(running(each)) for each in (ours(model, folder / "ours"), many)]
        if KSERVE.exists():
            found.append(stack.enter_context(running(kserve(model, folder))))
        if MLSERVER.exists():
            for workers in (0, CORES):
                found.append(stack.enter_context(running(mlserver(model, folder, workers))))
        first = _compared(found, _ways(found, binary, text), model, image, rounds)
    return f"{first}\n\n{_batches(model, folder, binary)}"


Way = tuple[str, Running, bytes]


def _ways(found: Sequence[Running], binary: bytes, text: bytes) -> list[Way]:
    """Each server and what it is sent: MLServer answers 500 to binary data."""
    speak_it = [each for each in found if not each.server.name.startswith("MLServer")]
    ways = [(f"{each.server.name}, binary", each, binary) for each in speak_it]
    return [*ways, *((f"{each.server.name}, JSON", each, text) for each in found)]


def _compared(found: Sequence[Running], ways: Sequence[Way], model: Path, image: Any, rounds: int) -> str:
    idle = {each.server.name: each.memory for each in found}
    bare = _bare(model, image)
    _prove_same(ways, bare())
    times = _latencies(ways, bare, rounds)
    rates = _rates(ways, rounds)
    best = max(median(each) for each in rates.values())
    rows = [["a bare session", *_latency(times[""], times[""]), "", "", "", ""]]
    for name, each, _ in ways:
        slower = f"{best / median(rates[name]):.1f}{TIMES}"
        memory = f"{idle[each.server.name] / 2**20:.0f} MiB"
        rate = f"{median(rates[name]):.1f}/s"
        rows.append([name, *_latency(times[name], times[""]), rate, slower, f"{each.start:.2f} s", memory])
    ratio = f"{TIMES} bare"
    head = [
        "SqueezeNet, one thread",
        "median",
        ratio,
        "fastest tenth",
        ratio,
        f"{CLIENTS} clients",
        "the best is",
    ]
    return table([*head, "start", "idle"], rows)


def _bare(model: Path, image: Any) -> Callable[[], Any]:
    """The model without any server: its first output, flat."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"data_0": image})[0].ravel()


def _latency(times: Sequence[float], bare: Sequence[float]) -> list[str]:
    """Median and fastest tenth, each with how many times the bare session's that is."""
    fast, bare_fast = (sorted(each)[len(each) // 10] for each in (times, bare))
    return [
        milliseconds(median(times)),
        f"{median(times) / median(bare):.2f}{TIMES}",
        milliseconds(fast),
        f"{fast / bare_fast:.2f}{TIMES}",
    ]


def _rates(ways: Sequence[Way], rounds: int) -> dict[str, list[float]]:
    """Answers a second by who gave them, turn and turn about."""
    found: dict[str, list[float]] = {name: [] for name, _, _ in ways}
    for _ in range(rounds):
        for name, each, request in ways:
            found[name].append(throughput(each.server.port, request, CLIENTS, SECONDS))
    return found


def _prove_same(ways: Sequence[Way], wanted: Any) -> None:
    """Every server gives the same answer, or nothing is measured."""
    for name, each, request in ways:
        line = Line(each.server.port)
        if not np.allclose(floats(line.ask(request)), wanted[:5], rtol=1e-3):
            raise Failed(f"{name} gives another answer")
        line.close()


def _latencies(ways: Sequence[Way], bare: Callable[[], Any], rounds: int) -> dict[str, list[float]]:
    """Seconds of each request by who answered; the bare session has no name."""
    asks: dict[str, Callable[[], Any]] = {"": bare}
    for name, each, request in ways:
        line = Line(each.server.port)
        asks[name] = lambda line=line, request=request: line.ask(request)  # type: ignore[misc]
    found: dict[str, list[float]] = {name: [] for name in asks}
    for turn in range(rounds * ASKED // IN_A_ROW + 1):
        for name, ask in asks.items():
            for _ in range(IN_A_ROW):
                started = time.perf_counter()
                ask()
                if turn:  # the first one warms up
                    found[name].append(time.perf_counter() - started)
    return found


def _batches(model: Path, folder: Path, request: bytes) -> str:
    """What larger batches bring, at so many clients."""
    rows = []
    for size in (1, 2, 4, 8):
        with running(ours(model, folder / f"batch-{size}", max_batch=size)) as each:
            throughput(each.server.port, request, CLIENTS, 1)
            rows.append([str(size), f"{throughput(each.server.port, request, CLIENTS, SECONDS):.1f}/s"])
    return table(["largest batch", f"{CLIENTS} clients"], rows)


if __name__ == "__main__":
    sys.exit(main())
