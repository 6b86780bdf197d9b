"""What a fleet says that is checked and not rendered yet: named, so that nobody counts on it."""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.errors import FieldPath, Finding
from edgewright.fleet import DeviceClass, Rollout, WorkloadFields
from edgewright.fleet.part import camel
from edgewright.fleet.wording import listed
from edgewright.plan import Plan
from edgewright.plan.signing import by_flux, manifests_repository, signers_of
from edgewright.render.analysis import judges

_Unrendered = Iterator[tuple[FieldPath, str]]


def not_rendered_yet(plan: Plan) -> Iterator[Finding]:
    """One finding for each field that is written and has no effect on what is rendered."""
    for path, what in _unrendered(plan):
        name = next(step for step in reversed(path) if isinstance(step, str))
        yield Finding(
            rule="not-rendered-yet",
            level="info",
            message=f"`{name}` is checked, and {what}",
            remedy="keep it: it will take effect with the release that renders it",
            path=path,
            on_key=True,
        )


def _unrendered(plan: Plan) -> _Unrendered:
    fleet = plan.fleet
    if "platform" in fleet.model_fields_set:
        yield ("platform",), "`enrol` installs it on a device, but for Prometheus, which is up to you so far"
    for name, device_class in fleet.device_classes.items():
        yield from _of_class(("deviceClasses", name), device_class)
    for name, workload in fleet.workloads.items():
        yield from _of_workload(("workloads", name), workload)
        for class_name, on in workload.on.items():
            yield from _of_workload(("workloads", name, "on", class_name), on)
    for name, rollout in fleet.rollouts.items():
        yield from _of_rollout(("rollouts", name), rollout, plan)
    yield from _of_security(plan)
    if fleet.delivery.engine != "flux":
        engine = fleet.delivery.engine
        yield (
            ("delivery", "engine"),
            f"nothing is written for {engine} yet, so no signature is checked on delivery",
        )
        if "interval" in fleet.delivery.model_fields_set:
            yield ("delivery", "interval"), f"nothing is written for {engine} yet"
    for field, what in (
        ("scrape_interval", "Prometheus is not told yet"),
        ("alerts", "no alert is written yet"),
    ):
        if field in fleet.monitoring.model_fields_set:
            yield ("monitoring", camel(field)), what


def _of_class(path: FieldPath, device_class: DeviceClass) -> _Unrendered:
    for field in ("jetpack", "driver", "os"):
        if getattr(device_class.software, field) is not None:
            what = "it decides which images run; installing it is up to you so far"
            yield (*path, "software", field), what
    sharing = device_class.gpu_sharing
    if sharing is not None and sharing.strategy == "mig":
        what = "the device plugin is told so; cutting the GPU into its slices is up to you so far"
        yield (*path, "gpuSharing", "profile"), what
    if device_class.offline:
        yield (*path, "offline"), "its bundle is not written yet"


def _of_workload(path: FieldPath, fields: WorkloadFields) -> _Unrendered:
    if fields.load is not None:
        yield (*path, "load"), "it is held against what is asked of it; nothing rendered follows from it"


def _of_rollout(path: FieldPath, rollout: Rollout, plan: Plan) -> _Unrendered:
    if "unreachable" in rollout.model_fields_set:
        yield (*path, "unreachable"), "`promote` counts with it; nothing rendered follows from it"
    if rollout.on_abort == "pause":
        yield (*path, "onAbort"), "a device rolls back whatever it says"
    judging = {ring.path for planned in plan.classes for ring in planned.rings if judges(ring)}
    for index, stage in enumerate(rollout.stages):
        here = (*path, "stages", index)
        if stage.soak is not None and here not in judging and _is_used(path, plan):
            yield (
                (*here, "soak"),
                "`promote` waits for it; nothing on a device does where no `abortWhen` is watched",
            )


def _is_used(path: FieldPath, plan: Plan) -> bool:
    return any(planned.rollout_name == path[1] for planned in plan.classes)


def _of_security(plan: Plan) -> _Unrendered:
    fleet = plan.fleet
    security: FieldPath = ("security",)
    others = [each.name for each in plan.classes if each.device_class.signature_gate != "admission"]
    have = "has" if len(others) == 1 else "have"
    what = f"only a gate by admission enforces it, which {listed(others)} {have} not"
    for field in ("registries", "policies"):
        if getattr(fleet.security, field) and others:
            yield (*security, field), what
    enforced = _enforced_signatures(plan)
    for index in range(len(fleet.security.signatures)):
        if index not in enforced:
            yield (*security, "signatures", index, "images"), "no class has a gate that enforces it yet"


def _enforced_signatures(plan: Plan) -> set[int]:
    """Which rules some gate asks for: all of them at admission, the first about the manifests for Flux."""
    fleet = plan.fleet
    if any(each.device_class.signature_gate == "admission" for each in plan.classes):
        return set(range(len(fleet.security.signatures)))
    by_index = (
        signers_of(fleet, manifests_repository(fleet, each.name))
        for each in plan.classes
        if by_flux(fleet, each)
    )
    return {found[0] for found in by_index if found is not None}
