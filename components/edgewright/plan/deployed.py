"""A workload on one class: every choice made and every default filled in, or the reason why it cannot run."""

from __future__ import annotations

from collections.abc import Mapping

from edgewright.catalogue import Catalogue, version_key
from edgewright.errors import FieldPath, Finding
from edgewright.fleet import (
    Batching,
    Resources,
    Runtime,
    Shutdown,
    Startup,
    Workload,
    WorkloadFields,
    WorkloadOn,
    effective,
)
from edgewright.fleet.part import camel
from edgewright.plan.amounts import check_amounts
from edgewright.plan.chain import tiers_of
from edgewright.plan.hardware import Hardware
from edgewright.plan.plan import Deployed, PlannedImage
from edgewright.plan.site import Building, Site
from edgewright.plan.tiers import (
    RULE,
    choose_runtime,
    platform_for,
)

# What is left out is the same for every workload, and frozen.
_BATCHING, _STARTUP, _SHUTDOWN = Batching(), Startup(), Shutdown()


def deploy(
    building: Building,
    site: Site,
    name: str,
    workload: Workload,
    on: WorkloadOn | None,
    given: Mapping[str, FieldPath],
) -> Deployed | None:
    """The workload on the class, or None with the reason among the findings.

    `given` are the paths of the fields that the workload itself has.
    """
    path: FieldPath = ("workloads", name)
    if on is not None:  # the class's own come before the workload's
        path = (*path, "on", site.name)
        given = {**given, **given_paths(path, on)}
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
    tiers = tiers_of(
        building, site, fields, model_name, model, runtime_name, planned_image, given.get("tiers", path)
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
        batching=fields.batching or _BATCHING,
        startup=fields.startup or _STARTUP,
        shutdown=fields.shutdown or _SHUTDOWN,
        resources=fields.resources,
        load=fields.load,
        p99=fields.latency.p99 if fields.latency else None,
        stated=fields.latency.stated if fields.latency else {},
        runtime=runtime_name,
        image=planned_image,
        tiers=tiers,
        rule=fields.rule if any(tier.tier == RULE for tier in tiers) else None,
        uses_gpu=fields.resources.gpu > 0,
        when_unsure=fields.when_unsure,
        draw=fields.draw,
        threads=fields.threads,
        grpc=bool(fields.grpc),
        response_cache=fields.response_cache,
    )
    building.findings.extend(check_amounts(site.name, site.hardware, deployed, building.catalogue))
    return deployed


def given_paths(path: FieldPath, fields: WorkloadFields) -> dict[str, FieldPath]:
    """The path of each field that was written of those at a path."""
    return {field: (*path, camel(field)) for field in fields.model_fields_set}


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
    if fields.runtime is not None and fields.runtime not in building.runtimes:
        return None  # the reference that leads nowhere is found elsewhere
    asked, gpus = fields.runtime, resources.gpu
    chosen = site.once(("image", asked, gpus), lambda: _chosen(building, site, asked, gpus))
    if chosen is None:
        known = building.runtimes.get(asked or "")
        building.findings.append(_no_image(site, asked, known, path, building.catalogue))
        return None
    name, runtime, platform = chosen
    image = runtime.images[platform]
    written = name in building.fleet.runtimes
    at: FieldPath = ("runtimes", name, "images", platform) if written else path
    locked = building.lock.images.get(image)
    if locked is None:
        building.not_locked.setdefault(image, at)
        return name, PlannedImage(image, platform, None, at)
    size = locked.size_on(site.hardware.architecture)
    return name, PlannedImage(image, platform, locked.digest, at, size)


def _chosen(building: Building, site: Site, name: str | None, gpus: int) -> tuple[str, Runtime, str] | None:
    """The runtime that was asked for, or one that suits, and the platform of its image for the class."""
    if name is None:
        name = choose_runtime(building.runtimes, site.hardware, gpus, building.catalogue)
    if name is None:
        return None
    runtime = building.runtimes[name]
    platform = platform_for(runtime, site.hardware)
    return (name, runtime, platform) if platform else None


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
