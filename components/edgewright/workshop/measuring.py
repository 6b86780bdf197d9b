"""What a form of a model is like: how large, how fast here, how right, and how often it agrees with its source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgewright.artifact.lock import LockedVariant
from edgewright.errors import FieldPath
from edgewright.fleet import Evaluation
from edgewright.workshop.inspect import shape_of
from edgewright.workshop.runtime import ask

SECONDS = 900


@dataclass(frozen=True, slots=True)
class Measured:
    """`locked` is what fleet.lock would say of it, less digests; `latency` is microseconds of one input on
    one thread of this machine, `agreement` is in millionths. None: nobody knows.

    `classes` are what it says of the golden set's inputs.
    """

    locked: LockedVariant
    latency: int | None
    classes: tuple[int, ...] = ()
    agreement: int | None = None


def measure(file: Path, name: str, evaluation: Evaluation | None, folder: Path, field: FieldPath) -> Measured:
    """What is known of a form in a file; `name` is how it is told of. Raises FleetError as `inspect` does."""
    golden = str((folder / evaluation.golden).absolute()) if evaluation is not None else ""
    answer = ask("measure", file, SECONDS, field, golden=golden)
    shape = shape_of(file, answer, field)
    accuracy = answer["right"] * 1_000_000 // answer["count"] if golden else None
    locked = LockedVariant(
        file=name,
        digest="",
        size=shape.size,
        artifacts={},
        precision=shape.precision,
        inputs=shape.inputs,
        outputs=shape.outputs,
        accuracy=accuracy,
        memory=shape.memory,
    )
    return Measured(locked, answer["microseconds"], tuple(answer.get("classes", ())))


def agreement(one: tuple[int, ...], other: tuple[int, ...]) -> int | None:
    """How often two forms answer the same, in millionths, rounded down; None without answers."""
    if not one or len(one) != len(other):
        return None
    return sum(a == b for a, b in zip(one, other, strict=True)) * 1_000_000 // len(one)
