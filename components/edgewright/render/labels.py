"""The labels that every object carries."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256
from typing import Final

from edgewright.plan import ClassPlan, Deployed, Plan

ROLLOUT: Final = "edgewright.dev/rollout"
DEVICE_CLASS: Final = "edgewright.dev/device-class"
FLEET: Final = "edgewright.dev/fleet"


def fleet_labels(plan: Plan, planned: ClassPlan) -> dict[str, str]:
    """Labels of what belongs to a class as a whole."""
    return {
        "app.kubernetes.io/managed-by": "edgewright",
        "app.kubernetes.io/part-of": plan.fleet.fleet,
        DEVICE_CLASS: planned.name,
    }


def label_name(name: str) -> str:
    """A name put together of others, as the DNS label that it has to be: a long one ends in a hash."""
    return name if len(name) <= 63 else f"{name[:52]}-{sha256(name.encode()).hexdigest()[:10]}"


def workload_labels(plan: Plan, planned: ClassPlan, deployed: Deployed) -> dict[str, str]:
    """Labels of what belongs to one workload."""
    labels = {
        "app.kubernetes.io/name": deployed.name,
        "app.kubernetes.io/component": "inference",
        "app.kubernetes.io/version": label_value(deployed.model_version),
        **fleet_labels(plan, planned),
    }
    return labels | ({ROLLOUT: deployed.rollout} if deployed.rollout else {})


def selector(deployed: Deployed) -> dict[str, str]:
    """What picks the pods of a workload; it must never change, so it is as little as can be."""
    return {"app.kubernetes.io/name": deployed.name}


@lru_cache(1024)
def label_value(text: str) -> str:
    """A text as a label's value: at most 63 characters of those that Kubernetes allows."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)[:63].strip("_.-")
