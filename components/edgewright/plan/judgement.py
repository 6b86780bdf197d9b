"""Judgement: whether evidence shows that a ring is within `abortWhen`, and how much more would show it.

A device aborts what is surely bad: its figure is beyond the limit, and enough answers say that this is no
accident. To go on to more devices asks for the opposite: the figure is within its limit even where chance has
flattered it, by the same bound and at the same odds (`plan/chance.py`). Four times the answers that a device
waits for, which is what a soak is planned for, are enough for a version that loses up to a third of a limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from edgewright.artifact.evidence import Compared, Figures
from edgewright.errors import FieldPath, Finding, Note
from edgewright.fleet import Baseline
from edgewright.plan.chance import (
    LEAST,
    WHOLE,
    answers_to_reach,
    reach,
    variance_of_drop,
    variance_of_errors,
)
from edgewright.plan.gate import Figure, Gate

_WORDS: Final[Mapping[Figure, str]] = {
    "accuracyDrop": "accuracy drop",
    "latencyIncrease": "growth of the p99",
    "errorRate": "error rate",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """One figure of one workload, in millionths; `at_most` is what it may be where chance was kind.

    `answers` are those that it was made of, on the side that has fewer; `needed` is None where no number of
    them would do as the figure stands.
    """

    workload: str
    figure: Figure
    measured: int
    at_most: int
    limit: int
    answers: int
    needed: int | None

    @property
    def is_within(self) -> bool:
        """Whether the figure itself is within the limit."""
        return self.measured <= self.limit

    @property
    def is_shown(self) -> bool:
        """Whether there are answers enough to say so."""
        return self.is_within and self.needed is not None and self.answers >= self.needed

    @property
    def text(self) -> str:
        """The figure as a person reads it."""
        kind = "labelled answers" if self.figure == "accuracyDrop" else "requests"
        sure = "" if self.at_most == self.measured else f", {self._written(self.at_most)} at most"
        return (
            f"{_WORDS[self.figure]} of {self.workload}: {self._written(self.measured)}{sure}, in "
            f"{self.answers:,} {kind}; {self._written(self.limit)} allowed"
        )

    def _written(self, amount: int) -> str:
        sign, unit = ("-" if amount < 0 else ""), ("pp" if self.figure == "accuracyDrop" else "%")
        rounded = (
            -(-abs(amount) // 100) * 100 if amount > 0 else abs(amount) // 100 * 100
        )  # hundredths, upwards
        whole, rest = divmod(rounded, 10_000)
        return sign + f"{whole}.{rest:04}".rstrip("0").rstrip(".") + unit


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What figures of a ring are held against: the floor of its models, and fixed figures where there are."""

    floor: int
    fixed: Baseline | None


def judge(
    workload: str, compared: Compared, gates: tuple[Gate, ...], yardstick: Yardstick, path: FieldPath
) -> tuple[list[Judged], list[Finding]]:
    """What the figures of a workload come to, and which of them cannot be judged for what they lack.

    `path` is the workload's in the evidence. Whether the figures are within their limits, each answer says.
    """
    judged: list[Judged] = []
    findings: list[Finding] = []
    for gate in gates:
        lacks = list(_lacking(gate, compared, yardstick, path))
        findings += lacks
        if not lacks:
            judged.append(_JUDGES[gate.figure](workload, compared, gate, yardstick))
    return judged, findings


def findings_of(judged: Judged, path: FieldPath, limit: FieldPath) -> Iterator[Finding]:
    """What keeps a figure from being good enough; `limit` is the field of the fleet that allows so much."""
    notes = (Note("what is allowed", path=limit),)
    if not judged.is_within:
        yield Finding(
            "evidence-beyond-limit",
            "error",
            judged.text,
            "roll the ring back with `edgewright rollback`, or mend the version and begin again",
            path,
            waivable=False,
            notes=notes,
        )
    elif not judged.is_shown:
        yield Finding(
            "evidence-too-small",
            "error",
            f"{judged.text}: that may be chance",
            _more(judged),
            path,
            waivable=False,
            notes=notes,
        )


def _more(judged: Judged) -> str:
    if judged.needed is None:
        return "nothing shows a figure that is exactly at its limit: allow more, or mend the version"
    what = "labelled answers" if judged.figure == "accuracyDrop" else "requests"
    sides = " on each side" if judged.figure != "errorRate" else ""
    return f"{judged.needed:,} {what}{sides} show it where the figure stays; soak longer, or label more"


def _lacking(gate: Gate, compared: Compared, yardstick: Yardstick, path: FieldPath) -> Iterator[Finding]:
    """Figures that the gate needs and nobody has counted."""
    fixed = _fixed(gate, yardstick) is not None or gate.figure == "errorRate"
    sides = {"ring": compared.ring} | ({} if fixed else {"against": compared.against})
    for name, figures in sides.items():
        if figures is None:
            yield _missing(f"nothing says what it did before, and `{gate.figure}` compares", (*path, name))
        elif gate.figure == "latencyIncrease" and figures.p99 is None:
            yield _missing("there is no p99 to judge", (*path, name, "p99Microseconds"))
        elif not _answers(gate, figures):
            yield _missing(f"nothing was counted that `{gate.figure}` is judged by", (*path, name))


def _missing(message: str, path: FieldPath) -> Finding:
    return Finding(
        "evidence-too-small",
        "error",
        message,
        "add it to the evidence, or remove the limit from the rollout",
        path,
        waivable=False,
    )


def _fixed(gate: Gate, yardstick: Yardstick) -> int | None:
    fixed = yardstick.fixed
    if fixed is None:
        return None
    return fixed.accuracy if gate.figure == "accuracyDrop" else fixed.p99


def _answers(gate: Gate, figures: Figures) -> int:
    return figures.labelled if gate.labelled else figures.requests


def _fewest(gate: Gate, compared: Compared, yardstick: Yardstick) -> int:
    """The answers of the side that has fewer; a fixed figure has none that count."""
    sides = [compared.ring]
    if compared.against is not None and _fixed(gate, yardstick) is None and gate.figure != "errorRate":
        sides.append(compared.against)
    return min(_answers(gate, figures) for figures in sides)


def _drop(workload: str, compared: Compared, gate: Gate, yardstick: Yardstick) -> Judged:
    ring, before = compared.ring, compared.against
    fixed = yardstick.fixed.accuracy if yardstick.fixed else None
    right, of = (fixed, WHOLE) if fixed is not None or before is None else (before.correct, before.labelled)
    measured = _ceil(((right or 0) * ring.labelled - ring.correct * of) * WHOLE, of * ring.labelled)
    variance = variance_of_drop(gate.limit, yardstick.floor, fixed)
    return _bounded(workload, gate, measured, variance, _fewest(gate, compared, yardstick))


def _errors(workload: str, compared: Compared, gate: Gate, _: Yardstick) -> Judged:
    ring = compared.ring
    measured = _ceil(ring.errors * WHOLE, ring.requests)
    if not gate.limit:  # no number of requests shows that there is none, so the least that makes a figure
        return Judged(workload, gate.figure, measured, measured, 0, ring.requests, max(LEAST, gate.answers))
    return _bounded(workload, gate, measured, variance_of_errors(gate.limit), ring.requests)


def _p99(workload: str, compared: Compared, gate: Gate, yardstick: Yardstick) -> Judged:
    """From so many requests on a p99 is one; what lies beyond it is as on the device."""
    fixed = _fixed(gate, yardstick)
    before = fixed * 1000 if fixed is not None else (compared.against and compared.against.p99) or 1
    measured = _ceil(((compared.ring.p99 or 0) - before) * WHOLE, before)
    fewest = _fewest(gate, compared, yardstick)
    return Judged(workload, gate.figure, measured, measured, gate.limit, fewest, gate.answers)


_JUDGES: Final[Mapping[Figure, Callable[[str, Compared, Gate, Yardstick], Judged]]] = {
    "accuracyDrop": _drop,
    "errorRate": _errors,
    "latencyIncrease": _p99,
}


def _bounded(workload: str, gate: Gate, measured: int, variance: int, answers: int) -> Judged:
    """A mean is within its limit where it is so even if chance has made it as small as it may."""
    needed = answers_to_reach(variance, min(gate.limit - measured, WHOLE))
    at_most = measured + reach(answers, variance)
    if needed is not None:
        needed = max(needed, gate.answers)
    return Judged(workload, gate.figure, measured, at_most, gate.limit, answers, needed)


def _ceil(number: int, whole: int) -> int:
    return -(-number // whole)
