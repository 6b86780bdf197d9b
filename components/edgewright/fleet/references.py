"""Where one part of a fleet names another: both ends are shown when they do not meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from edgewright.errors import FieldPath, Finding, Note
from edgewright.fleet.coherence import (
    durations,
    host_findings,
    link_findings,
    policy_findings,
    rollout_findings,
    security_findings,
    sharing_findings,
    thresholds,
)
from edgewright.fleet.device_class import DeviceClass
from edgewright.fleet.optional_parts import optional_findings
from edgewright.fleet.power_modes import power_mode_findings
from edgewright.fleet.runtime import Runtime
from edgewright.fleet.scope import Scope, contradiction, runtimes_of, unknown
from edgewright.fleet.tiers import TierUse, figure_findings
from edgewright.fleet.words import Words
from edgewright.fleet.workload import Workload, WorkloadFields, WorkloadOn

__all__ = ["check_references", "effective", "runtimes_of"]


def check_references(scope: Scope) -> list[Finding]:
    """Every reference that leads nowhere, and every part that contradicts itself."""
    findings: list[Finding] = []
    fleet = scope.fleet
    for name, device_class in fleet.device_classes.items():
        findings += _device_class(device_class, ("deviceClasses", name), scope)
    for name, runtime in fleet.runtimes.items():
        findings += _runtime(runtime, ("runtimes", name), scope)
    for name, workload in fleet.workloads.items():
        findings += _workload(workload, ("workloads", name), scope)
    for name, rollout in fleet.rollouts.items():
        findings += rollout_findings(rollout, ("rollouts", name), scope)
    findings += security_findings(scope)
    findings += policy_findings(scope)
    findings += thresholds(scope)
    findings += durations(scope)
    return findings


def effective(workload: Workload, on: WorkloadOn | None) -> WorkloadFields:
    """The workload as it is on one class: what is written there replaces a field as a whole."""
    if on is None:
        return workload
    given = {name: getattr(on, name) for name in on.model_fields_set}
    return workload.model_copy(update={name: value for name, value in given.items() if value is not None})


def _device_class(device_class: DeviceClass, path: FieldPath, scope: Scope) -> Iterator[Finding]:
    yield from _what_it_is(device_class, path, scope)
    yield from host_findings(device_class, path, scope)
    yield from power_mode_findings(device_class, path, scope)
    yield from sharing_findings(device_class, path, scope)
    yield from link_findings(device_class, path, scope)
    gate = (*path, "signatureGate")
    if device_class.offline and device_class.signature_gate != "bundle":
        written = "signature_gate" in device_class.model_fields_set
        if written or not scope.is_written(gate):
            yield contradiction(
                f"an offline class cannot check signatures by `{device_class.signature_gate}`: "
                "that asks a registry",
                "write `signatureGate: bundle`",
                gate,
                Note("offline here", path=(*path, "offline")),
            )


def _what_it_is(device_class: DeviceClass, path: FieldPath, scope: Scope) -> Iterator[Finding]:
    board, host = device_class.board, device_class.host
    if board is not None and host is not None:
        yield contradiction(
            f"`{path[-1]}` has both a board and a host",
            "keep one of the two: a board of the catalogue, or a host that you describe",
            (*path, "host"),
            Note("the board", path=(*path, "board")),
            on_key=True,
        )
    if (
        not any(scope.is_written((*path, name)) for name in ("board", "host"))
        and board is None
        and host is None
    ):
        yield contradiction(
            f"`{path[-1]}` has neither a board nor a host",
            "name a `board` of the catalogue, or describe the device by `host: {arch, cpu, memory}`",
            path,
            on_key=True,
        )
    if board is not None and board not in scope.catalogue.boards:
        yield unknown("board", board, Words(scope.catalogue.boards), (*path, "board"))
    if host is not None and host.gpu is not None and host.gpu not in scope.catalogue.gpus:
        yield unknown("GPU", host.gpu, Words(scope.catalogue.gpus), (*path, "host", "gpu"))


def _runtime(runtime: Runtime, path: FieldPath, scope: Scope) -> Iterator[Finding]:
    for index, backend in enumerate(runtime.backends):
        if backend not in scope.catalogue.backends:
            yield unknown("backend", backend, Words(scope.catalogue.backends), (*path, "backends", index))
    for platform in runtime.images:
        if platform not in scope.catalogue.platforms:
            known = Words(scope.catalogue.platforms)
            yield unknown("platform", platform, known, (*path, "images", platform), on_key=True)
    yield from _tag(runtime, path, scope)


def _tag(runtime: Runtime, path: FieldPath, scope: Scope) -> Iterator[Finding]:
    """An image that an earlier runtime has under another tag: fleet.lock has one digest for it."""
    for name, other in scope.fleet.runtimes.items():
        if name == path[-1]:
            return
        shared = set(runtime.images.values()) & set(other.images.values())
        if shared and runtime.tag and other.tag and runtime.tag != other.tag:
            yield contradiction(
                f"`{min(shared)}` has the tag `{runtime.tag}` here and `{other.tag}` in `{name}`",
                "write the same tag, or give the image another name",
                (*path, "tag"),
                Note("the other tag", path=("runtimes", name, "tag")),
            )
            return


def _workload(workload: Workload, path: FieldPath, scope: Scope) -> Iterator[Finding]:
    yield from _fields(workload, path, scope)
    classes = scope.names("deviceClasses")
    for class_name, on in workload.on.items():
        below = (*path, "on", class_name)
        if classes is not None and class_name not in classes:
            yield unknown("device class", class_name, classes, below, ("deviceClasses",), on_key=True)
        yield from _fields(on, below, scope)
    told: set[FieldPath] = set()
    for use in _uses(workload, path, scope):
        for finding in use.findings(scope):
            if finding.path not in told:
                told.add(finding.path)
                yield finding


def _fields(fields: WorkloadFields, path: FieldPath, scope: Scope) -> Iterator[Finding]:
    """The names that a workload gives, in general or on one class."""
    for field, section in (("model", "models"), ("rollout", "rollouts")):
        name, known = getattr(fields, field, None), scope.names(section)
        if name is not None and known is not None and name not in known:
            yield unknown(field, name, known, (*path, field), (section,))
    runtimes, built_in = scope.names("runtimes"), scope.catalogue.runtimes
    name = fields.runtime
    if name is not None and runtimes is not None and name not in runtimes and name not in built_in:
        yield unknown("runtime", name, Words((*runtimes, *built_in)), (*path, "runtime"), ("runtimes",))
    if fields.latency is not None:
        yield from figure_findings(fields.latency.stated, (*path, "latency", "stated"), scope)
    yield from optional_findings(fields, path, scope)


def _uses(workload: Workload, path: FieldPath, scope: Scope) -> Iterator[TierUse]:
    """Every list of tiers with what it meets: the workload's meets what each class without its own says."""
    has_rule = workload.rule is not None or scope.is_written((*path, "rule"))
    base = TierUse(workload.tiers or (), path, workload.runtime, workload.model, has_rule)
    inherited = False
    for class_name, on in workload.on.items():
        below = (*path, "on", class_name)
        use = replace(
            base,
            runtime=on.runtime or base.runtime,
            model=on.model or base.model,
            rule=has_rule or on.rule is not None or scope.is_written((*below, "rule")),
        )
        if on.tiers is not None:
            yield replace(use, tiers=on.tiers, path=below)
        elif not scope.is_written((*below, "tiers")):
            inherited = True
            yield replace(use, notes=(Note("on this class", path=below),))
    if not inherited:
        yield base
