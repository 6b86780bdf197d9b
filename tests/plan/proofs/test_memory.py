"""Head room on a board: a twentieth stays free, to the byte."""

from __future__ import annotations

from typing import Any

import pytest
from tests.small import found, only, plan_of, smallest

HOST = {"arch": "amd64", "cpu": 4, "memory": "8Gi"}
BYTES = 8 * 2**30
ROOM = -(-BYTES // 20)


def planned(memory: str, reserve: str = "1Gi", **host: Any) -> Any:
    values = smallest(deviceClasses={"box": {"host": HOST | host, "reserve": {"memory": reserve}}})
    values["workloads"]["read"]["resources"]["memory"] = memory
    return plan_of(values)


@pytest.mark.rule("memory-head-room", "passes")
def test_a_board_with_room_is_quiet_and_its_bar_is_drawn() -> None:
    plan = planned("6Gi")
    assert not found(plan.findings, "memory-head-room")
    (room,) = [each for each in plan.classes[0].proofs if each.rule == "memory-head-room"]
    assert (room.needed, room.available) == (7 * 2**30 + ROOM, BYTES)


@pytest.mark.rule("memory-head-room", "border")
@pytest.mark.parametrize(("over", "warned"), [(0, False), (1, True)])
def test_a_twentieth_to_the_byte(over: int, warned: bool) -> None:
    findings = planned(f"{BYTES - ROOM - 2**30 + over}B").findings
    assert bool(found(findings, "memory-head-room")) == warned
    assert not found(findings, "memory-over-capacity")


def test_what_is_said_and_where() -> None:
    finding = only(planned("7Gi").findings, "memory-head-room")
    assert finding.level == "warning"
    assert finding.waivable
    assert finding.path == ("workloads", "read", "resources", "memory")
    assert finding.message == (
        "`box` needs 8.4Gi of memory (`read` 7Gi + reserve 1Gi + head room 409.6Mi), and has 8Gi"
    )
    assert finding.remedy == "give workloads 6758Mi at most in all"
    assert not found(planned("6758Mi").findings, "memory-head-room")


def test_what_is_over_capacity_is_said_once() -> None:
    findings = planned(f"{BYTES - 2**30 + 1}B").findings
    assert len(found(findings, "memory-over-capacity")) == 1
    assert not found(findings, "memory-head-room")


def test_a_class_that_runs_nothing_needs_no_room() -> None:
    values = smallest(
        deviceClasses={
            "box": {"host": HOST},
            "idle": {"host": HOST, "reserve": {"memory": "8Gi"}},
        },
    )
    values["workloads"]["read"]["on"] = {"box": {}}
    assert not found(plan_of(values).findings, "memory-head-room")


def test_where_the_reserve_itself_leaves_no_room() -> None:
    finding = only(planned("1Mi", reserve="8191Mi").findings, "memory-head-room")
    assert finding.remedy == "keep less in reserve"
