"""Tiers of ONNX Runtime: one session of one execution provider, which has to be the one that was asked for."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # else the wheel looks up hosts and writes into the home folder

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from edgewright_runtime.config import PromisedModel
from edgewright_runtime.tiers.tier import Tensors, TierFault

PROVIDERS: Final = {
    "tensorrt": "TensorrtExecutionProvider",
    "onnxruntime-cuda": "CUDAExecutionProvider",
    "onnxruntime-openvino": "OpenVINOExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "onnxruntime-cpu": "CPUExecutionProvider",
}
"""Backend of fleet.yaml ⇒ execution provider."""

_CPU: Final = "CPUExecutionProvider"


@dataclass(slots=True)
class OnnxTier:
    """A session that is open."""

    name: str
    digest: str
    session: Any
    outputs: tuple[str, ...]
    _options: Any = field(default_factory=ort.RunOptions)

    def __copy__(self) -> OnnxTier:
        """Of the same session, and stopped for itself."""
        return OnnxTier(self.name, self.digest, self.session, self.outputs)

    def run(self, inputs: Tensors) -> Tensors:
        """What the model says."""
        given = {name: _text(array) if array.dtype.kind == "O" else array for name, array in inputs.items()}
        found = self.session.run(self.outputs, given, self._options)
        return dict(zip(self.outputs, found, strict=True))

    def stop(self) -> None:
        """End the run that goes on, at the next node of the graph, and any that would follow."""
        self._options.terminate = True


def _text(array: NDArray[Any]) -> NDArray[Any]:
    """Bytes as strings: ONNX Runtime takes what `str` makes of any other object, which for b"a" is "b'a'"."""
    text = np.empty(array.shape, dtype=object)
    text.ravel()[:] = [each.decode() if isinstance(each, bytes) else each for each in array.ravel()]
    return text


@dataclass(frozen=True, slots=True)
class Graph:
    """The file of a graph as ONNX Runtime optimised it, in its own format: read where it is made, else written.

    https://onnxruntime.ai/docs/performance/model-optimizations/ort-format-models.html
    """

    file: Path
    is_made: bool

    def told(self, options: Any) -> Any:
        """The options of a session that reads or writes it."""
        if self.is_made:
            options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL  # it is done
            options.add_session_config_entry("session.load_model_format", "ORT")
        else:
            options.optimized_model_filepath = str(self.file)
            options.add_session_config_entry("session.save_model_format", "ORT")
        return options


def open_session(
    name: str,
    backend: str,
    model: PromisedModel,
    threads: int,
    provider_options: dict[str, str] | None = None,
    graph: Graph | None = None,
) -> OnnxTier:
    """The tier of a model on a backend. Raises TierFault where another provider than the backend's would answer.

    ONNX Runtime falls back to the CPU without a word; a tier that does so would lie about its name.
    """
    provider = PROVIDERS.get(backend)
    if provider is None:
        raise TierFault(f"this server has no backend `{backend}`")
    if provider not in ort.get_available_providers():
        raise TierFault(f"this build of ONNX Runtime has no {provider}")
    try:
        session = ort.InferenceSession(
            str(graph.file if graph is not None and graph.is_made else model.files[0].file),
            _options(threads) if graph is None else graph.told(_options(threads)),
            providers=[(provider, provider_options or _provider_options(backend, threads))],
            # Else ONNX Runtime opens the model again on the CPU, now or when a run fails, and the tier's name lies.
            enable_fallback=0,
        )
    except Exception as error:  # ONNX Runtime's own classes derive from no common one
        raise TierFault(_one_line(error)) from error
    if session.get_providers()[0] != provider:
        raise TierFault(f"{provider} was asked for, and {session.get_providers()[0]} would answer")
    return OnnxTier(name, model.digest, session, tuple(_outputs(session, model)))


def _provider_options(backend: str, threads: int) -> dict[str, str]:
    """What a provider is told beside its defaults.

    CUDA: an arena that doubles takes what others of the device need, and an exhaustive search for the quickest
    convolution takes seconds for each batch size that comes for the first time, while requests wait.
    OpenVINO: it does not look at the session's threads, and takes a thread for each core of the device.
    https://onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html, …/OpenVINO-ExecutionProvider.html
    """
    if backend == "onnxruntime-cuda":
        return {"arena_extend_strategy": "kSameAsRequested", "cudnn_conv_algo_search": "HEURISTIC"}
    if PROVIDERS[backend] == PROVIDERS["openvino"]:
        return {
            "device_type": "CPU",
            "load_config": json.dumps({"CPU": {"INFERENCE_NUM_THREADS": str(threads)}}),
        }
    return {}


def runtime_version() -> str:
    """The version of ONNX Runtime, as 1.32.0."""
    version: str = ort.__version__
    return version


def _options(threads: int) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what goes wrong is raised, and told of where it is caught
    # Threads that spin while they wait would eat the cores that other pods of the device have.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _outputs(session: Any, model: PromisedModel) -> Sequence[str]:
    """The outputs that were promised; the model has to have them, and the inputs."""
    given = {each.name for each in session.get_inputs()}, {each.name for each in session.get_outputs()}
    promised = {each.name for each in model.inputs}, {each.name for each in model.outputs}
    if given[0] != promised[0] or not promised[1] <= given[1]:
        raise TierFault(
            f"the model takes {sorted(given[0])} and gives {sorted(given[1])}, not what was promised"
        )
    return [each.name for each in model.outputs]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:400]


def cores() -> int:
    """How many cores this process may use: its cgroup's quota, at least 1."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        allowed = int(quota) / int(period)
    except (OSError, ValueError):  # "max": as many as there are
        allowed = float("inf")
    return max(1, int(min(allowed, len(os.sched_getaffinity(0)))))
