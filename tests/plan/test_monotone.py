"""Giving a workload more never makes room for something else."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.plan.loads import Load, loads
from tests.small import changed, fleet_of, plan_of, smallest
from tests.strategies import CATALOGUE, locked

from edgewright.fleet import Cpu, Memory
from edgewright.plan import Plan, build_plan

Identity = tuple[str, str, str | None, str]
"""The rule, the class, the workload if it is of one, and the unit."""


def _planned(values: dict[str, Any]) -> Plan:
    fleet = fleet_of(values)
    return build_plan(fleet, CATALOGUE, locked(fleet))


def _slacks(plan: Plan, without: str) -> dict[Identity, int]:
    """What is left over at the tightest inequality of each kind, below zero where it does not hold.

    Left out is what is of one workload alone: how much that one gets may well be the remedy there.
    """
    slacks: dict[Identity, int] = {}
    for planned in plan.classes:
        for proof in planned.proofs:
            if proof.workload != without:
                identity = (proof.rule, proof.class_name, proof.workload, proof.unit.name)
                left = proof.available - proof.needed
                slacks[identity] = min(left, slacks.get(identity, left))
    return slacks


@st.composite
def raised(draw: st.DrawFn) -> tuple[Load, str, dict[str, Any]]:
    """A load, one of its workloads, and the values in which that one asks for more of one resource."""
    load = draw(loads())
    name = draw(st.sampled_from(sorted(load.values["workloads"])))
    where = draw(st.sampled_from(sorted(load.values["workloads"][name]["on"])))
    path = ("workloads", name, "on", where, "resources")
    asked = load.values["workloads"][name]["on"][where]["resources"]
    more = draw(
        st.sampled_from(
            [
                ("cpu", f"{int(Cpu(asked['cpu'])) + draw(st.integers(1, 4000))}m"),
                ("memory", f"{int(Memory(asked['memory'])) + draw(st.integers(1, 2**33))}B"),
                ("gpu", asked.get("gpu", 0) + draw(st.integers(1, 2))),
                *(
                    (disk, f"{int(Memory(asked.get(disk, '0B'))) + draw(st.integers(1, 2**38))}B")
                    for disk in ("ephemeralStorage", "engineCache")
                ),
            ]
        )
    )
    return load, name, changed(load.values, {(*path, more[0]): more[1]})


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(raised())
def test_more_for_one_makes_nothing_else_fit(drawn: tuple[Load, str, dict[str, Any]]) -> None:
    load, name, values = drawn
    before, after = (_slacks(_planned(each), name) for each in (load.values, values))
    assert {each for each, left in before.items() if left < 0} <= after.keys()
    assert {each for each, left in before.items() if after.get(each, left) > left} == set()


def test_what_was_full_is_over_once_something_asks_for_more() -> None:
    values = smallest(deviceClasses__kiosk__reserve={"memory": "7Gi", "cpu": "500m"})
    values["workloads"]["read"]["resources"] = {"cpu": 1, "memory": "1Gi"}
    more = changed(values, {("workloads", "read", "resources", "memory"): f"{2**30 + 1}B"})
    holds = {(proof.rule, proof.holds) for proof in plan_of(more).classes[0].proofs if "memory" in proof.rule}
    assert ("memory-over-capacity", False) in holds
    assert not {each.rule for each in plan_of(values).findings if each.level == "error"}
