"""How long a model takes on this machine. Only `onnx_process` imports this."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from edgewright.workshop.fault import Fault
from edgewright.workshop.scoring import TYPES

_RUNS = 200
_LEAST = 10
_SECONDS = 2.0
_WARM_UP = 5


def latency_of(model: Path) -> int | None:
    """Microseconds of one input on one thread, the median of up to 200 runs, in a session as it is served.

    None where an input has an open dimension beside its first: nobody knows how large a request is.
    """
    session = _session(model)
    inputs = {}
    for each in session.get_inputs():
        if each.type not in TYPES or any(not isinstance(size, int) for size in each.shape[1:]):
            return None
        shape = [size if isinstance(size, int) else 1 for size in each.shape]
        count = int(np.prod(shape, dtype=np.int64))
        inputs[each.name] = np.linspace(0, 1, count).astype(TYPES[each.type]).reshape(shape)
    try:
        return round(median(_times(session, inputs)) * 1e6)
    except Exception as reason:  # whatever the runtime's C++ throws
        raise Fault("model", str(reason)) from reason


def _times(session: Any, inputs: dict[str, Any]) -> list[float]:
    for _ in range(_WARM_UP):
        session.run(None, inputs)
    times: list[float] = []
    while len(times) < _LEAST or (len(times) < _RUNS and sum(times) < _SECONDS):
        started = perf_counter()
        session.run(None, inputs)
        times.append(perf_counter() - started)
    return times


def _session(model: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as reason:  # whatever the runtime's C++ throws
        raise Fault("model", str(reason)) from reason
