"""How the process that runs a model says that it cannot go on."""

from __future__ import annotations

from typing import Literal

Kind = Literal["model", "golden", "mismatch", "runtime"]


class Fault(Exception):
    """What is at fault, and what about it: the model, the golden set, that the two do not belong together,
    or the runtime."""

    def __init__(self, kind: Kind, message: str) -> None:
        self.kind = kind
        super().__init__(message)
