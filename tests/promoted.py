"""A class in a rollout, and canaries that have run some releases: what the tests of promotions begin with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.small import plan_of, smallest

from edgewright.artifact.rings import ClassRings, entered
from edgewright.errors import Finding
from edgewright.plan import ClassPlan, Plan

START = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
A, B, C = (f"sha256:{letter * 64}" for letter in "abc")
LIMITS = {"accuracyDrop": "3pp", "latencyIncrease": "50%", "errorRate": "5%"}


def planned(
    devices: int = 1000, limits: dict[str, str] | None = LIMITS, **more: Any
) -> tuple[Plan, ClassPlan]:
    """The plan of so many devices, and their class."""
    canary = {"ring": "canary", "upTo": "1%", "soak": "24h"} | ({"abortWhen": limits} if limits else {})
    stages = [canary, {"ring": "early", "upTo": "10%", "soak": "72h"}, {"ring": "everyone", "upTo": "100%"}]
    values = smallest(rollouts={"careful": {"stages": stages, **more}}, workloads__read__rollout="careful")
    values["deviceClasses"]["kiosk"]["devices"] = devices
    plan = plan_of(values)
    return plan, plan.classes[0]


PLAN, KIOSK = planned()


def rings(*digests: str) -> ClassRings:
    """A canary that has run these one after the other, a day each."""
    found = ClassRings()
    for number, digest in enumerate(digests):
        found = entered(found, "canary", digest, START + number * DAY)
    return found


def rules(findings: Iterable[Finding]) -> list[str]:
    """Their ids."""
    return [each.rule for each in findings]
