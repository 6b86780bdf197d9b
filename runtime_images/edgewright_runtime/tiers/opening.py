"""A tier as the configuration has it ⇒ the tier, opened; and what it is warmed up with."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgewright_runtime.config import Config, Tensor, TierConfig
from edgewright_runtime.protocol.datatypes import DTYPES
from edgewright_runtime.protocol.request import signature_of
from edgewright_runtime.tiers.rule import load_rule
from edgewright_runtime.tiers.tier import Tensors, Tier, TierFault


def open_tier(config: Config, tier: TierConfig) -> Tier:
    """The tier, ready to be asked. Raises TierFault."""
    if tier.rule is not None:
        return load_rule(tier.name, tier.rule, [each.name for each in signature_of(config).outputs])
    assert tier.model is not None
    from edgewright_runtime.tiers.onnx import cores, open_session

    threads = config.threads or max(1, cores() // config.concurrency)
    if tier.backend == "tensorrt" and config.engine_cache is not None:
        from edgewright_runtime.tiers.tensorrt import open_with_engine

        inputs = [warm_up_inputs(config, batch) for batch in (1, config.max_batch)]
        return open_with_engine(tier.name, tier.model, config.engine_cache, config.max_batch, inputs, threads)
    if tier.backend == "onnxruntime-cpu" and config.engine_cache is not None:
        from edgewright_runtime.tiers.optimised import open_optimised

        cache = config.engine_cache
        return open_optimised(tier, cache.folder, cache.size, warm_up_inputs(config), threads)
    return open_session(tier.name, tier.backend, tier.model, threads)


def warm_up_inputs(config: Config, batch: int = 1) -> Tensors:
    """Inputs of the model's shapes, the same each time: zeros would let sparse paths look fast."""
    promised = config.promised
    if promised is None:
        return {}
    return {tensor.name: _filled(tensor, batch) for tensor in promised.inputs}


def _filled(tensor: Tensor, batch: int) -> NDArray[Any]:
    if tensor.datatype not in DTYPES:
        raise TierFault(f"`{tensor.name}` is {tensor.datatype}, which this server cannot represent")
    shape = [batch if at == 0 and size == -1 else max(size, 1) for at, size in enumerate(tensor.shape)]
    dtype = DTYPES[tensor.datatype]
    if dtype.kind == "O":
        return np.full(shape, b"0", dtype=object)  # a model that reads numbers takes it too
    ramp = np.arange(np.prod(shape, dtype=np.int64)) % 2 if dtype.kind in "biu" else None
    values = np.linspace(0, 1, int(np.prod(shape, dtype=np.int64))) if ramp is None else ramp
    return values.astype(dtype).reshape(shape)
