"""Grace: what is under way when a pod stops has its answer before it is killed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from edgewright.plan.case import Case
from edgewright.plan.inequality import Inequality, Term
from edgewright.plan.units import MILLISECONDS

DRAIN: Final = 2000
"""Milliseconds in which requests still come to a pod that is told to stop: kube-proxy rewrites its rules once
a second at most, and as much again passes until the endpoints have reached it. Sources:
https://github.com/kubernetes/kubernetes/pull/92836 and
https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination"""


def prove(case: Case) -> Iterator[Inequality]:
    """Nothing to prove of a workload that promises nothing."""
    for each in case.planned.workloads:
        if each.p99 is None:
            continue
        shutdown = each.origin("shutdown")
        path = (*shutdown, "grace") if "shutdown" in each.given else shutdown
        needed = -(-(DRAIN + each.p99) // 1000)
        yield Inequality(
            rule="grace-too-short",
            class_name=case.planned.name,
            workload=each.name,
            what="time to stop",
            unit=MILLISECONDS,
            needs=(Term("drain", DRAIN, path), Term("p99", int(each.p99), (*each.origin("latency"), "p99"))),
            has=(Term("grace", int(each.shutdown.grace), path),),
            at=path,
            remedy=f"write `grace: {needed}s` or more",
        )
