"""The tiers of a workload on a class: which can run, in order, and why the others cannot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from edgewright.artifact.lock import LockedVariant
from edgewright.catalogue import Catalogue
from edgewright.errors import FieldPath, Finding
from edgewright.fleet import Model, Tier, WorkloadFields
from edgewright.plan.plan import PlannedImage, PlannedTier
from edgewright.plan.site import Building, Site
from edgewright.plan.software import obstacle
from edgewright.plan.tiers import RULE, cannot_run, default_tiers, file_format, form_of, why_not

Way: TypeAlias = tuple[str, str, str | None, LockedVariant | None]
Reason: TypeAlias = tuple[str, str]


def tiers_of(
    building: Building,
    site: Site,
    fields: WorkloadFields,
    model_name: str,
    model: Model,
    runtime_name: str,
    image: PlannedImage,
    path: FieldPath,
) -> tuple[PlannedTier, ...]:
    """The tiers that can run, in order; those that were asked for and cannot are findings."""
    asked, gpus = fields.tiers, fields.resources.gpu if fields.resources else 0
    rule = None if asked else fields.rule
    ways = site.once(
        ("ways", asked, runtime_name, rule is None, model_name, image.name, image.platform, gpus),
        lambda: _ways(building, site, asked, rule, model_name, model, runtime_name, image, gpus),
    )
    planned: list[PlannedTier] = []
    for index, way, reason in ways:
        here = (*path, index) if asked else path
        if reason is None:
            planned.append(PlannedTier(*way, here))
        elif asked:
            building.findings.append(cannot_run(Tier(way[0]), reason, here, site.name))
    if not planned and len(ways) == len(
        asked or ways
    ):  # else some names lead nowhere, which is found elsewhere
        building.findings.append(_no_tier(site, path))
    for each in planned:
        if each.variant is not None and each.locked is None:
            below: FieldPath = ("variants", each.variant) if each.variant in model.variants else ()
            building.not_locked.setdefault(f"{model_name}/{each.variant}", ("models", model_name, *below))
    return tuple(planned)


def _precision(tier: Tier, model: Model, locked: LockedVariant | None) -> str | None:
    variant = model.variants.get(tier.variant or "")
    if variant is not None:
        return variant.precision
    return locked.precision if locked else None


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


def _ways(
    building: Building,
    site: Site,
    asked: Sequence[Tier] | None,
    rule: str | None,
    model_name: str,
    model: Model,
    runtime_name: str,
    image: PlannedImage,
    gpus: int,
) -> list[tuple[int, Way, Reason | None]]:
    """Each tier that was asked for, or by default, with its index, less its path, and why it cannot run.

    Tiers of variants that the model has not are left out.
    """
    catalogue = building.catalogue
    tiers = asked or default_tiers(building.runtimes[runtime_name], model, rule, catalogue)
    found: list[tuple[int, Way, Reason | None]] = []
    for index, tier in enumerate(tiers):
        if asked and tier.variant and tier.variant not in model.variants:
            continue
        way = _way(building, site, tier, model_name, model)
        found.append((index, way, _why_not(site, tier, way, model, image, gpus, catalogue)))
    return found


def _why_not(
    site: Site, tier: Tier, way: Way, model: Model, image: PlannedImage, gpus: int, catalogue: Catalogue
) -> Reason | None:
    """Why a tier cannot run in an image on the class: for what it is, or for what the image holds."""
    precision, form = _precision(tier, model, way[-1]), file_format(tier, model)
    reason = why_not(tier, precision, site.hardware, image.platform, gpus, catalogue, form)
    known = catalogue.backends.get(tier.backend)
    if reason is None and known is not None:
        return obstacle(known, image.name, site.hardware.compute_capability, catalogue)
    return reason


def _way(building: Building, site: Site, tier: Tier, model_name: str, model: Model) -> Way:
    if tier == RULE:
        return tier, RULE, None, None
    form = form_of(tier)
    locked = building.lock.variant(model_name, model.version, form)
    if locked is not None and site.hardware.architecture not in locked.artifacts:
        locked = None  # an older lock, from before there was such a class
    return tier, tier.backend, form, locked
