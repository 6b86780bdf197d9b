"""What has to hold on a device class, as one inequality: what is needed is at most what there is.

Every proof is made of these. They word their own findings, so that all of them read alike, and
`edgewright plan` draws them as bars whether they hold or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from edgewright.errors import FieldPath, Finding, Level, Note
from edgewright.plan.units import Unit


@dataclass(frozen=True, slots=True)
class Term:
    """A part of a sum: its name in a sentence, how much, and the field that it comes from."""

    name: str
    amount: int
    path: FieldPath


@dataclass(frozen=True, slots=True)
class Inequality:
    """Σ `needs` ≤ Σ `has`, in one unit. `rule` is broken where it does not hold.

    `what` is what is counted ("memory"), `at` the field that a finding points at, `remedy` what to do
    then, with the number that would work. `workload` is None where the class as a whole is meant. A table
    calls it by its `title`, where `what` alone would not tell it from others. Where the rule `unless` is
    broken before it on the class, that says it already.
    """

    rule: str
    class_name: str
    what: str
    unit: Unit
    needs: tuple[Term, ...]
    has: tuple[Term, ...]
    at: FieldPath
    remedy: str
    workload: str | None = None
    level: Level = "error"
    on_key: bool = False
    waivable: bool = True
    title: str = ""
    unless: str = ""

    @property
    def name(self) -> str:
        """What it is called in a table: its title, or what is counted, and for whom if not the whole class."""
        return self.title or (f"{self.what} of {self.workload}" if self.workload else self.what)

    @property
    def needed(self) -> int:
        """The left side."""
        return _sum(self.needs)

    @property
    def available(self) -> int:
        """The right side."""
        return _sum(self.has)

    @property
    def holds(self) -> bool:
        """Whether it is true; where both sides are equal, it is."""
        return self.needed <= self.available

    @property
    def writer(self) -> Callable[[int], str]:
        """How its two sides are written: to the last unit where rounding would hide which of them is more."""
        write = self.unit.write
        hidden = self.needed != self.available and write(self.needed) == write(self.available)
        return self.unit.exact if hidden else write

    @property
    def subject(self) -> str:
        """Who needs it, in a sentence."""
        on = f"`{self.class_name}`"
        return f"`{self.workload}` on {on}" if self.workload else on

    def findings(self) -> Iterator[Finding]:
        """What is wrong, and nothing where nothing is."""
        if self.holds:
            return
        write = self.writer
        sums = [f"{term.name} {write(term.amount)}" for term in self.needs]
        parts = f" ({' + '.join(sums)})" if len(sums) > 1 else ""
        needed = f"{write(self.needed)}{self.unit.of}{self.what}{parts}"
        yield Finding(
            rule=self.rule,
            level=self.level,
            message=f"{self.subject} needs {needed}, and has {write(self.available)}",
            remedy=self.remedy,
            path=self.at,
            on_key=self.on_key,
            waivable=self.waivable,
            notes=tuple(self._notes()),
        )

    def _notes(self) -> Iterator[Note]:
        """Every other place that has a part in it, once."""
        seen = {self.at}
        for term in (*self.has, *self.needs):
            if term.path not in seen:
                seen.add(term.path)
                yield Note(f"{term.name}: {self.unit.write(term.amount)}", path=term.path)


def _sum(terms: tuple[Term, ...]) -> int:
    """A loop: plans have tens of thousands of these, and a generator costs more than what it yields here."""
    amount = 0
    for term in terms:
        amount += term.amount
    return amount
