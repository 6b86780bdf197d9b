"""Stages: each ring but the last proves something for the next, and no ring allows more than one before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from edgewright.errors import FieldPath, Finding, Note
from edgewright.fleet import Stage
from edgewright.plan.case import Case

_LIMITS: Final = (
    ("accuracy_drop", "accuracyDrop"),
    ("latency_increase", "latencyIncrease"),
    ("error_rate", "errorRate"),
)
Limits = dict[str, tuple[int, FieldPath]]


def prove(case: Case) -> Iterator[Finding]:
    """What the rollout of the class lacks. That shares rise to the whole, the fleet itself is asked."""
    rollout = case.planned.rollout
    if rollout is None:
        return
    path: FieldPath = ("rollouts", str(case.planned.rollout_name), "stages")
    strictest: Limits = {}
    for index, stage in enumerate(rollout.stages):
        here = (*path, index)
        if not stage.soak and stage.abort_when is None and index + 1 < len(rollout.stages):
            yield _soak_missing(stage, rollout.stages[index + 1], here)
        if stage.soak and stage.abort_when is not None:
            yield from _loosened(stage, here, strictest)


def _soak_missing(stage: Stage, following: Stage, here: FieldPath) -> Finding:
    return Finding(
        "soak-missing",
        "warning",
        f"`{stage.ring}` proves nothing: `{following.ring}` may have the change at once",
        "write `soak: 24h`, or leave the stage out",
        (*here, "soak"),
        on_key=stage.soak is None,
    )


def _loosened(stage: Stage, here: FieldPath, strictest: Limits) -> Iterator[Finding]:
    """Limits of a stage that allow more than a stage before did; `strictest` keeps the least of each."""
    for name, spelt in _LIMITS:
        limit = getattr(stage.abort_when, name)
        below = (*here, "abortWhen")
        if spelt in strictest and (limit is None or limit > strictest[spelt][0]):
            at = below if limit is None else (*below, spelt)
            yield _allows_more(stage, spelt, limit, at, *strictest[spelt])
        elif limit is not None:
            strictest[spelt] = (limit, (*below, spelt))


def _allows_more(
    stage: Stage, spelt: str, limit: int | None, at: FieldPath, before: int, where: FieldPath
) -> Finding:
    allows = f"ends at `{spelt}: {limit}`" if limit is not None else f"does not watch `{spelt}`"
    return Finding(
        "thresholds-loosen",
        "warning",
        f"`{stage.ring}` {allows}, and an earlier ring of fewer devices ends at {before}",
        f"write `{spelt}: {before}` or less here, or allow more there",
        at,
        on_key=limit is None,
        notes=(Note("the earlier ring", path=where),),
    )
