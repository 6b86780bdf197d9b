"""How a device judges a new version: an AnalysisTemplate for each ring that soaks.

The soak lies in the analysis (interval times count), because only there does a bad figure still roll
back, with no network to a hub. Each measurement looks at everything since the new version began, and
before there are so many answers that a figure beyond its limit is no accident (`plan/chance.py`), there
is no figure: no answer, no abort.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from edgewright.fleet import Baseline, Duration
from edgewright.plan import ClassPlan, Deployed, Plan, PlannedRing, floor_of, gates_of
from edgewright.render.labels import fleet_labels
from edgewright.render.manifest import Manifest, Object

PROMETHEUS: Final = "http://prometheus.monitoring.svc.cluster.local:9090"
_MEASUREMENTS: Final = 96
_SHORTEST, _LONGEST = 60, 1800  # seconds between two measurements
_MEMORY_OF_PREVIOUS: Final = 7 * 86_400  # seconds before the new version began
_MOST_ERRORS: Final = 24 * 3600 // 10
"""Measurements in sequence that may come to nothing: a day of them.

Argo Rollouts 1.10 asks again after 10 seconds (analysis/analysis.go), and unless told otherwise aborts
after 4 (utils/defaults/defaults.go): a Prometheus that restarts would roll a good version back.
"""


def analysis_name(planned: ClassPlan, ring: PlannedRing) -> str:
    """The template's name."""
    return f"{planned.rollout_name}-{ring.name}"


def judges(ring: PlannedRing) -> bool:
    """Whether a ring watches anything."""
    when = ring.abort_when
    if not ring.soak or when is None:
        return False
    return any(limit is not None for limit in (when.accuracy_drop, when.latency_increase, when.error_rate))


def first_judge(planned: ClassPlan) -> PlannedRing | None:
    """The ring whose analysis stands in the Rollouts as they are rendered; patches make the others'."""
    return next((ring for ring in planned.rings if judges(ring)), None)


def analysis_step(planned: ClassPlan, deployed: Deployed) -> Object | None:
    """The step of a Rollout that judges it; None where no ring does."""
    ring = first_judge(planned)
    if ring is None:
        return None
    arguments = [
        {"name": "workload", "value": deployed.name},
        {"name": "revision", "valueFrom": {"podTemplateHashValue": "Latest"}},
        {"name": "previous", "valueFrom": {"podTemplateHashValue": "Stable"}},
    ]
    return {"analysis": {"templates": [{"templateName": analysis_name(planned, ring)}], "args": arguments}}


def analysis_manifests(plan: Plan, planned: ClassPlan) -> Iterator[Manifest]:
    """A template for each ring that judges."""
    for ring in planned.rings:
        if judges(ring):
            yield Manifest(
                f"{planned.name}/manifests/rollout.yaml", _template(plan, planned, ring), ring.path
            )


def interval_and_count(soak: Duration) -> tuple[int, int]:
    """Seconds before each measurement, and how many of them fill the soak."""
    interval = min(max(soak.seconds // _MEASUREMENTS, _SHORTEST), _LONGEST)
    return interval, max(1, -(-soak.seconds // interval))


def _template(plan: Plan, planned: ClassPlan, ring: PlannedRing) -> Object:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AnalysisTemplate",
        "metadata": {
            "name": analysis_name(planned, ring),
            "namespace": plan.fleet.fleet,
            "labels": fleet_labels(plan, planned),
        },
        "spec": {
            "args": [{"name": "workload"}, {"name": "revision"}, {"name": "previous"}],
            "metrics": list(_metrics(plan, planned, ring)),
        },
    }


def _metrics(plan: Plan, planned: ClassPlan, ring: PlannedRing) -> Iterator[Object]:
    """The figures that end the rollout in a ring."""
    soak, rollout = ring.soak, planned.rollout
    if soak is None or rollout is None:
        return
    fixed = rollout.against if isinstance(rollout.against, Baseline) else Baseline()
    makers = {"accuracyDrop": _accuracy_drop, "latencyIncrease": _latency_increase, "errorRate": _error_rate}
    for gate in gates_of(ring, planned, floor_of(plan.fleet, planned)):
        name, query = makers[gate.figure](soak, fixed, gate.answers)
        yield _metric(soak, name, query, gate.limit)


def _accuracy_drop(soak: Duration, fixed: Baseline, least: int) -> tuple[str, str]:
    before = _accuracy(_BEFORE, _long(soak), least) if fixed.accuracy is None else _decimal(fixed.accuracy)
    return "accuracy-drop", f"{before}\n- {_accuracy(_THIS, _short(soak), least)}"


def _latency_increase(soak: Duration, fixed: Baseline, least: int) -> tuple[str, str]:
    before = _p99(_BEFORE, _long(soak), least) if fixed.p99 is None else _decimal(fixed.p99 * 1000)
    return "latency-increase", f"{_p99(_THIS, _short(soak), least)}\n/ {before}\n- 1"


def _error_rate(soak: Duration, _: Baseline, least: int) -> tuple[str, str]:
    return "error-rate", _errors(_THIS, _short(soak), least)


def _short(soak: Duration) -> str:
    """The window of the new version: all since it began."""
    return f"{soak.seconds}s"


def _long(soak: Duration) -> str:
    """The window of the version before, which has ended when the new one began: it must not slide out."""
    return f"{soak.seconds + _MEMORY_OF_PREVIOUS}s"


def _metric(soak: Duration, name: str, query: str, limit: int) -> Object:
    interval, count = interval_and_count(soak)
    return {
        "name": name,
        # Without a delay the first measurement would come at once, and the last before the soak is over.
        "initialDelay": f"{interval}s",
        "interval": f"{interval}s",
        "count": count,
        "failureLimit": 0,
        "consecutiveErrorLimit": _MOST_ERRORS,
        # The query is empty until there is something to judge; what is not there does not fail.
        "failureCondition": f"len(result) > 0 && !isNaN(result[0]) && result[0] > {_decimal(limit)}",
        "provider": {"prometheus": {"address": PROMETHEUS, "query": query}},
    }


def _decimal(millionths: int) -> str:
    """Exact, and as short as can be: 0.03 for 30,000."""
    whole, rest = divmod(millionths, 1_000_000)
    return f"{whole}.{rest:06}".rstrip("0").rstrip(".")


_THIS: Final = 'workload="{{args.workload}}",revision="{{args.revision}}"'
_BEFORE: Final = 'workload="{{args.workload}}",revision="{{args.previous}}"'


def _increase(metric: str, labels: str, window: str) -> str:
    return f"sum(increase({metric}{{{labels}}}[{window}]))"


def _enough(metric: str, labels: str, window: str, least: int) -> str:
    return f"({_increase(metric, labels, window)} >= {least})"


def _accuracy(labels: str, window: str, least: int) -> str:
    """The share of answers that proved right, among those whose truth became known."""
    right = _increase("edgewright_answers_total", f'{labels},correct="true"', window)
    return f"({right} or vector(0)) / {_enough('edgewright_answers_total', labels, window, least)}"


def _errors(labels: str, window: str, least: int) -> str:
    failed = _increase("edgewright_requests_total", f'{labels},outcome="error"', window)
    return f"({failed} or vector(0)) / {_enough('edgewright_requests_total', labels, window, least)}"


def _p99(labels: str, window: str, least: int) -> str:
    buckets = f"sum by (le) (increase(edgewright_request_duration_seconds_bucket{{{labels}}}[{window}]))"
    enough = _enough("edgewright_request_duration_seconds_count", labels, window, least)
    return f"(histogram_quantile(0.99, {buckets}) and {enough})"
