"""Power: what a device's supply gives, what it draws, and how long its battery has to last."""

from __future__ import annotations

from pydantic import Field

from edgewright.fleet.part import Part
from edgewright.fleet.quantities import Duration, Energy, Power


class PowerSupply(Part):
    """What the supply gives, and what is known of the draw. What is left out is not guessed."""

    budget: Power | None = Field(
        None, description="The most that the supply gives: a PoE port, a solar panel.", examples=["25W"]
    )
    rest: Power | None = Field(
        None,
        description="What is drawn beside the board whose `powerMode` has a cap, or beside the GPU of a "
        "host: its processor, a camera, a radio.",
        examples=["8W"],
    )
    peak: Power | None = Field(
        None,
        description="The most that the device draws in all, as it was measured; stands for what follows "
        "from the power mode or the GPU.",
        examples=["18W"],
    )
    idle: Power | None = Field(
        None,
        description="What the device draws in all while nothing is asked, as it was measured.",
        examples=["6W"],
    )


class Battery(Part):
    """A battery, and how long the device runs on it."""

    capacity: Energy = Field(
        description="What can be taken out of it, at the end of its life.", examples=["100Wh"]
    )
    lasts: Duration = Field(description="How long it has to last.", examples=["8h"])
