"""What is off by default: what it takes of a workload's memory, and where it has no effect as it is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from edgewright.errors import FieldPath, Finding
from edgewright.fleet import Fleet
from edgewright.plan.destinations import Destination, escalation_of, reaches, tracing_of
from edgewright.plan.inequality import Term
from edgewright.plan.plan import ClassPlan, Deployed
from edgewright.plan.tensors import has_scores, item_bytes, promised

GRPC_BYTES: Final = 24 << 20
"""What gRPC takes of a server's process. Measured: 16 MiB under load; docs/memory.md."""

TRACING_BYTES: Final = 16 << 20
"""What OpenTelemetry takes. Measured: 10 MiB."""

WAITING: Final = 65
"""Inputs that wait to be kept at most, with the one that is being written…"""

WAITING_BYTES: Final = 32 << 20
"""…and bytes of them: edgewright_runtime/reservoir.py."""

ANSWER_BYTES: Final = 1024
"""What an answer takes that is kept in memory, beside its tensors: edgewright_runtime/cache.py."""

_Reason = tuple[str, str]
"""Why something has no effect, and what to do."""


def memory_of(fleet: Fleet, planned: ClassPlan, deployed: Deployed) -> Iterator[Term]:
    """What each part that is on takes of a workload's memory."""
    if deployed.grpc:
        yield Term("gRPC", GRPC_BYTES, deployed.origin("grpc"))
    tracing = tracing_of(fleet)
    if tracing is not None and reaches(planned, tracing):
        yield Term("tracing", TRACING_BYTES, tracing.path)
    if deployed.response_cache is not None:
        yield Term("answers from before", int(deployed.response_cache), deployed.origin("response_cache"))
    if deployed.kept is not None:
        path = (*deployed.origin("when_unsure"), "keep")
        yield Term("inputs that wait to be kept", _waiting(deployed), path)


def _waiting(deployed: Deployed) -> int:
    """Bytes of inputs that wait, and of one as it is written: as arrays, as a file, and as the file's bytes."""
    form = promised(deployed)
    one = item_bytes(form.inputs) if form else None
    return WAITING_BYTES if one is None else min(WAITING_BYTES, WAITING * one) + 2 * one


def check_optional_parts(fleet: Fleet, classes: Sequence[ClassPlan]) -> Iterator[Finding]:
    """Parts that are on and have no effect on any class that they are written for."""
    found: dict[FieldPath, list[_Reason | None]] = {}
    for planned in classes:
        for deployed in planned.workloads:
            for path, reason in _looked_at(fleet, planned, deployed):
                found.setdefault(path, []).append(reason)
    for path, reasons in found.items():
        told = [reason for reason in reasons if reason is not None]
        if len(told) == len(reasons):
            why, remedy = told[0]
            message = f"`{path[-1]}` has no effect: {why}"
            yield Finding("no-effect", "warning", message, remedy, path, on_key=True)


def _looked_at(
    fleet: Fleet, planned: ClassPlan, deployed: Deployed
) -> Iterator[tuple[FieldPath, _Reason | None]]:
    """Each part of a workload on a class, with the reason why it has no effect there, if there is one."""
    if deployed.grpc:
        unheard = ("no service leads to it", "write `expose: cluster`, or remove it")
        yield deployed.origin("grpc"), None if deployed.exposed else unheard
    for destination in (escalation_of(deployed), tracing_of(fleet)):
        if destination is not None:
            yield destination.path, _nobody_there(planned, destination)
    if deployed.response_cache is not None:
        yield deployed.origin("response_cache"), _cannot_hold_an_answer(deployed)
    if deployed.when_unsure is not None:
        path = deployed.origin("when_unsure")
        yield path, _never_unsure(deployed)
        yield (*path, "keep"), _cannot_hold_an_input(deployed)


def _nobody_there(planned: ClassPlan, destination: Destination) -> _Reason | None:
    remedy = "remove it, or name a Service of the device's own cluster by `name.namespace.svc`"
    if destination.is_pod_itself:
        return f"`{destination.host}` is the pod itself, in which nothing but the server runs", remedy
    if not reaches(planned, destination):
        return "every class that it is written for is offline", remedy
    return None


def _cannot_hold_an_answer(deployed: Deployed) -> _Reason | None:
    form = promised(deployed)
    one = item_bytes(form.outputs) if form else None
    if one is None or deployed.response_cache is None or deployed.response_cache >= one + ANSWER_BYTES:
        return None
    return f"an answer of `{deployed.model}` takes {one + ANSWER_BYTES:,} bytes", "write `64Mi`, or remove it"


def _cannot_hold_an_input(deployed: Deployed) -> _Reason | None:
    form = promised(deployed)
    one = item_bytes(form.inputs) if form else None
    if one is None or deployed.kept is None or deployed.kept > one:
        return None
    return f"an input of `{deployed.model}` takes {one:,} bytes and more", "write `512Mi`, or remove it"


def _never_unsure(deployed: Deployed) -> _Reason | None:
    form, unsure = promised(deployed), deployed.when_unsure
    if unsure is not None and not unsure.below:
        return "nothing is below 0%", "write a share above it, such as `below: 85%`"
    if form is None or has_scores(form.outputs):
        return None
    why = f"the first output of `{deployed.model}` is no row of scores, so nobody knows how sure it is"
    return why, "let the model give scores first, or remove it"
