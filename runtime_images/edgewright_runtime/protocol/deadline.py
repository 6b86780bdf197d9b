"""When an answer is of no use any more."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import Any

from edgewright_runtime.protocol.fault import RequestFault


def deadline_of(parameters: Mapping[str, Any]) -> float:
    """On the monotonic clock; `timeout` is in microseconds, as Triton has it. Raises RequestFault."""
    timeout = parameters.get("timeout")
    if timeout is None or timeout == 0:
        return float("inf")
    if type(timeout) is not int or timeout < 0:
        raise RequestFault("`timeout` has to be a whole number of microseconds")
    return monotonic() + timeout / 1e6
