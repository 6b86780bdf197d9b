"""Pinned cores: whole ones, some kept back, and a NUMA node with room for each workload."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.small import found, only, plan_of, smallest
from tests.strategies import CATALOGUE
from tests.waived import assert_waived

from edgewright.artifact.lock import Lock
from edgewright.plan import Plan
from edgewright.plan.case import Case
from edgewright.plan.hardware import hardware_of
from edgewright.plan.proofs.pinning import nodes_of

HOST = {"arch": "amd64", "cpu": 8, "memory": "32Gi"}
STATIC = {"policy": "static"}
NUMA = {"policy": "static", "topology": "single-numa-node"}


def fleet(*cpus: str | int, host: dict[str, Any] | None = None, **device_class: Any) -> dict[str, Any]:
    """Workloads `w0`, `w1` … that promise a latency, each with its CPU."""
    values = smallest(deviceClasses={"box": {"host": host or HOST, "cpuManager": STATIC} | device_class})
    values["workloads"] = {
        f"w{index}": {
            "model": "digits",
            "latency": {"p99": "40ms"},
            "resources": {"cpu": cpu, "memory": "64Mi"},
        }
        for index, cpu in enumerate(cpus)
    }
    return values


def nodes(count: int, cores: int = 8) -> dict[str, Any]:
    return HOST | {"numaNodes": count, "cpu": cores}


@pytest.mark.rule("cpu-not-whole", "border")
@pytest.mark.parametrize(
    ("cpu", "remedy"),
    [
        ("1999m", "write `cpu: 2`, or `1`"),
        ("2001m", "write `cpu: 3`, or `2`"),
        ("999m", "write `cpu: 1`"),
    ],
)
def test_a_part_of_a_core_is_given_to_nobody_alone(cpu: str, remedy: str) -> None:
    finding = only(plan_of(fleet(cpu)).findings, "cpu-not-whole")
    assert (finding.level, finding.remedy) == ("warning", remedy)
    assert finding.path == ("workloads", "w0", "resources", "cpu")
    assert finding.message == (
        f"`w0` promises 40ms on `box` and asks for {cpu} of CPU: only whole cores are given to a pod alone"
    )


@pytest.mark.rule("cpu-not-whole", "passes")
@pytest.mark.parametrize("cpu", [2, "2000m", 1])
def test_whole_cores(cpu: str | int) -> None:
    assert not found(plan_of(fleet(cpu)).findings, "cpu-not-whole")


def test_who_promises_nothing_or_has_no_pinned_cores_may_share() -> None:
    values = fleet("1500m")
    del values["workloads"]["w0"]["latency"]
    assert not found(plan_of(values).findings, "cpu-not-whole")
    for manager in ({"policy": "none"}, {"policy": "none", "topology": "single-numa-node"}):
        assert not found(plan_of(fleet("1500m", cpuManager=manager)).findings, "cpu-not-whole")


@pytest.mark.rule("cpu-not-whole", "waived")
def test_a_part_of_a_core_is_waived(tmp_path: Path) -> None:
    assert_waived(tmp_path, fleet("1500m"), "cpu-not-whole")


@pytest.mark.rule("no-cpu-reserved", "border")
@pytest.mark.parametrize("cpu", [0, 250])
def test_nothing_kept_back_beside_the_platform(cpu: int) -> None:
    """CoreDNS asks for 100m of it, and Flux for 150m."""
    finding = only(plan_of(fleet(1, reserve={"cpu": f"{cpu}m"})).findings, "no-cpu-reserved")
    assert (finding.level, finding.path) == ("error", ("deviceClasses", "box", "reserve", "cpu"))


@pytest.mark.rule("no-cpu-reserved", "passes")
@pytest.mark.parametrize("device_class", [{"reserve": {"cpu": "251m"}}, {}])
def test_something_kept_back(device_class: dict[str, Any]) -> None:
    assert not found(plan_of(fleet(1, **device_class)).findings, "no-cpu-reserved")


def test_nothing_kept_back_where_nothing_is_pinned() -> None:
    values = fleet(1, reserve={"cpu": "0m"}, cpuManager={"policy": "none"})
    assert not found(plan_of(values).findings, "no-cpu-reserved")


@pytest.mark.rule("no-cpu-reserved", "waived")
def test_nothing_kept_back_is_waived(tmp_path: Path) -> None:
    assert_waived(tmp_path, fleet(1, reserve={"cpu": "0m"}), "no-cpu-reserved")


def on_nodes(*cpus: str | int, count: int = 2, cores: int = 8, reserve: str = "500m", **more: Any) -> Plan:
    device_class = {"cpuManager": NUMA, "reserve": {"cpu": reserve}} | more
    return plan_of(fleet(*cpus, host=nodes(count, cores), **device_class))


@pytest.mark.rule("numa-node-too-small", "border")
@pytest.mark.parametrize(
    ("cpu", "count", "cores", "reserve", "largest"),
    [
        (5, 2, 8, "500m", 4),  # the reserve is on the first node
        (5, 4, 14, "500m", 4),  # nodes of 4, 4, 3, 3
        (4, 2, 7, "1500m", 3),  # nodes of 4 and 3: 2 and 3 are left
        (2, 2, 4, "2500m", 1),  # the reserve takes the first node and a half of the second
    ],
)
def test_one_core_more_than_the_largest_node(
    cpu: int, count: int, cores: int, reserve: str, largest: int
) -> None:
    finding = only(on_nodes(cpu, count=count, cores=cores, reserve=reserve).findings, "numa-node-too-small")
    assert (finding.level, finding.path) == ("error", ("workloads", "w0", "resources", "cpu"))
    assert finding.message == (
        f"`w0` on `box` needs {cpu} cores of CPU on one NUMA node, and has {largest} core{'s' * (largest > 1)}"
    )
    assert finding.remedy == f"ask for {largest} at most, or write `topology: best-effort`"
    right = on_nodes(largest, count=count, cores=cores, reserve=reserve)
    assert not found(right.findings, "numa-node-too-small")


@pytest.mark.rule("numa-node-too-small", "passes")
@pytest.mark.parametrize(
    "plan",
    [on_nodes(4), on_nodes("4500m"), on_nodes(5, cpuManager=STATIC), on_nodes(7, count=1)],
)
def test_a_node_that_is_large_enough_or_need_not_be(plan: Plan) -> None:
    """What is no whole number of cores is pinned nowhere; and with one node the sum of all says it."""
    assert not found(plan.findings, "numa-node-too-small")


def test_each_that_is_too_large_is_told_and_no_order_of_them() -> None:
    findings = on_nodes(5, 5, 1, cores=12, count=3).findings
    assert [each.path[1] for each in found(findings, "numa-node-too-small")] == ["w0", "w1"]
    assert not found(findings, "numa-order")


@pytest.mark.rule("numa-node-too-small", "waived")
def test_a_small_node_is_waived(tmp_path: Path) -> None:
    assert_waived(tmp_path, fleet(5, host=nodes(2), cpuManager=NUMA), "numa-node-too-small")


@pytest.mark.rule("numa-order", "border")
def test_an_order_in_which_the_last_one_finds_no_room() -> None:
    finding = only(on_nodes(3, 2, 1).findings, "numa-order")  # nodes of 3 and 4: 2 on the one, 1 on the other
    assert (finding.level, finding.path) == ("warning", ("workloads", "w0", "resources", "cpu"))
    assert finding.message == (
        "`w0` on `box` needs 6 cores of CPU on one NUMA node each, in any order "
        "(`w0` 3 cores + `w1` 2 cores + `w2` 1 core), and has 5 cores"
    )
    assert finding.remedy == "ask for 5 in all, or for smaller parts, or write `topology: best-effort`"


@pytest.mark.rule("numa-order", "passes")
@pytest.mark.parametrize("cpus", [(3, 2), (2, 2, 1), (1,) * 7, (4,)])
def test_room_in_any_order(cpus: tuple[int, ...]) -> None:
    assert not found(on_nodes(*cpus).findings, "numa-order")


@pytest.mark.rule("numa-order", "waived")
def test_an_order_is_waived(tmp_path: Path) -> None:
    assert_waived(tmp_path, fleet(3, 2, 2, host=nodes(2), cpuManager=NUMA), "numa-order")


def stuck(sizes: tuple[int, ...], last: int, others: list[int]) -> bool:
    """Whether the others can lie on nodes so that each has too little left for the last one."""
    for places in product(range(len(sizes)), repeat=len(others)):
        left = list(sizes)
        for place, cores in zip(places, others, strict=True):
            left[place] -= cores
        if min(left) >= 0 and max(left) < last:
            return True
    return False


@given(st.integers(2, 3), st.integers(4, 9), st.lists(st.integers(1, 3), min_size=2, max_size=4))
def test_no_order_is_missed(count: int, cores: int, cpus: list[int]) -> None:
    """Against every way to lay the others out; a warning where there is none is allowed, not the reverse."""
    plan = on_nodes(*cpus, count=count, cores=cores)
    rules = {each.rule for each in plan.findings}
    if rules & {"cpu-over-capacity", "numa-node-too-small"}:
        return
    sizes = [cores // count + (index < cores % count) for index in range(count)]
    sizes[0] -= 1
    told = any(stuck(tuple(sizes), cpu, cpus[:index] + cpus[index + 1 :]) for index, cpu in enumerate(cpus))
    assert not told or "numa-order" in rules


@given(st.integers(1, 64), st.integers(1, 8000), st.integers(1, 64))
def test_exclusive_cores_need_no_rule_of_their_own(cores: int, reserve: int, exclusive: int) -> None:
    """What `cpu-over-capacity` lets pass leaves as many whole cores as the kubelet gives away."""
    plan = on_nodes(exclusive, count=1, cores=cores, reserve=f"{reserve}m")
    hardware = hardware_of(plan.classes[0].device_class, CATALOGUE)
    assert hardware is not None
    (node,) = nodes_of(Case(plan.fleet, CATALOGUE, Lock(), hardware, plan.classes[0]))
    assert (exclusive <= node) == (not found(plan.findings, "cpu-over-capacity"))
