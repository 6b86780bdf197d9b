"""A model's files checked, bounded and opened in ONNX Runtime, as the graph was written, on one thread.

Fused kernels differ from processor to processor, and a figure that goes into fleet.lock must not; so the
graph is not optimised here. Only `onnx_process` imports this: the runtime's C++ can end its process.
"""

from __future__ import annotations

import mmap
import resource
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from edgewright.workshop.bounds import bound
from edgewright.workshop.fault import Fault
from edgewright.workshop.onnx_file import NotOnnx, OnnxFile, read_onnx

LARGEST = (1 << 31) - 1
"""Bytes of an .onnx file: protobuf holds no more, and weights beyond it lie in files beside."""

MEMORY = 8 << 30
"""Bytes of address space beside the model's own, of which the runtime may hold several copies."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model that ONNX Runtime takes. `external` are the files of weights, relative to the model's folder;
    `size` is that of all files, in bytes; `session` is an onnxruntime.InferenceSession."""

    said: OnnxFile
    external: tuple[str, ...]
    size: int
    session: Any


def load(path: Path) -> Loaded:
    """The model in a file; raises Fault where there is none."""
    said = _said(path)
    external = tuple(str(PurePosixPath(name)) for name in said.external)
    size = path.stat().st_size + sum(_weights_size(path, name) for name in external)
    bound(resource.RLIMIT_AS, MEMORY + 6 * size)
    return Loaded(said, external, size, plain_session(path))


def _said(path: Path) -> OnnxFile:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise Fault("model", "it is no file")
        if not 0 < found.st_size <= LARGEST:
            raise Fault("model", f"it has {found.st_size:,} bytes, and 1 to {LARGEST:,} can be a model")
        with path.open("rb") as file:  # the map is closed with its last view
            return read_onnx(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))
    except NotOnnx as reason:
        raise Fault("model", str(reason)) from reason
    except OSError as reason:
        raise Fault("model", reason.strerror or "it cannot be read") from reason


def _weights_size(path: Path, name: str) -> int:
    """Bytes of a file of weights. It must lie beside the model or below: that folder is what is packed."""
    folder = path.parent.resolve()
    weights = folder / name
    if ".." in weights.parts or "\0" in name or not weights.resolve().is_relative_to(folder):
        raise Fault("model", f"its file of weights `{name}` lies outside the model's folder")
    if not weights.is_file():
        raise Fault("model", f"its file of weights `{name}` is not there")
    return weights.stat().st_size


def plain_session(model: Path | bytes) -> Any:
    """A session of a model as its graph was written; raises Fault where the runtime does not take it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"], enable_fallback=0
        )
    except MemoryError:
        raise
    except Exception as reason:  # whatever the runtime's C++ throws
        raise Fault("model", str(reason)) from reason
