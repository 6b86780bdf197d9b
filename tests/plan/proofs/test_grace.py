"""Grace: draining and a p99 fit in it to the millisecond, or the pod is killed with answers under way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.small import found, only, plan_of, smallest
from tests.waived import assert_waived

RULE = "grace-too-short"


def values_of(p99: str, **more: Any) -> dict[str, Any]:
    return smallest(workloads__read__latency={"p99": p99}, **more)


@pytest.mark.parametrize(
    ("grace", "fits"),
    [
        pytest.param("42s", True, marks=pytest.mark.rule(RULE, "passes")),
        pytest.param("41999ms", False, marks=pytest.mark.rule(RULE, "border")),
    ],
)
def test_grace_to_the_millisecond(grace: str, fits: bool) -> None:
    findings = found(
        plan_of(values_of("40s", workloads__read__shutdown={"grace": grace})).findings, "grace-too-short"
    )
    assert bool(findings) != fits
    if not fits:
        assert findings[0].path == ("workloads", "read", "shutdown", "grace")
        assert findings[0].remedy == "write `grace: 42s` or more"


def test_the_default_grace_counts_too_and_is_pointed_at_where_it_would_stand() -> None:
    assert not found(plan_of(values_of("28s")).findings, RULE)
    finding = only(plan_of(values_of("28001ms")).findings, RULE)
    assert finding.path == ("workloads", "read")
    assert finding.notes[0].path == ("workloads", "read", "latency", "p99")


def test_who_promises_nothing_needs_no_grace() -> None:
    values = smallest(workloads__read__shutdown={"grace": "0s"})
    assert not found(plan_of(values).findings, RULE)


@pytest.mark.rule(RULE, "waived")
def test_it_can_be_waived(tmp_path: Path) -> None:
    assert_waived(tmp_path, values_of("40s", workloads__read__shutdown={"grace": "41s"}), RULE)
