"""How the process that runs a model says that it cannot go on."""

from __future__ import annotations

from typing import Literal

Kind = Literal["model", "golden", "mismatch", "calibration", "misfit", "making", "runtime"]


class Fault(Exception):
    """What is at fault, and what about it: the model, the golden set, that the two do not belong together,
    the calibration set, that it is of another model, that a variant cannot be made, or the runtime."""

    def __init__(self, kind: Kind, message: str) -> None:
        self.kind = kind
        super().__init__(message)
