"""The TensorRT tier: ONNX Runtime's provider with an engine that is kept over restarts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from edgewright_runtime.config import BoundedFolder, PromisedModel
from edgewright_runtime.engines import (
    EngineKey,
    cache_options,
    emptied,
    forget_timings,
    gpu_of_device,
    make_room,
    precision_options,
    prepared,
    sealed,
    tensorrt_version,
)
from edgewright_runtime.tiers.onnx import OnnxTier, open_session
from edgewright_runtime.tiers.tier import Tensors, TierFault


def open_with_engine(
    name: str,
    model: PromisedModel,
    cache: BoundedFolder,
    max_batch: int,
    inputs: Sequence[Tensors],
    threads: int,
) -> OnnxTier:
    """The tier with the engine of this model and GPU; where none is there, it is built, which takes minutes.

    `inputs` are asked before an engine counts as whole. Where the cache cannot be written, the engine is built for
    this start alone. Raises TierFault.
    """
    options = precision_options(model.precision) | _profiles(model, max_batch)

    def opened(folder: Path | None) -> OnnxTier:
        kept = cache_options(cache.folder, folder) if folder else {}
        return open_session(name, "tensorrt", model, threads, options | kept)

    try:
        key = EngineKey(model.digest, gpu_of_device(), tensorrt_version(), model.precision)
    except OSError as error:
        raise TierFault(str(error)) from error
    try:
        folder, whole = prepared(cache.folder, key)
        if whole:
            # What is somebody else's in spite of its key, ONNX Runtime does not build anew.
            with suppress(TierFault):
                return opened(folder)
            emptied(folder)
        tier = _built(partial(opened, folder), cache.folder, inputs)
        made = any(folder.glob("*.engine"))
    except OSError:  # the volume is full or read-only
        return opened(None)
    if not made:
        # ONNX Runtime gives what TensorRT does not take to the CPU, without a word and under this tier's name.
        raise TierFault(
            "TensorRT takes no part of the model, which for INT8 has to be quantised symmetrically"
        )
    with suppress(OSError):
        sealed(folder, key)
        make_room(cache.folder, cache.size, folder)
    return tier


def _built(opened: Callable[[], OnnxTier], cache: Path, inputs: Sequence[Tensors]) -> OnnxTier:
    """The tier once it has answered; tried again without earlier timings where these may be why it fails."""
    try:
        return _asked(opened(), inputs)
    # A build comes with the first inputs of its shape, and ONNX Runtime's own classes of exceptions with it.
    except Exception:
        if not forget_timings(cache):
            raise
        return _asked(opened(), inputs)


def _asked(tier: OnnxTier, inputs: Sequence[Tensors]) -> OnnxTier:
    for each in inputs:
        tier.run(each)
    return tier


def _profiles(model: PromisedModel, max_batch: int) -> dict[str, str]:
    """The smallest and the largest batch that an engine is built for; one engine then serves all between.

    Only where the batch is all that varies: what else may vary, TensorRT learns from the inputs.
    """
    if any(-1 in tensor.shape[1:] or tensor.shape[:1] != (-1,) for tensor in model.inputs):
        return {}

    def shapes(batch: int) -> str:
        return ",".join(
            f"{tensor.name}:{'x'.join(map(str, (batch, *tensor.shape[1:])))}" for tensor in model.inputs
        )

    return {
        "trt_profile_min_shapes": shapes(1),
        "trt_profile_opt_shapes": shapes(max_batch),
        "trt_profile_max_shapes": shapes(max_batch),
    }
