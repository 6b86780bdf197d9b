"""How large what goes into a model is, and what comes out."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import Final

from edgewright.artifact.lock import LockedVariant, Tensor
from edgewright.plan.plan import Deployed

_BYTES: Final = {
    "BOOL": 1, "UINT8": 1, "INT8": 1, "UINT16": 2, "INT16": 2, "FP16": 2, "BF16": 2,
    "UINT32": 4, "INT32": 4, "FP32": 4, "UINT64": 8, "INT64": 8, "FP64": 8,
}  # fmt: skip
"""Bytes of a number by its datatype in the Open Inference Protocol."""


def promised(deployed: Deployed) -> LockedVariant | None:
    """The form of the model by which a workload is described: that of the first tier that has one; None where
    nobody knows it yet."""
    return next((tier.locked for tier in deployed.tiers if tier.locked is not None), None)


def item_bytes(tensors: Iterable[Tensor]) -> int | None:
    """Bytes of these tensors in a batch of one; None where nobody knows, for texts and open dimensions."""
    amount = 0
    for tensor in tensors:
        inner = tensor.shape[1:] if tensor.shape[:1] == (-1,) else tensor.shape
        if tensor.datatype not in _BYTES or -1 in inner:
            return None
        amount += _BYTES[tensor.datatype] * prod(inner)
    return amount


def has_scores(tensors: tuple[Tensor, ...]) -> bool:
    """Whether the first of these outputs can be a row of scores for each input; the server looks at no other."""
    first = tensors[0] if tensors else None
    return first is not None and first.datatype in ("FP16", "FP32", "FP64") and len(first.shape) == 2
