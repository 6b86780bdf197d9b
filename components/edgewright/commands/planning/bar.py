"""A Bar: how much of what there is, is needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from edgewright.plan.inequality import Inequality
from edgewright.plan.trial import numbered

_STYLES: Final = {"error": "error", "warning": "warning", "info": "info"}


@dataclass(frozen=True, slots=True)
class Bar:
    """An inequality to be drawn; `before` is the same one in the fleet as it was written.

    `compared` says that there is a fleet to compare with: a bar without a `before` is new then.
    """

    proof: Inequality
    before: Inequality | None = None
    compared: bool = False

    @property
    def holds(self) -> bool:
        """Whether what is needed is there."""
        return self.proof.holds

    @property
    def changed(self) -> bool:
        """Whether an override moved it."""
        return self.before is not None and _sides(self.before) != _sides(self.proof)

    @property
    def style(self) -> str:
        """How it looks: green where it holds, else as its finding."""
        return "good" if self.holds else _STYLES[self.proof.level]

    @property
    def label(self) -> str:
        """What its row is called."""
        return self.proof.name


def bars_of(proofs: Sequence[Inequality], before: Sequence[Inequality] | None) -> Iterator[Bar]:
    """A bar for each proof in their order, beside the one that it was `before`, if anything was."""
    old = dict(numbered(before or ()))
    for key, proof in numbered(proofs):
        yield Bar(proof, old.get(key), before is not None)


def _sides(proof: Inequality) -> tuple[int, int]:
    return proof.needed, proof.available


def per_cent(proof: Inequality) -> int | None:
    """What is needed of what there is, in whole per cent; above 100 exactly where it does not hold.

    None where there is nothing: a share of nothing has no number.
    """
    return -(-proof.needed * 100 // proof.available) if proof.available > 0 else None


def per_cent_text(proof: Inequality) -> str:
    """The share as people read it."""
    share = per_cent(proof)
    return "-" if share is None else f"{share:,}%" if share < 1_000_000 else "over"


def amounts(proof: Inequality) -> str:
    """`9Gi / 15.3Gi`; to the last unit where rounding would hide which of them is more."""
    return f"{proof.writer(proof.needed)} / {proof.writer(proof.available)}"


def free(proof: Inequality) -> str:
    """What is left, or by how much it is too much."""
    rest = proof.available - proof.needed
    if not rest:
        return "none free"
    return f"{proof.unit.write(abs(rest))} {'free' if rest >= 0 else 'over'}"


def filled(proof: Inequality, width: int) -> tuple[int, int]:
    """How many of `width` cells are full, and how many of those lie beyond what there is.

    Something is never drawn as nothing, nor a rest as none; what does not hold has a cell beyond.
    """
    needed, available = max(proof.needed, 0), max(proof.available, 0)
    if width < 1:
        return 0, 0
    if needed > available:
        inside = min(available * width // needed, width - 1)
        return width, width - inside
    cells = needed * width // available if available else 0
    most = width - 1 if needed < available else width
    return max(min(cells, most), 1 if needed and width > 1 else 0), 0
