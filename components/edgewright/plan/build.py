"""Fleet, lock and inventory ⇒ Plan: every choice that rendering needs, and what cannot work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from edgewright.artifact.lock import Lock
from edgewright.catalogue import Catalogue
from edgewright.document.garbage import no_collection
from edgewright.errors import FieldPath, Finding
from edgewright.fleet import DeviceClass, Fleet, Workload, WorkloadOn, runtimes_of
from edgewright.plan.admission import check_admission, check_forms
from edgewright.plan.case import Case
from edgewright.plan.cuda import least_cuda
from edgewright.plan.deployed import deploy, given_paths
from edgewright.plan.destinations import check_destinations
from edgewright.plan.engines import check_engines
from edgewright.plan.figures import check_figures
from edgewright.plan.hardware import check_hardware, hardware_of
from edgewright.plan.locked import check_architectures, check_lock, without_stale
from edgewright.plan.names import check_names
from edgewright.plan.optional_parts import check_optional_parts
from edgewright.plan.plan import ClassPlan, Object, Plan
from edgewright.plan.platform_parts import parts_of
from edgewright.plan.proofs import prove
from edgewright.plan.rollouts import check_one_rollout, check_rollouts, rings_of, rollouts_by_class
from edgewright.plan.signing import check_signing
from edgewright.plan.site import Building, Site
from edgewright.plan.unused import check_unused

Entry = tuple[str, Workload, WorkloadOn | None, Mapping[str, FieldPath]]
"""A workload by its name, what is different on one class, and where its own fields are written."""


def build_plan(
    fleet: Fleet,
    catalogue: Catalogue,
    lock: Lock,
    *,
    texts: Mapping[str, str] | None = None,
    counts: Mapping[str, tuple[int, ...]] | None = None,
    policies: Mapping[str, tuple[Object, ...]] | None = None,
) -> Plan:
    """The plan of a fleet whose references hold.

    `texts` are the small files that the fleet names, by path; `counts` the devices by ring of each
    class, where an inventory was read (averages stand in where not); `policies` those of each folder of
    the fleet's own.
    """
    with no_collection():
        plan = _build(fleet, catalogue, lock, texts or {}, counts or {})
        findings = (*plan.findings, *check_forms(fleet, policies or {}))
        return replace(plan, policies=policies or {}, findings=findings)


def _build(
    fleet: Fleet,
    catalogue: Catalogue,
    lock: Lock,
    texts: Mapping[str, str],
    counts: Mapping[str, tuple[int, ...]],
) -> Plan:
    runtimes = runtimes_of(fleet, catalogue)
    building = Building(fleet, catalogue, without_stale(fleet, lock, runtimes), runtimes)
    by_class = _workloads_by_class(fleet)
    rollouts = rollouts_by_class(fleet)
    classes = tuple(
        planned
        for name, device_class in fleet.device_classes.items()
        if (
            planned := _class(
                building, name, device_class, by_class.get(name, []), rollouts.get(name), counts
            )
        )
    )
    findings = [
        *check_names(fleet),
        *building.findings,
        *check_rollouts(fleet),
        *check_signing(fleet, classes),
        *check_admission(fleet, classes),
        *check_destinations(fleet, classes),
        *check_optional_parts(fleet, classes),
        *check_engines(fleet, classes),
        *check_unused(fleet, classes),
        *check_figures(fleet, building.lock, classes),
        *check_architectures(building.lock, classes),
        *check_lock(fleet, lock, building.not_locked, runtimes),
    ]
    return Plan(fleet, classes, texts, building.not_locked, tuple(dict.fromkeys(findings)))


def _workloads_by_class(fleet: Fleet) -> dict[str, list[Entry]]:
    """Each class ⇒ what runs on it; a workload without `on` runs on every class."""
    by_class: dict[str, list[Entry]] = {}
    for name, workload in fleet.workloads.items():
        given = given_paths(("workloads", name), workload)
        for class_name in workload.on or fleet.device_classes:
            by_class.setdefault(class_name, []).append((name, workload, workload.on.get(class_name), given))
    return by_class


def _class(
    building: Building,
    name: str,
    device_class: DeviceClass,
    workloads: list[Entry],
    rollout_name: str | None,
    counts: Mapping[str, tuple[int, ...]],
) -> ClassPlan | None:
    """One class; None where it names hardware that nobody knows."""
    path: FieldPath = ("deviceClasses", name)
    hardware = hardware_of(device_class, building.catalogue)
    if hardware is None:
        return None
    building.findings.extend(check_hardware(path, device_class, building.catalogue, used=bool(workloads)))
    if not workloads:
        building.findings.append(_without_workload(path))
    site = Site(name, hardware)
    deployed = tuple(each for entry in workloads if (each := deploy(building, site, *entry)) is not None)
    building.findings.extend(check_one_rollout(name, deployed))
    rollout = building.fleet.rollouts[rollout_name] if rollout_name else None
    release = building.catalogue.k3s_release(device_class.software.k3s)
    planned = ClassPlan(
        name=name,
        path=path,
        device_class=device_class,
        architecture=hardware.architecture,
        kubernetes=release.kubernetes if release else "",
        accelerators=hardware.accelerators,
        hardware=hardware,
        parts=parts_of(
            building.fleet,
            building.catalogue,
            device_class,
            hardware,
            rolled_out=any(each.rollout for each in deployed),
        ),
        cuda=least_cuda(building.catalogue, device_class, deployed),
        workloads=deployed,
        rollout_name=rollout_name,
        rollout=rollout,
        rings=rings_of(rollout_name, rollout, device_class.devices, counts.get(name)),
    )
    proofs, found = prove(Case(building.fleet, building.catalogue, building.lock, hardware, planned))
    building.findings.extend(found)
    return replace(planned, proofs=proofs)


def _without_workload(path: FieldPath) -> Finding:
    return Finding(
        "class-without-workload",
        "warning",
        f"no workload runs on `{path[-1]}`",
        "add the class under a workload's `on`, or remove it",
        path,
        on_key=True,
    )
