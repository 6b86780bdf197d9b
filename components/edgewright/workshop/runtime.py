"""Questions to a model, answered by ONNX Runtime in a process of its own (see `onnx_process`)."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from edgewright.errors import FieldPath, Finding, FleetError

_PACKAGES = ("numpy", "onnxruntime")
_MAKING_PACKAGES = (*_PACKAGES, "onnx")
_SOURCE_ROOT = Path(__file__).absolute().parents[2]

# ONNX Runtime's name for itself, its error codes, and the paths of the machine that it was built on.
_NOISE = re.compile(r"\[ONNXRuntimeError\] : \d+ : \w+ : |/\S*onnxruntime\S*:\d+ |[\x00-\x20]+")

_KINDS = {
    "model": (
        "model-unreadable",
        "`{}` cannot be used: {}",
        "export it anew, so that onnx.checker and ONNX Runtime take it",
    ),
    "golden": (
        "golden-unreadable",
        "`{}` is no golden set: {}",
        "write it with numpy.savez: `inputs` (count, …), `labels` (count,) and, for inputs in bytes, `scale`",
    ),
    "mismatch": (
        "golden-mismatch",
        "the golden set does not fit `{}`: {}",
        "make it for this model: what one request carries, and the number of the class it should answer",
    ),
    "servable": (
        "model-not-servable",
        "`{}` cannot be served: {}",
        "export it with tensors only (from scikit-learn: with zipmap=False)",
    ),
    "calibration": (
        "calibration-unreadable",
        "`{}` is no calibration set: {}",
        "write it with numpy.savez: `inputs` (count, …) and, for inputs in bytes, `scale`",
    ),
    "misfit": (
        "calibration-mismatch",
        "the calibration set does not fit `{}`: {}",
        "make it for this model: an array for each tensor that it reads, with what a request carries",
    ),
    "making": (
        "cannot-quantise",
        "no variant can be made out of `{}`: {}",
        "export the source anew, or make the variant yourself and name its file in `source`",
    ),
    "runtime": (
        "tool-missing",
        "looking into `{}` needs ONNX Runtime: {}",
        "install it: pip install 'edgewright[models]'",
    ),
}

_FILES = {"golden": "golden", "calibration": "data"}
"""Fault ⇒ which file of the request is at fault, where it is not the model."""


def ask(task: str, model: Path, seconds: int, field: FieldPath, **request: str | bool) -> dict[str, Any]:
    """The answer of `onnx_process` about a model.

    Raises FleetError with one finding at `field` where there is none within `seconds`.
    """
    needed = _MAKING_PACKAGES if task == "make" else _PACKAGES
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        raise failure("runtime", model.name, f"{' and '.join(missing)} not installed", field)
    answer = _answer(model, {"task": task, "model": model.name, "seconds": seconds, **request})
    if "fault" in answer:
        about = request.get(_FILES.get(answer["fault"], ""), model)
        raise failure(answer["fault"], Path(str(about)).name, answer["message"], field)
    return answer


def failure(kind: str, name: str, message: str, field: FieldPath) -> FleetError:
    """The finding for a fault (see `fault`) of the file `name`."""
    rule, text, remedy = _KINDS[kind]
    return FleetError([Finding(rule, "error", text.format(_plain(name), _plain(message)), remedy, field)])


def _plain(text: str) -> str:
    """Text from a file or from the runtime, as one short line that a terminal may show."""
    line = _NOISE.sub(" ", text).strip()
    line = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line)
    return line if len(line) <= 300 else f"{line[:299]}…"


def _answer(model: Path, request: dict[str, Any]) -> dict[str, Any]:
    if not model.parent.is_dir():
        return {"fault": "model", "message": "there is no such folder"}
    command = [sys.executable, "-P", "-m", "edgewright.workshop.onnx_process", json.dumps(request)]
    try:
        ended = subprocess.run(
            command,
            cwd=model.parent,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=request["seconds"],
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"fault": "model", "message": f"no answer within {request['seconds']} s"}
    if ended.returncode < 0:
        name = signal.Signals(-ended.returncode).name
        return {"fault": "model", "message": f"it crashes ONNX Runtime ({name})"}
    if ended.returncode > 0:
        return {"fault": "model", "message": f"what reads it ended with code {ended.returncode}"}
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer


def _environment() -> dict[str, str]:
    """This process's, with this package in reach, one thread for linear algebra, and one order of sets."""
    found = [str(_SOURCE_ROOT), os.environ.get("PYTHONPATH", "")]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    order = {"PYTHONHASHSEED": "0"}  # ONNX Runtime's tools walk through sets of names
    return {**os.environ, **threads, **order, "PYTHONPATH": os.pathsep.join(filter(None, found))}
