"""Models and the variants made out of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from edgewright.fleet.license import License
from edgewright.fleet.part import Flag, LocalPath, Name, Part, PartWithEntries
from edgewright.fleet.quantities import Points, Share

Precision = Literal["fp32", "fp16", "bf16", "int8"]
SemanticVersion = Annotated[
    str,
    StringConstraints(
        max_length=100,
        pattern=r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$",
    ),
    Field(title="semantic version"),
]


class Evaluation(Part):
    """How good the model is, and how good it has to be."""

    golden: LocalPath = Field(
        description="Labelled inputs (.npz).", examples=["models/surface-defects.golden.npz"]
    )
    metric: Literal["accuracy"] = Field("accuracy", description="What is measured on them.")
    floor: Share = Field(Share("0%"), description="A variant below it is refused.", examples=["90%"])


class Calibration(Part):
    """How the ranges of an INT8 model are found."""

    data: LocalPath = Field(description="Typical inputs (.npz).", examples=["models/calibration.npz"])
    method: Literal["minmax", "entropy", "percentile"] = Field("minmax", description="How ranges are chosen.")
    per_channel: Flag = Field(False, description="Whether each channel of weights has a range of its own.")


class Variant(Part):
    """A form of the model, made once and pinned in fleet.lock."""

    precision: Precision = Field(description="The precision of weights and arithmetic.")
    source: LocalPath | None = Field(
        None,
        description="The variant's file, where it is not `<model file>.<variant>.onnx` beside the source.",
        examples=["models/surface-defects/model.int8.onnx"],
    )
    calibration: Calibration | None = Field(None, description="How INT8 ranges are found.")
    max_drop: Points | None = Field(
        None, description="The most accuracy it may lose against the source.", examples=["1pp"]
    )


class Model(PartWithEntries):
    """A model as it was trained, and the variants that devices run."""

    version: SemanticVersion = Field(description="Its semantic version.", examples=["3.4.0"])
    source: LocalPath = Field(
        description="An ONNX file, or a folder with one and its external weights.",
        examples=["models/surface-defects"],
    )
    license: License | None = Field(
        None,
        description="What it may be used for, as an SPDX license expression.",
        examples=["Apache-2.0", "LicenseRef-acme"],
    )
    evaluation: Evaluation | None = Field(None, description="How good it is, and has to be.")
    measured: LocalPath | None = Field(
        None,
        description="What was measured on devices (CSV: class, tier, batch, p99Milliseconds, "
        "powerMilliwatts); `lock` reads it into fleet.lock.",
        examples=["models/surface-defects.measured.csv"],
    )
    variants: dict[Name, Variant] = Field({}, description="Forms made out of the source.")
