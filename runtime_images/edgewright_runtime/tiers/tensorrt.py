"""The TensorRT tier: ONNX Runtime's provider with an engine that is kept over restarts."""

from __future__ import annotations

from collections.abc import Sequence

from edgewright_runtime.config import BoundedFolder, PromisedModel
from edgewright_runtime.engines import (
    EngineKey,
    gpu_of_device,
    make_room,
    prepared,
    provider_options,
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

    `inputs` are asked before an engine counts as whole. Raises TierFault.
    """
    try:
        key = EngineKey(model.digest, gpu_of_device(), tensorrt_version(), model.precision)
    except OSError as error:
        raise TierFault(str(error)) from error
    folder, whole = prepared(cache.folder, key)
    options = provider_options(cache.folder, folder, model.precision) | _profiles(model, max_batch)
    tier = open_session(name, "tensorrt", model, threads, options)
    if not whole:
        for each in inputs:
            tier.run(each)
        sealed(folder, key)
        make_room(cache.folder, cache.size, folder)
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
