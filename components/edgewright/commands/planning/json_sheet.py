"""A sheet as JSON: raw whole numbers with the names of their units, in a shape that stays as it is.

docs/plan.md describes the shape.
"""

from __future__ import annotations

from typing import Any, Final

from edgewright.commands.planning.bar import Bar, per_cent
from edgewright.commands.planning.sheet import ClassSheet, Dated, LeftOut, Sheet
from edgewright.commands.printers.json_report import findings_value
from edgewright.commands.printers.json_text import json_text
from edgewright.errors import path_text
from edgewright.fleet import AbortWhen, Cpu, Duration, Memory, Resources
from edgewright.fleet.part import camel
from edgewright.plan import Deployed
from edgewright.plan.inequality import Inequality, Term
from edgewright.plan.units import BYTES, COUNT, MILLICORES, MILLIONTHS, MILLISECONDS

_UNITS: Final = {Cpu: MILLICORES, Memory: BYTES, Duration: MILLISECONDS}


def print_sheet_json(sheet: Sheet) -> str:
    """`{"fleet", "date", "whole", "whatIf", "classes": […], "findings": […], "summary": {…}}`."""
    return json_text({
        "fleet": sheet.fleet,
        "date": sheet.today.isoformat(),
        "whole": sheet.whole,
        "whatIf": list(sheet.what_if),
        "classes": [_class(each) for each in sheet.classes],
        **findings_value(sheet.findings),
    })  # fmt: skip


def amount(value: int | None, unit: str) -> dict[str, Any] | None:
    """An amount with the name of its unit; None where there is none."""
    return None if value is None else {"amount": int(value), "unit": unit}


def _class(each: ClassSheet) -> dict[str, Any]:
    planned = each.planned
    device_class = planned.device_class
    return {
        "name": each.name,
        "board": device_class.board,
        "architecture": planned.architecture,
        "kubernetes": planned.kubernetes,
        "powerMode": device_class.power_mode,
        "signatureGate": device_class.signature_gate,
        "offline": device_class.offline,
        "devices": each.devices,
        "budget": [_bar(bar) for bar in each.bars],
        "workloads": [_workload(deployed, each.left_out[deployed.name]) for deployed in planned.workloads],
        "notPlanned": list(each.missing),
        "rollout": planned.rollout_name,
        "rings": [_ring(dated) for dated in each.rings],
    }


def _bar(bar: Bar) -> dict[str, Any]:
    proof = bar.proof
    return {
        "rule": proof.rule,
        "name": proof.name,
        "what": proof.what,
        "workload": proof.workload,
        "unit": proof.unit.name,
        **_sides(proof),
        "level": proof.level,
        "path": path_text(proof.at),
        "needs": [_term(term) for term in proof.needs],
        "has": [_term(term) for term in proof.has],
        **({"before": _sides(bar.before) if bar.before else None} if bar.compared else {}),
    }


def _sides(proof: Inequality) -> dict[str, Any]:
    return {
        "needed": int(proof.needed),
        "available": int(proof.available),
        "free": int(proof.available - proof.needed),
        "perCent": per_cent(proof),
        "holds": proof.holds,
    }


def _term(term: Term) -> dict[str, Any]:
    return {"name": term.name, "amount": int(term.amount), "path": path_text(term.path)}


def _workload(deployed: Deployed, left_out: tuple[LeftOut, ...]) -> dict[str, Any]:
    return {
        "name": deployed.name,
        "path": path_text(deployed.path),
        "model": deployed.model,
        "modelVersion": deployed.model_version,
        "runtime": deployed.runtime,
        "image": deployed.image.name,
        "platform": deployed.image.platform,
        "digest": deployed.image.digest,
        "tiers": [
            {"tier": tier.tier, "backend": tier.backend, "variant": tier.variant, "locked": bool(tier.locked)}
            for tier in deployed.tiers
        ],
        "leftOut": [
            {"tier": each.tier, "why": each.why, "remedy": each.remedy, "path": path_text(each.path)}
            for each in left_out
        ],
        "resources": resources_value(deployed.resources),
        **_parts(deployed),
    }


def _parts(deployed: Deployed) -> dict[str, Any]:
    """What is off by default; null where it is."""
    unsure = deployed.when_unsure
    return {
        "concurrency": deployed.batching.concurrency,
        "threads": deployed.threads,
        "grpc": deployed.grpc,
        "responseCache": amount(deployed.response_cache, BYTES.name),
        "whenUnsure": {
            "below": amount(unsure.below, MILLIONTHS.name),
            "escalateTo": unsure.escalate_to,
            "keep": amount(unsure.keep, BYTES.name),
        }
        if unsure
        else None,
    }


def resources_value(resources: Resources) -> dict[str, Any]:
    """Each resource that is asked for, with its unit."""
    fields = {name: getattr(resources, name) for name in type(resources).model_fields}
    return {
        camel(name): amount(value, _UNITS.get(type(value), COUNT).name)
        for name, value in fields.items()
        if value is not None
    }


def _ring(dated: Dated) -> dict[str, Any]:
    ring = dated.ring
    return {
        "name": ring.name,
        "upTo": amount(ring.up_to, MILLIONTHS.name),
        "devices": ring.devices,
        "begins": dated.begins.isoformat(),
        "after": amount(dated.after, MILLISECONDS.name),
        "soak": amount(ring.soak, MILLISECONDS.name),
        "abortWhen": _abort_when(ring.abort_when),
    }


def _abort_when(limits: AbortWhen | None) -> dict[str, Any] | None:
    if limits is None:
        return None
    values = {name: getattr(limits, name) for name in type(limits).model_fields}
    return {
        camel(name): amount(value, MILLIONTHS.name) for name, value in values.items() if value is not None
    }
