"""How workloads are replaced and measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edgewright.errors import Finding

Object = dict[str, Any]
Row = tuple[str, str, Any, str, str]
Says = Callable[[str, str, Any, str, str], None]
Break = Callable[..., list[Finding]]

POD = "spec template spec"


ROWS: list[Row] = [
    ("Deployment", "spec strategy rollingUpdate maxUnavailable", 0, "bad-strategy", "nothing could ever"),
    ("Deployment", "spec strategy rollingUpdate maxUnavailable", "0%", "bad-strategy", "nothing could ever"),
    ("Deployment", "spec strategy rollingUpdate maxUnavailable", "50%", "", ""),
    ("Deployment", "spec strategy rollingUpdate maxUnavailable", "half", "bad-strategy", "neither a number"),
    ("Deployment", "spec strategy rollingUpdate maxUnavailable", "150%", "bad-strategy", "more than all"),
    ("Deployment", "spec strategy type", "Recreate", "bad-strategy", "not for the type Recreate"),
    ("Deployment", "spec minReadySeconds", 600, "bad-strategy", "progressDeadlineSeconds"),
    ("Deployment", f"{POD} restartPolicy", "Never", "bad-strategy", "allowed is Always"),
    ("Rollout", "spec strategy canary maxUnavailable", 0, "bad-strategy", "nothing could ever"),
    ("Rollout", "spec strategy", {}, "bad-strategy", "canary or blueGreen"),
    ("Rollout", "spec workloadRef", {"name": "x", "kind": "y"}, "bad-strategy", "template or workloadRef"),
    ("Rollout", "spec strategy canary steps 0 setWeight", 101, "bad-strategy", "0 to 100"),
    ("Rollout", "spec strategy canary steps 0 pause", {}, "bad-strategy", "pause and setWeight"),
    ("Rollout", "spec strategy canary steps 2", {}, "bad-strategy", "does nothing"),
    (
        "Rollout",
        "spec strategy canary steps 2",
        {"pause": {"duration": "soon"}},
        "bad-duration",
        "no duration",
    ),
    ("Rollout", "spec strategy canary steps 2", {"pause": {"duration": "1h30m"}}, "", ""),
    ("Rollout", "spec strategy canary steps 2", {"pause": {"duration": 30}}, "", ""),
    ("AnalysisTemplate", "spec metrics 0 interval", "5 min", "bad-duration", "no duration"),
    ("AnalysisTemplate", "spec metrics 0 interval", "{{args.interval}}", "", ""),
    ("AnalysisTemplate", "spec metrics 0 count", 2, "bad-strategy", "failures and successes"),
    ("AnalysisTemplate", "spec metrics 0 count", "{{args.count}}", "", ""),
    ("AnalysisTemplate", "spec metrics 0 provider", {}, "bad-strategy", "none, one is needed"),
    (
        "AnalysisTemplate",
        "spec metrics 0 provider web",
        {"url": "x", "jsonPath": "y"},
        "bad-strategy",
        "has ",
    ),
]


@pytest.mark.parametrize(("kind", "path", "value", "rule", "words"), ROWS)
def test_a_field(says: Says, kind: str, path: str, value: Any, rule: str, words: str) -> None:
    says(kind, path, value, rule, words)


JOB: Object = {"restartPolicy": "Never", "containers": [{"name": "a", "image": "b"}]}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({}, "pod-security"),  # the rendering's namespace enforces the restricted standard for jobs too
        ({"restartPolicy": "Always"}, "bad-strategy"),
        ({"restartPolic": "Never"}, "schema-mismatch"),
    ],
)
def test_a_job_inside_an_analysis_is_checked(broken: Break, change: Object, rule: str) -> None:
    spec = {"template": {"spec": {**JOB, **change}}}
    found = broken("AnalysisTemplate", "spec metrics 0 provider", {"job": {"spec": spec}})
    assert rule in {each.rule for each in found}
