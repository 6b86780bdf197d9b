"""What a sheet knows: dates, what was left out and why, and what could not be planned."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tests.small import plan_of, smallest

from edgewright.commands.planning.sheet import Sheet, sheet_of
from edgewright.fleet import Duration
from edgewright.plan import Plan, PlannedRing


def test_a_ring_begins_when_those_before_have_soaked(sheet: Sheet) -> None:
    rings = sheet.classes[0].rings
    assert [each.begins for each in rings] == [date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 5)]
    assert [each.after for each in rings] == [0, 36 * 3_600_000, 108 * 3_600_000]


def test_soaks_of_thousands_of_years_have_a_date_all_the_same(plan: Plan) -> None:
    ring = PlannedRing("a", 1, Duration("3660d"), None, 1, ())
    long = replace(plan, classes=(replace(plan.classes[0], rings=(ring,) * 5000),))
    assert sheet_of(long, (), {}, date(2026, 11, 1)).classes[0].rings[-1].begins.year > 2026


def test_what_was_left_out_says_why(sheet: Sheet) -> None:
    (tier,) = sheet.classes[0].left_out["read"]
    assert (tier.tier, tier.path) == ("tensorrt", ("workloads", "read", "tiers", 0))
    assert tier.why == "TensorRT needs an NVIDIA GPU, which this class has not"


def test_a_workload_that_cannot_be_planned_is_named() -> None:
    plan = plan_of(smallest(workloads__read__tiers=["tensorrt"]))
    (each,) = sheet_of(plan, plan.findings, {}, date(2026, 11, 1)).classes
    assert (each.missing, each.planned.workloads) == (("read",), ())


def test_the_verdict(sheet: Sheet, plan: Plan) -> None:
    assert sheet.verdict() == "2 classes, 61 devices: 3 of 11 budgets do not hold"
    one = sheet_of(plan, (), {}, date(2026, 11, 1), ["box"])
    assert one.verdict() == "1 class, 1 device: every budget holds"
    assert replace(one, classes=()).verdict() == "0 classes, 0 devices: nothing is proven"
    assert replace(one, whole=False).verdict().endswith("; what could not be read is not in it")


@pytest.mark.parametrize("names", [[], ["kiosk", "box"], ["box", "kiosk"]])
def test_classes_keep_the_order_of_the_fleet(names: list[str], plan: Plan) -> None:
    shown = sheet_of(plan, (), {}, date(2026, 11, 1), names).classes
    assert [each.name for each in shown] == ["kiosk", "box"]
