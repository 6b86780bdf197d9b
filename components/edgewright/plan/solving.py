"""Resources that pass: the least of each and the most, found by trying, not by a second set of formulas.

Each proof is monotone in each resource: more of it only helps, or only harms. So what passes is a
stretch, and both of its ends are found by halving.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

from edgewright.fleet import Cpu, Memory, Resources
from edgewright.plan.trial import Answer, Obstacle, Trial

Make = Callable[[int], int]

_STEPS: Final[dict[str, tuple[tuple[int, ...], ...]]] = {
    "memory": ((2**20,), (1,)),
    "cpu": ((1, 1000),),
    "gpu": ((1,),),
    "ephemeral_storage": ((2**20,), (1,)),
    "engine_cache": ((2**20,), (1,)),
}
"""Resource ⇒ the steps in which it is searched: a later group where nothing fits in an earlier one.

Within a group the best counts: CPU goes by thousandths and by whole cores, which pinning asks for.
"""
_KINDS: Final[dict[str, tuple[Make, int, int]]] = {
    "memory": (Memory, 1, 2**60),
    "cpu": (Cpu, 1, 4_096_000),
    "gpu": (int, 0, 64),
    "ephemeral_storage": (Memory, 1, 2**60),
    "engine_cache": (Memory, 1, 2**60),
}
"""Resource ⇒ its type, the least that can be written, and the most; in the smallest unit."""


@dataclass(frozen=True, slots=True)
class Range:
    """How much of a resource passes while all else stays: from `least` to `most`, in its smallest unit.

    An end is None where nothing passes (`in_the_way` says why), or where nothing bounds it: where even the
    least that can be written is enough, no proof needs any of it, and nobody knows how much it takes.
    """

    resource: str
    written: int
    least: int | None
    most: int | None
    in_the_way: tuple[Obstacle, ...] = ()
    instead: int = 0
    """What to write where an end is not known: what is written, as far as it passes."""


@dataclass(frozen=True, slots=True)
class Solution:
    """Each resource alone, and all of them together; None where no such resources pass."""

    alone: tuple[Range, ...]
    smallest: Resources | None
    largest: Resources | None
    in_the_way: tuple[Obstacle, ...]


def solve(trial: Trial) -> Solution:
    """The resources that pass for a workload on a class.

    Together, the smallest are found one resource after the other, each as small as those before it
    allow; where an end is not known, what is written stays.
    """
    written = trial.deployed.resources
    names = [name for name in _STEPS if getattr(written, name) is not None]
    alone = tuple(_range(trial, written, name) for name in names)
    smallest, blocked = _together(trial, names, largest=False)
    largest, blocked_too = _together(trial, names, largest=True)
    return Solution(alone, smallest, largest, tuple(dict.fromkeys((*blocked, *blocked_too))))


def _together(
    trial: Trial, names: list[str], *, largest: bool
) -> tuple[Resources | None, tuple[Obstacle, ...]]:
    resources = trial.deployed.resources
    for name in names:
        found = _range(trial, resources, name)
        if found.in_the_way:
            return None, found.in_the_way
        resources = _with(resources, name, _end(found, largest=largest))
    return resources, ()


def _end(found: Range, *, largest: bool) -> int:
    """The end that is asked for; what is written, as far as it passes, where that end is not known."""
    end = found.most if largest else found.least
    if end is not None:
        return end
    return found.instead


def _with(resources: Resources, name: str, amount: int) -> Resources:
    kind, _, _ = _KINDS[name]
    return resources.model_copy(update={name: kind(amount)})


def _range(trial: Trial, resources: Resources, name: str) -> Range:
    """The stretch of one resource that passes, the others as they are."""
    written = int(getattr(resources, name))
    blocked: tuple[Obstacle, ...] = ()
    for steps in _STEPS[name]:
        found = [_Search(trial, resources, name, step).stretch() for step in steps]
        fitting = [each for each in found if isinstance(each, Stretch)]
        if fitting:
            least, most = min(each.least for each in fitting), max(each.most for each in fitting)
            coarse = fitting[-1]  # by whole cores, where pinning asks for them
            instead = min(max(written, coarse.least), coarse.most)
            return Range(name, written, *_bounded(name, least, most, min(steps)), instead=instead)
        blocked = blocked or next(each for each in found if not isinstance(each, Stretch))
    return Range(name, written, None, None, blocked)


def _bounded(name: str, least: int, most: int, step: int) -> tuple[int | None, int | None]:
    """The ends, less those that nothing but the language bounds; that zero is enough is an answer."""
    _, lowest, highest = _KINDS[name]
    unbounded = lowest > 0 and least == step
    return None if unbounded else least, None if most + step > highest else most


@dataclass(frozen=True, slots=True)
class Stretch:
    """All amounts from the least to the most."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class _Search:
    """One resource in multiples of a step."""

    trial: Trial
    resources: Resources
    name: str
    step: int

    def stretch(self) -> Stretch | tuple[Obstacle, ...]:
        """The stretch that passes, or what stands in the way of any."""
        _, lowest, highest = _KINDS[self.name]
        first, last = -(-lowest // self.step), highest // self.step
        low, high = self._at(first), self._at(last)
        # What says the same at both ends has nothing to do with this resource.
        ours = {key for key in {**low.slack, **high.slack} if low.slack.get(key) != high.slack.get(key)}
        little, much = _broken(low) & ours, _broken(high) & ours
        if little & much:
            return self._obstacles(little & much, first)
        least = _first(first, last, lambda amount: not _broken(self._at(amount)) & little)
        most = -_first(-last, -first, lambda amount: not _broken(self._at(-amount)) & much)
        if least > most:
            return tuple(dict.fromkeys((*self._obstacles(little, most), *self._obstacles(much, least))))
        others = {key for key in _broken(low) & _broken(high) if key not in ours}
        return self._settled(least, most, others)

    def _settled(self, least: int, most: int, others: set[Hashable]) -> Stretch | tuple[Obstacle, ...]:
        """The stretch whose ends pass in everything but `others`, which have nothing to do with this resource.

        What is wrong in the midst alone (a second share of a GPU, head room) is at neither end of all that
        can be written: from an amount that passes, the ends are sought once more.
        """

        def passes(amount: int) -> bool:
            return not _broken(self._at(amount)) - others

        if not (passes(least) and passes(most)):
            written = int(getattr(self.resources, self.name)) // self.step
            inside = next(
                (each for each in (written, least, most) if least <= each <= most and passes(each)), None
            )
            if inside is None:
                wrong = (_broken(self._at(least)) | _broken(self._at(most))) - others
                return self._obstacles(wrong, least, most)
            if not passes(least):
                least = _first(least, inside, passes)
            if not passes(most):
                most = -_first(-most, -inside, lambda amount: passes(-amount))
        return Stretch(least * self.step, most * self.step)

    def _at(self, amount: int) -> Answer:
        return self.trial.of(_with(self.resources, self.name, amount * self.step))

    def _obstacles(self, keys: set[Hashable], *amounts: int) -> tuple[Obstacle, ...]:
        """What the keys mean in words: as it is written if it is broken there too, else at the amounts."""
        answers = [self.trial.of(self.resources), *map(self._at, amounts)]
        found: dict[Hashable, Obstacle] = {}
        for answer in answers:
            found = {key: each for key, each in answer.obstacles.items() if key in keys} | found
        return tuple(found.values())


def _broken(answer: Answer) -> set[Hashable]:
    return set(answer.obstacles)


def _first(low: int, high: int, passes: Callable[[int], bool]) -> int:
    """The first amount that passes; the high one does."""
    if passes(low):
        return low
    while low < high:
        middle = (low + high) // 2
        if passes(middle):
            high = middle
        else:
            low = middle + 1
    return low
