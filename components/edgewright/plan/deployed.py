"""A workload on one class: every choice made and every default filled in, or the reason why it cannot run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from edgewright.artifact.lock import Lock
from edgewright.catalogue import Catalogue, version_key
from edgewright.errors import FieldPath, Finding, Note
from edgewright.fleet import (
    Batching,
    Fleet,
    Model,
    Resources,
    Runtime,
    Shutdown,
    Startup,
    Tier,
    Workload,
    WorkloadFields,
    WorkloadOn,
    effective,
)
from edgewright.fleet.part import camel
from edgewright.plan.amounts import check_amounts
from edgewright.plan.hardware import Hardware
from edgewright.plan.plan import Deployed, PlannedImage, PlannedTier
from edgewright.plan.tiers import (
    RULE,
    cannot_run,
    choose_runtime,
    default_tiers,
    form_of,
    platform_for,
    why_not,
)


@dataclass(frozen=True, slots=True)
class Building:
    """What is at hand while a plan is made. Findings, and names that fleet.lock lacks, gather in it."""

    fleet: Fleet
    catalogue: Catalogue
    lock: Lock
    runtimes: Mapping[str, Runtime]
    findings: list[Finding] = field(default_factory=list)
    not_locked: dict[str, FieldPath] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Site:
    """The class that a workload is deployed on."""

    name: str
    hardware: Hardware

    @property
    def note(self) -> Note:
        """The class, as a second place of a finding."""
        return Note("the class", path=("deviceClasses", self.name))


def deploy(
    building: Building, site: Site, name: str, workload: Workload, on: WorkloadOn | None
) -> Deployed | None:
    """The workload on the class, or None with the reason among the findings."""
    path: FieldPath = ("workloads", name) if on is None else ("workloads", name, "on", site.name)
    given = given_paths(name, workload, on, site.name)
    fields = effective(workload, on)
    model_name = (on.model if on else None) or workload.model
    model = building.fleet.models.get(model_name)
    if fields.resources is None:
        building.findings.append(_no_resources(name, site, path))
        return None
    image = _image(building, site, fields, fields.resources, given.get("runtime", path))
    if model is None or image is None:
        return None
    runtime_name, planned_image = image
    runtime = building.runtimes[runtime_name]
    tiers = _tiers(
        building, site, fields, model_name, model, runtime, planned_image, given.get("tiers", path)
    )
    if not tiers:
        return None
    deployed = Deployed(
        name=name,
        path=path,
        given=given,
        model=model_name,
        model_version=model.version,
        rollout=fields.rollout,
        exposed=fields.expose == "cluster",
        batching=fields.batching or Batching(),
        startup=fields.startup or Startup(),
        shutdown=fields.shutdown or Shutdown(),
        resources=fields.resources,
        p99=fields.latency.p99 if fields.latency else None,
        runtime=runtime_name,
        image=planned_image,
        tiers=tiers,
        rule=fields.rule if any(tier.tier == RULE for tier in tiers) else None,
        uses_gpu=fields.resources.gpu > 0,
    )
    building.findings.extend(check_amounts(site.name, site.hardware, deployed, building.catalogue))
    return deployed


def given_paths(
    name: str, workload: Workload, on: WorkloadOn | None, class_name: str
) -> dict[str, FieldPath]:
    """The path of each field that was written, the class's own before the workload's."""
    given: dict[str, FieldPath] = {
        field: ("workloads", name, camel(field)) for field in workload.model_fields_set
    }
    if on is not None:
        given |= {field: ("workloads", name, "on", class_name, camel(field)) for field in on.model_fields_set}
    return given


def _no_resources(name: str, site: Site, path: FieldPath) -> Finding:
    return Finding(
        "missing-field",
        "error",
        f"`{name}` has no resources on `{site.name}`",
        "add `resources: {cpu: 1, memory: 512Mi}`: without limits it could take the whole device",
        (*path, "resources"),
        on_key=True,
        notes=(site.note,),
        waivable=False,
    )


def _image(
    building: Building, site: Site, fields: WorkloadFields, resources: Resources, path: FieldPath
) -> tuple[str, PlannedImage] | None:
    """The runtime's name and its image for the class; None with a finding where there is none."""
    name = fields.runtime
    if name is None:
        name = choose_runtime(building.runtimes, site.hardware, resources.gpu, building.catalogue)
    elif name not in building.runtimes:
        return None  # the reference that leads nowhere is found elsewhere
    runtime = building.runtimes[name] if name else None
    platform = platform_for(runtime, site.hardware) if runtime else None
    if name is None or runtime is None or platform is None:
        building.findings.append(_no_image(site, name, runtime, path, building.catalogue))
        return None
    image = runtime.images[platform]
    written = name in building.fleet.runtimes
    at: FieldPath = ("runtimes", name, "images", platform) if written else path
    digest = building.lock.images.get(image)
    if digest is None:
        building.not_locked.setdefault(image, at)
    return name, PlannedImage(image, platform, digest, at)


def _no_image(
    site: Site, name: str | None, runtime: Runtime | None, path: FieldPath, catalogue: Catalogue
) -> Finding:
    hardware = site.hardware
    if runtime is None:
        message = f"no runtime has an image that runs on `{site.name}`"
    else:
        has = ", ".join(runtime.images)
        message = f"the runtime `{name}` has no image that runs on `{site.name}`: it has {has}"
    can = ", ".join(hardware.platforms)
    remedy = f"name a runtime with an image for {can}" if can else "check the class's architecture"
    if hardware.gpus and (needs := _for_cuda(hardware, runtime, catalogue)):
        remedy += f"; with {needs} the class would run CUDA images too"
    return Finding("no-image-for-class", "error", message, remedy, path, notes=(site.note,), waivable=False)


def _for_cuda(hardware: Hardware, runtime: Runtime | None, catalogue: Catalogue) -> str | None:
    """What a class would have to state so that CUDA images run on it; None where they do."""
    if any(known.cuda for each in hardware.platforms if (known := catalogue.platforms.get(each))):
        return None
    if hardware.architecture == "arm64":
        return "`software.jetpack`"
    images = runtime.images if runtime else catalogue.platforms
    known_ones = (catalogue.platforms.get(each) for each in images)
    drivers = [known.least_driver for known in known_ones if known and known.least_driver]
    return f"a `software.driver` of {min(drivers, key=version_key)} or later" if drivers else None


def _tiers(
    building: Building,
    site: Site,
    fields: WorkloadFields,
    model_name: str,
    model: Model,
    runtime: Runtime,
    image: PlannedImage,
    path: FieldPath,
) -> tuple[PlannedTier, ...]:
    """The tiers that can run, in order; those that were asked for and cannot are findings."""
    asked = fields.tiers
    planned: list[PlannedTier] = []
    dangling = False
    gpus = fields.resources.gpu if fields.resources else 0
    for index, tier in enumerate(asked or default_tiers(runtime, model, fields.rule, building.catalogue)):
        if asked and tier.variant and tier.variant not in model.variants:
            dangling = True  # found elsewhere
            continue
        here = (*path, index) if asked else path
        each = _tier(building, site, tier, model_name, model, here)
        precision = _precision(tier, model, each)
        reason = why_not(tier, precision, site.hardware, image.platform, gpus, building.catalogue)
        if reason is None:
            planned.append(each)
        elif asked:
            building.findings.append(cannot_run(tier, reason, here, site.name))
    if not planned and not dangling:
        building.findings.append(_no_tier(site, path))
    for each in planned:
        if each.variant is not None and each.locked is None:
            below: FieldPath = ("variants", each.variant) if each.variant in model.variants else ()
            building.not_locked.setdefault(f"{model_name}/{each.variant}", ("models", model_name, *below))
    return tuple(planned)


def _precision(tier: Tier, model: Model, planned: PlannedTier) -> str | None:
    variant = model.variants.get(tier.variant or "")
    if variant is not None:
        return variant.precision
    return planned.locked.precision if planned.locked else None


def _no_tier(site: Site, path: FieldPath) -> Finding:
    return Finding(
        "no-tier-runs",
        "error",
        f"no tier of this workload can run on `{site.name}`",
        "add one that can, such as `onnxruntime-cpu`",
        path,
        notes=(site.note,),
        waivable=False,
    )


def _tier(
    building: Building, site: Site, tier: Tier, model_name: str, model: Model, path: FieldPath
) -> PlannedTier:
    if tier == RULE:
        return PlannedTier(tier, RULE, None, None, path)
    form = form_of(tier)
    locked = building.lock.variant(model_name, model.version, form)
    if locked is not None and site.hardware.architecture not in locked.artifacts:
        locked = None  # an older lock, from before there was such a class
    return PlannedTier(tier, tier.backend, form, locked, path)
