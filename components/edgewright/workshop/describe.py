"""Everything that a model's file tells of itself, for whoever looks into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edgewright.errors import FieldPath
from edgewright.workshop.inspect import SECONDS, ModelShape, shape_of
from edgewright.workshop.runtime import ask


@dataclass(frozen=True, slots=True)
class Description:
    """`parameters` counts the numbers of all weights; `operators` how often each stands in the top graph;
    `metadata` is what whoever exported it wrote in, a licence perhaps."""

    file: Path
    shape: ModelShape
    parameters: int
    operators: Mapping[str, int]
    producer: str
    metadata: Mapping[str, str]


def describe(path: Path, field: FieldPath = ()) -> Description:
    """The description of the model in an .onnx file. Raises FleetError as `inspect` does."""
    answer = ask("describe", path, SECONDS, field)
    return Description(
        path,
        shape_of(path, answer, field),
        answer["parameters"],
        dict(sorted(answer["operators"].items())),
        answer["producer"],
        dict(sorted(answer["metadata"].items())),
    )
