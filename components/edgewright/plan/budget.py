"""Does it fit: what the workloads of a class take against what the class has.

For memory, CPU and GPUs: the sum over the workloads plus the reserve is at most the capacity. Each
resource is one inequality; the finding shows both sides and the number that would work.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from edgewright.errors import Finding, Note
from edgewright.fleet import Cpu, Memory
from edgewright.plan.hardware import Hardware
from edgewright.plan.plan import ClassPlan, Deployed

Resource = Literal["memory", "cpu", "gpu"]


def check_budget(planned: ClassPlan, hardware: Hardware) -> Iterator[Finding]:
    """What does not fit on a class; nothing where exactly everything is taken."""
    reserve = planned.device_class.reserve
    memory, cpu, gpu = (_asked(planned, resource) for resource in ("memory", "cpu", "gpu"))
    if reserve.memory > hardware.memory:
        has = f"has {Memory(hardware.memory)} of memory, and {reserve.memory} are kept in reserve"
        yield _reserved(planned, "memory", has)
    elif memory + reserve.memory > hardware.memory:
        free = (hardware.memory - reserve.memory) // 2**20 * 2**20
        yield _over(
            planned,
            "memory",
            f"has {Memory(hardware.memory)} of memory, and {_takes(planned)} {Memory(memory)} "
            f"beside {reserve.memory} in reserve",
            f"give workloads {Memory(free)} at most in all",
        )
    if reserve.cpu > hardware.cores * 1000:
        has = f"has {_cores(hardware.cores)}, and {reserve.cpu} are kept in reserve"
        yield _reserved(planned, "cpu", has)
    elif cpu + reserve.cpu > hardware.cores * 1000:
        free = hardware.cores * 1000 - reserve.cpu
        yield _over(
            planned,
            "cpu",
            f"has {_cores(hardware.cores)}, and {_takes(planned)} {Cpu(cpu)} beside {reserve.cpu} in reserve",
            f"give workloads {Cpu(free)} at most in all",
        )
    if gpu > hardware.gpus:
        yield _over(planned, "gpu", *_gpus(planned, hardware.gpus, gpu))


def _asked(planned: ClassPlan, resource: str) -> int:
    return sum(int(getattr(each.resources, resource)) for each in planned.workloads)


def _takes(planned: ClassPlan) -> str:
    return "this takes" if len(planned.workloads) == 1 else "its workloads take"


def _cores(count: int) -> str:
    return f"{count} core{'s' if count > 1 else ''}"


def _gpus(planned: ClassPlan, capacity: int, asked: int) -> tuple[str, str]:
    """What is wrong, and what to do."""
    sharing = planned.device_class.gpu_sharing
    what = "share" if sharing is not None and sharing.strategy != "none" else "NVIDIA GPU"
    has = f"{capacity or 'no'} {what}{'s' if capacity != 1 else ''}"
    if what == "share":
        has += " of its GPU"
    if not capacity:
        return f"has {has}, and this asks for {asked}", "remove `gpu`, or run it on a class with a GPU"
    more = "more `replicas`" if what == "share" else "share the GPU by `gpuSharing`"
    return f"has {has}, and this asks for {asked}", f"ask for {capacity} in all, or {more}"


def _reserved(planned: ClassPlan, resource: Resource, what: str) -> Finding:
    """The finding where nothing is left for workloads, whatever they take."""
    return Finding(
        rule=f"{resource}-over-capacity",
        level="error",
        message=f"`{planned.name}` {what}",
        remedy="keep less in reserve than the class has",
        path=(*planned.path, "reserve", resource),
    )


def _over(planned: ClassPlan, resource: Resource, what: str, remedy: str) -> Finding:
    """The finding, at the workload that takes most; the others are notes."""

    def share(each: Deployed) -> int:
        return -int(getattr(each.resources, resource))

    first, *others = sorted((each for each in planned.workloads if share(each)), key=share)
    return Finding(
        rule=f"{resource}-over-capacity",
        level="error",
        message=f"`{planned.name}` {what}",
        remedy=remedy,
        path=(*first.origin("resources"), resource),
        notes=(
            Note("the class", path=planned.path),
            *(
                Note(f"`{each.name}` takes its part", path=(*each.origin("resources"), resource))
                for each in others
            ),
        ),
    )
