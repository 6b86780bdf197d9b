"""What every tier is: a name, and a function from named tensors to named tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

Tensors = Mapping[str, NDArray[Any]]


class TierFault(Exception):
    """A tier that cannot be had or did not answer; the text says why."""


class Tier(Protocol):
    """A way to answer."""

    @property
    def name(self) -> str:
        """What answers and metrics call it."""
        ...

    @property
    def digest(self) -> str:
        """The digest of what answers: a model's, or a rule's file."""
        ...

    def run(self, inputs: Tensors) -> Tensors:
        """The answer to one batch. May raise anything; whoever asks takes it as a fault of the tier."""
        ...

    def stop(self) -> None:
        """Ask a run that goes on too long to end."""
        ...
