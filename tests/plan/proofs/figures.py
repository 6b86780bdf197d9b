"""Fleets whose models have figures of memory in fleet.lock."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.small import fleet_of
from tests.strategies import CATALOGUE, locked

from edgewright.artifact.lock import LockedMemory
from edgewright.plan import Plan, build_plan


def plan_with(values: dict[str, Any], memory: LockedMemory | None, **of_forms: LockedMemory | None) -> Plan:
    """The plan of values; every form of every model takes `memory`, or what is said of the form."""
    fleet = fleet_of(values)
    lock = locked(fleet)
    models = {
        name: replace(
            model,
            variants={
                form: replace(each, memory=of_forms.get(form, memory))
                for form, each in model.variants.items()
            },
        )
        for name, model in lock.models.items()
    }
    return build_plan(fleet, CATALOGUE, replace(lock, models=models))
