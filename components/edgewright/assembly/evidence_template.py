"""A file of evidence to be filled in: which figures, of which class and ring, since when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from edgewright.artifact.evidence_file import EVIDENCE_VERSION
from edgewright.artifact.rings import Ring
from edgewright.artifact.strict import time_text
from edgewright.fleet import Baseline, Fleet
from edgewright.plan.gate import Figure, Gate
from edgewright.plan.promotion import Promotion
from edgewright.plan.proving import gates_before, watched

_ASKED: Final[Mapping[Figure, tuple[str, ...]]] = {
    "errorRate": (),
    "accuracyDrop": ("labelled", "correct"),
    "latencyIncrease": ("p99Microseconds",),
}
"""What each figure is computed from, besides `requests` and `errors`, which are always asked for."""


def evidence_template(promotions: Sequence[Promotion], fleet: Fleet) -> dict[str, Any]:
    """Plain values in the form of docs/evidence.schema.json, with null for what has to be counted.

    Without classes where the ring before is not watched, or the ring has moved already: no evidence is needed.
    """
    classes = {
        each.planned.name: _of_class(each, each.proven, gates)
        for each in promotions
        if each.proven is not None and not each.is_done and (gates := gates_before(each, fleet))
    }
    return {
        "evidenceVersion": EVIDENCE_VERSION,
        "fleet": fleet.fleet,
        "rollout": promotions[0].planned.rollout_name,
        "ring": promotions[0].before.name,
        "classes": classes,
    }


def _of_class(promotion: Promotion, proven: Ring, gates: Iterable[Gate]) -> dict[str, Any]:
    """`until` is the end of the soak: later is as good, earlier is not."""
    names = ["requests", "errors", *(name for gate in gates for name in _ASKED[gate.figure])]
    soak = timedelta(seconds=promotion.before.soak.seconds if promotion.before.soak else 0)
    since = proven.runs.since
    compared = {"ring": _figures(proven.runs.release.digest, names)}
    rollout = promotion.planned.rollout
    if proven.previous is not None and not (rollout and isinstance(rollout.against, Baseline)):
        compared["against"] = _figures(proven.previous.release.digest, names)
    return {
        "from": time_text(since),
        "until": time_text(since + soak),
        "devices": None,
        "workloads": dict.fromkeys(watched(promotion.planned), compared),
    }


def _figures(digest: str, names: Iterable[str]) -> dict[str, Any]:
    return {"digest": digest, **dict.fromkeys(names)}
