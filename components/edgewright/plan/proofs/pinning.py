"""Pinned cores: what the kubelet's static policy and a NUMA node ask for, beyond the sum of all CPU.

That exclusive cores fit needs no proof of its own: whole cores E and a reserve r fit into c cores when
E + r ≤ c, which `cpu-over-capacity` proves, and then E ≤ c - ⌈r⌉ too, which is all that the kubelet asks.
Source: https://kubernetes.io/docs/tasks/administer-cluster/cpu-management-policies/#static-policy
"""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.errors import Finding
from edgewright.fleet import Cpu
from edgewright.plan.case import Case
from edgewright.plan.inequality import Inequality, Term
from edgewright.plan.plan import Deployed
from edgewright.plan.proofs.sums import asked, hardware_path, reserved
from edgewright.plan.units import MILLICORES


def prove(case: Case) -> Iterator[Inequality | Finding]:
    """Nothing to prove where every pod may run on every core."""
    manager = case.device_class.cpu_manager
    if manager is None or manager.policy != "static":
        return
    yield from _nothing_reserved(case)
    for deployed in case.planned.workloads:
        if deployed.resources.cpu % 1000 and deployed.p99 is not None:
            yield _not_whole(case, deployed)
    if manager.topology == "single-numa-node":
        yield from _on_one_node(case)


def _nothing_reserved(case: Case) -> Iterator[Finding]:
    """Without a reservation the shared cores could run out, so the kubelet refuses to start.

    Source: pkg/kubelet/cm/cpumanager/cpu_manager.go, "the static policy requires systemreserved.cpu +
    kubereserved.cpu to be greater than zero".
    """
    if case.planned.system_cpu <= 0:
        least = sum(part.cpu for part in case.planned.parts) + 100
        yield Finding(
            "no-cpu-reserved",
            "error",
            f"`{case.planned.name}` gives cores to pods alone and keeps none back for the system beside the "
            "platform's pods: the kubelet does not start",
            f"reserve more CPU, such as `cpu: {Cpu(max(500, least))}`, or write `policy: none`",
            reserved(case, "cpu").path,
        )


def _not_whole(case: Case, deployed: Deployed) -> Finding:
    """Who promises no latency may share the cores that are left."""
    cpu, over = deployed.resources.cpu, deployed.resources.cpu % 1000
    more = f"write `cpu: {Cpu(cpu - over + 1000)}`"
    return Finding(
        "cpu-not-whole",
        "warning",
        f"`{deployed.name}` promises {deployed.p99} on `{case.planned.name}` and asks for {cpu} of CPU: "
        "only whole cores are given to a pod alone",
        more + (f", or `{Cpu(cpu - over)}`" if cpu > 1000 else ""),
        (*deployed.origin("resources"), "cpu"),
    )


def nodes_of(case: Case) -> tuple[int, ...]:
    """Cores that pods can have alone on each NUMA node: the reserve, in whole cores, is taken off the first.

    Source: pkg/kubelet/cm/cpumanager/cpu_assignment.go, which takes them by rising number.
    """
    host = case.device_class.host
    count = host.numa_nodes if host else 1
    rest = -(-int(case.device_class.reserve.cpu) // 1000)
    sizes = []
    for index in range(count):
        size = case.hardware.cores // count + (index < case.hardware.cores % count)
        taken = min(rest, size)
        rest -= taken
        sizes.append(size - taken)
    return tuple(sizes)


def _on_one_node(case: Case) -> Iterator[Inequality]:
    """Whoever is too large for a node, or else the largest. With one node, the sum of all CPU says it."""
    nodes = nodes_of(case)
    pinned = tuple(each for each in asked(case, "cpu") if each.amount % 1000 == 0)
    if len(nodes) == 1 or not pinned:
        return
    largest = max(nodes) * 1000
    over = [each for each in pinned if each.amount > largest]
    for each in over or [max(pinned, key=_amount)]:
        yield _fits(case, each, largest)
    if len(pinned) > 1 and not over:
        yield _in_any_order(case, pinned, nodes)


def _amount(term: Term) -> int:
    return term.amount


def _fits(case: Case, asked_for: Term, largest: int) -> Inequality:
    return Inequality(
        rule="numa-node-too-small",
        class_name=case.planned.name,
        what="CPU on one NUMA node",
        unit=MILLICORES,
        needs=(asked_for,),
        has=(Term("the largest node", largest, hardware_path(case)),),
        at=asked_for.path,
        remedy=(f"ask for {Cpu(largest)} at most, or " if largest else "") + "write `topology: best-effort`",
        workload=asked_for.name.strip("`"),
    )


def _in_any_order(case: Case, pinned: tuple[Term, ...], nodes: tuple[int, ...]) -> Inequality:
    """Whatever starts first, there is a node with room for the last one. It is yielded for the one that is
    hardest to place: pods start in any order after a device was off.

    Where no node has room for c cores, others hold at least size - c + 1 cores of each node that c would fit
    on; so there is room as long as they hold fewer in all.
    """
    most = {
        amount: sum(size * 1000 - amount + 1000 for size in nodes if size * 1000 >= amount) - 1000 + amount
        for amount in {each.amount for each in pinned}
    }
    last = min(pinned, key=lambda each: most[each.amount])
    return Inequality(
        rule="numa-order",
        class_name=case.planned.name,
        what="CPU on one NUMA node each, in any order",
        unit=MILLICORES,
        needs=(last, *(each for each in pinned if each is not last)),
        has=(Term("what surely finds a node", most[last.amount], hardware_path(case)),),
        at=last.path,
        remedy=f"ask for {Cpu(most[last.amount])} in all, or for smaller parts, or write `topology: best-effort`",
        workload=last.name.strip("`"),
        level="warning",
    )
