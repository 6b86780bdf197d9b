"""The CPU tier with a graph that was optimised before: what takes longest of a start is done once on a device."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Final

from edgewright_runtime.config import PromisedModel, TierConfig
from edgewright_runtime.engines import GraphKey, prepared, processor_of_device, sealed, size_of
from edgewright_runtime.tiers.onnx import Graph, OnnxTier, open_session, runtime_version
from edgewright_runtime.tiers.tier import Tensors, TierFault

BACKEND: Final = "onnxruntime-cpu"

LARGEST: Final = 64 << 20
"""Bytes of a model. Beyond, checking the digest of what was kept takes longer than it saves. Measured with ONNX
Runtime 1.32, milliseconds of processor time with the digest against without a cache: SqueezeNet (5 MiB) 9 and 11,
DenseNet-121 (31 MiB) 56 and 135, ResNet-50 (98 MiB) 169 and 122."""


def open_optimised(tier: TierConfig, cache: Path, size: int, inputs: Tensors, threads: int) -> OnnxTier:
    """The tier with the graph that lies in the cache, of at most `size` bytes; where none is there, it is put
    there once it answers `inputs` as the model does. Raises TierFault as `open_session` does.

    Nothing is removed to make room for it: an engine of TensorRT takes minutes, and this a second.
    """
    model = tier.model
    assert model is not None
    if len(model.files) == 1:
        try:
            graph = _kept(tier.name, model, cache, size, inputs, threads)
            if graph is not None:
                return open_session(tier.name, BACKEND, model, threads, graph=graph)
        except (OSError, TierFault):  # the volume is full or read-only, or the format cannot hold this graph
            pass
    return open_session(tier.name, BACKEND, model, threads)


def _kept(
    name: str, model: PromisedModel, cache: Path, size: int, inputs: Tensors, threads: int
) -> Graph | None:
    """The graph that is kept; None where there is no room, or nothing to win. Raises OSError or TierFault."""
    if model.files[0].file.stat().st_size > LARGEST:
        return None
    key = GraphKey(model.digest, processor_of_device(), runtime_version())
    folder, whole = prepared(cache, key)
    graph = Graph(folder / "model.ort", is_made=True)
    if whole:
        return graph
    try:
        _write(name, model, graph, inputs, threads)
        fits = size_of(cache) <= size
        if fits:
            sealed(folder, key)
    except (OSError, TierFault):
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if not fits:
        shutil.rmtree(folder, ignore_errors=True)
    return graph if fits else None


def _write(name: str, model: PromisedModel, graph: Graph, inputs: Tensors, threads: int) -> None:
    """Write the graph. Raises TierFault where it does not answer exactly as the model does."""
    before = open_session(name, BACKEND, model, threads, graph=replace(graph, is_made=False)).run(inputs)
    after = open_session(name, BACKEND, model, threads, graph=graph).run(inputs)
    if any(before[each].tobytes() != after[each].tobytes() for each in before):
        raise TierFault(f"the optimised graph of {model.files[0].file} answers otherwise")
