"""The shapes that bars are drawn with: blocks, or plain ASCII where a terminal has no others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from edgewright.commands.planning.bar import filled
from edgewright.plan.inequality import Inequality


@dataclass(frozen=True, slots=True)
class Shapes:
    """A full cell, one beyond what there is, one that is free; an arrow; and what stands for a rest."""

    full: str
    beyond: str
    free: str
    arrow: str
    cut: str


BLOCKS: Final = Shapes("█", "▓", "░", "→", "…")
ASCII: Final = Shapes("#", "!", "-", "->", "~")


def drawn(proof: Inequality, width: int, shapes: Shapes = BLOCKS) -> str:
    """The bar in exactly `width` cells."""
    full, beyond = filled(proof, width)
    return shapes.full * (full - beyond) + shapes.beyond * beyond + shapes.free * (width - full)
