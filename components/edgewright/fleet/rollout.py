"""Rollouts: rings of devices, one after another, and what stops them."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Discriminator, Field, Tag

from edgewright.fleet.part import Many, Name, Part
from edgewright.fleet.quantities import Duration, Points, Ratio, Share


class AbortWhen(Part):
    """What ends a rollout, measured over the soak against what the rollout names."""

    accuracy_drop: Points | None = Field(None, description="Accuracy lost.", examples=["3pp"])
    latency_increase: Ratio | None = Field(None, description="Growth of the p99 latency.", examples=["50%"])
    error_rate: Share | None = Field(None, description="The share of requests that fail.", examples=["5%"])


class Stage(Part):
    """A ring of devices, and how long it proves the change for the next one."""

    ring: Name = Field(description="The ring's name.", examples=["canary"])
    up_to: Share = Field(description="The share of each device class that has the change.", examples=["1%"])
    soak: Duration | None = Field(None, description="How long it is watched.", examples=["24h"])
    abort_when: AbortWhen | None = Field(None, description="What ends the rollout here.")


class Baseline(Part):
    """Fixed figures to measure against."""

    accuracy: Share | None = Field(None, description="Accuracy to compare with.", examples=["91%"])
    p99: Duration | None = Field(None, description="p99 latency to compare with.", examples=["30ms"])


AGAINST_TAGS: Final = ("word", "figures")
"""Steps that pydantic puts behind `against` in the path of an error; no fleet has them."""


def _which(value: object) -> str:
    return "figures" if isinstance(value, (dict, Baseline)) else "word"


Against = Annotated[
    Annotated[Literal["previous"], Tag("word")] | Annotated[Baseline, Tag("figures")], Discriminator(_which)
]


class Unreachable(Part):
    """What is made of devices that do not answer."""

    tolerate: Share = Field(
        Share("0%"),
        description="Devices that may be switched off without counting as broken.",
        examples=["5%"],
    )


class Rollout(Part):
    """How a change reaches the devices, in rings."""

    stages: Many[Stage] = Field(min_length=1, description="The rings, in order; the last one is everyone.")
    against: Against = Field("previous", description="What drops and increases are measured against.")
    unreachable: Unreachable = Field(
        Unreachable.model_construct(), description="What is made of devices that do not answer."
    )
    on_abort: Literal["rollback", "pause"] = Field(
        "rollback", description="What happens to a ring that broke."
    )
