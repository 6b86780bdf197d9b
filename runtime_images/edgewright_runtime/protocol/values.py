"""Values out of JSON, or of what gRPC has in its place, held against what they have to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from edgewright_runtime.protocol.fault import RequestFault


def given(values: Mapping[str, Any], name: str, otherwise: Any) -> Any:
    """What is there under a name. Many clients write null for what they leave out. Raises RequestFault."""
    value = values.get(name)
    if value is None:
        return otherwise
    return mapping_of(value, name) if name == "parameters" else value


def mapping_of(value: Any, what: str) -> dict[str, Any]:
    """An object. Raises RequestFault."""
    if not isinstance(value, dict):
        raise RequestFault(f"{what} has to be an object")
    return value


def text_of(value: Any, what: str) -> str:
    """A string that is no novel. Raises RequestFault."""
    if not isinstance(value, str) or len(value) > 1024:
        raise RequestFault(f"`{what}` has to be a string of at most 1,024 characters")
    return value


def no_shared_memory(name: str, parameters: Mapping[str, Any]) -> None:
    """Raise RequestFault where a tensor lies in shared memory, which a container has not in common with others."""
    if "shared_memory_region" in parameters:
        raise RequestFault(f"`{name}` is in shared memory, which this server does not offer: send its data")


def listed(names: Iterable[str]) -> str:
    """Names as a sentence has them."""
    return ", ".join(f"`{name}`" for name in names)
