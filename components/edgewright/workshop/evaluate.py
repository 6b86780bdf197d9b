"""How good a model is on its golden set."""

from __future__ import annotations

from pathlib import Path

from edgewright.errors import FieldPath
from edgewright.workshop.runtime import ask

SECONDS = 900


def evaluate(model: Path, golden: Path, metric: str = "accuracy", field: FieldPath = ()) -> int:
    """The share of the golden set's labels that the model gives, in parts per million, rounded down.

    The largest score of the model's first output is its answer; one that is not a number is wrong. The
    figure is the same on every machine, save where two scores are equal but for their last bits: see
    `loading`. The golden set's format: see `golden`. Raises FleetError whose findings point at `field`:
    `model-unreadable`, `golden-unreadable`, `golden-mismatch`, `tool-missing`.
    """
    if metric != "accuracy":
        raise ValueError(f"no such metric: {metric}")
    answer = ask("evaluate", model, SECONDS, field, golden=str(golden.absolute()))
    return int(answer["right"]) * 1_000_000 // int(answer["count"])
