"""How workloads are replaced: Deployments and Rollouts that would be refused or never move."""

from __future__ import annotations

import re
from collections.abc import Iterator

from edgewright.errors import FieldPath
from edgewright.scan.pods import Pod
from edgewright.scan.subject import Problem, Subject, entries, listed, mapping, number, shown

_PERCENT = re.compile(r"[0-9]{1,9}%")
_DURATION = re.compile(r"(?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:ns|us|µs|ms|s|m|h)){1,6}")
_SECONDS_OR_DURATION = re.compile(rf"[0-9]{{1,9}}|{_DURATION.pattern}")


def restart_policy(subject: Subject, pod: Pod) -> Iterator[Problem]:
    """What becomes of a container that ends: a server is started again, a job's may rest."""
    job = subject.kind not in ("DaemonSet", "Deployment", "Rollout", "StatefulSet")
    found = pod.spec.get("restartPolicy", "Always")
    if job == (found == "Always") and subject.kind != "Pod":
        allowed = "Never or OnFailure" if job else "Always"
        at = (*pod.spec_at, "restartPolicy")
        yield Problem("bad-strategy", at, f"is {shown(found)}, allowed is {allowed}", f"Write {allowed}.")


def deployment_strategy(subject: Subject) -> Iterator[Problem]:
    """A Deployment's rolling update."""
    strategy = mapping(subject.spec.get("strategy"))
    rolling = mapping(strategy.get("rollingUpdate"))
    if strategy.get("type") == "Recreate" and rolling:
        yield Problem(
            "bad-strategy",
            ("spec", "strategy", "rollingUpdate"),
            "is not for the type Recreate",
            "Remove one of the two.",
        )
    yield from _surge(("spec", "strategy", "rollingUpdate"), rolling)
    yield from _deadline(subject)


def disruption_budget(subject: Subject) -> Iterator[Problem]:
    """A PodDisruptionBudget's two ways to say the same."""
    spec = subject.spec
    if "minAvailable" in spec and "maxUnavailable" in spec:
        yield Problem(
            "bad-strategy", ("spec",), "has minAvailable and maxUnavailable", "Write one of the two."
        )
    for key in ("minAvailable", "maxUnavailable"):
        yield from _share(("spec", key), spec.get(key))


def rollout_strategy(subject: Subject) -> Iterator[Problem]:
    """A Rollout's strategy and steps.

    Source: github.com/argoproj/argo-rollouts/pkg/apis/rollouts/validation.
    """
    spec = subject.spec
    strategy = mapping(spec.get("strategy"))
    at: FieldPath = ("spec", "strategy")
    if ("canary" in strategy) == ("blueGreen" in strategy):
        yield Problem("bad-strategy", at, "needs either canary or blueGreen", "Write one of the two.")
    if ("template" in spec) == ("workloadRef" in spec):
        yield Problem(
            "bad-strategy", ("spec",), "needs either template or workloadRef", "Write one of the two."
        )
    for key in ("replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"):
        yield from _not_negative(("spec", key), spec.get(key))
    yield from _deadline(subject)
    canary = mapping(strategy.get("canary"))
    yield from _surge((*at, "canary"), canary)
    for index, step in entries(canary.get("steps")):
        yield from _step((*at, "canary", "steps", index), step)


def analysis_metrics(subject: Subject) -> Iterator[Problem]:
    """An AnalysisTemplate's metrics: durations, counts and providers.

    Source: github.com/argoproj/argo-rollouts/utils/analysis, ValidateMetric.
    """
    for index, metric in entries(subject.spec.get("metrics")):
        at: FieldPath = ("spec", "metrics", index)
        for key in ("interval", "initialDelay"):
            yield from _duration((*at, key), metric.get(key), _DURATION)
        yield from _counts(at, metric)
        providers = sorted(map(str, mapping(metric.get("provider"))))
        if len(providers) > 1 or metric.get("provider") == {}:
            found = listed(providers, "and") or "none"
            yield Problem(
                "bad-strategy", (*at, "provider"), f"has {found}, one is needed", "Write one provider."
            )


def _counts(at: FieldPath, metric: dict[str, object]) -> Iterator[Problem]:
    count = number(metric.get("count")) or 0
    if count > 1 and "interval" not in metric:
        yield Problem(
            "bad-strategy",
            (*at, "interval"),
            f"is missing, and count is {count}",
            "Write how long to wait between two measurements, such as 1m.",
        )
    failures, successes = (
        number(metric.get(key, 0)) or 0 for key in ("failureLimit", "consecutiveSuccessLimit")
    )
    if 0 < count < max(failures, 0) + successes:
        yield Problem(
            "bad-strategy",
            (*at, "count"),
            f"is {count}, fewer than the limits of failures and successes together",
            f"Raise count to {max(failures, 0) + successes}, or lower the limits.",
        )


def _step(at: FieldPath, step: dict[str, object]) -> Iterator[Problem]:
    if len(step) != 1:
        found = f"has {listed(sorted(map(str, step)), 'and')}" if step else "does nothing"
        yield Problem("bad-strategy", at, f"{found}, a step does one thing", "Write one thing a step.")
    weight = number(step.get("setWeight"))
    if weight is not None and not 0 <= weight <= 100:
        yield Problem(
            "bad-strategy", (*at, "setWeight"), f"is {weight}, 0 to 100 is allowed", "Write a per cent."
        )
    duration = mapping(step.get("pause")).get("duration")
    yield from _duration((*at, "pause", "duration"), duration, _SECONDS_OR_DURATION)
    if (seconds := number(duration)) is not None and seconds < 0:
        yield Problem("bad-strategy", (*at, "pause", "duration"), f"is {seconds}", "Write 0 or more.")


def _duration(at: FieldPath, value: object, form: re.Pattern[str]) -> Iterator[Problem]:
    # An argument of the template may stand for the whole value.
    if isinstance(value, str) and not form.fullmatch(value) and "{{" not in value:
        yield Problem(
            "bad-duration",
            at,
            f"{shown(value)} is no duration",
            "Write numbers with units, such as 90s or 1h30m.",
        )


def _deadline(subject: Subject) -> Iterator[Problem]:
    spec = subject.spec
    deadline = number(spec.get("progressDeadlineSeconds", 600))
    ready = number(spec.get("minReadySeconds", 0))
    if deadline is not None and ready is not None and deadline <= ready:
        yield Problem(
            "bad-strategy",
            ("spec", "progressDeadlineSeconds"),
            f"is {deadline}, not more than minReadySeconds ({ready})",
            "Raise it: a pod that comes up as it should would count as stuck.",
        )


def _surge(at: FieldPath, holder: dict[str, object]) -> Iterator[Problem]:
    for key in ("maxSurge", "maxUnavailable"):
        yield from _share((*at, key), holder.get(key))
    if _nothing(holder.get("maxSurge")) and _nothing(holder.get("maxUnavailable")):
        yield Problem(
            "bad-strategy",
            (*at, "maxUnavailable"),
            "is 0, and maxSurge is 0 as well: nothing could ever be replaced",
            "Write 1 in one of the two.",
        )


def _share(at: FieldPath, value: object) -> Iterator[Problem]:
    if isinstance(value, str) and not _PERCENT.fullmatch(value):
        yield Problem(
            "bad-strategy", at, f"{shown(value)} is neither a number nor a share", "Write 1, or 25%."
        )
    elif isinstance(value, str) and int(value[:-1]) > 100:
        yield Problem("bad-strategy", at, f"{value} is more than all", "Write at most 100%.")
    yield from _not_negative(at, value)


def _nothing(value: object) -> bool:
    return value in ("0%", 0) and value is not False


def _not_negative(at: FieldPath, value: object) -> Iterator[Problem]:
    amount = number(value)
    if amount is not None and amount < 0:
        yield Problem("bad-strategy", at, f"is {amount}", "Write 0 or more.")
