"""What `check` proves of a fleet and no JSON Schema can: the list of where the two part.

What the schema refuses, `read_fleet` refuses; what the schema accepts, `read_fleet` accepts too, up to
these. Before that comes what values do not show any more (keys given twice, anchors, tags, tabs) and
what is no JSON (.nan, .inf); after it come the floors that know hardware, models and Kubernetes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Beyond:
    """One rule that the schema leaves open: its id, where it holds, and what it asks for.

    `fields` are paths whose names of the user's are `*` and whose indices are `[*]`; `types` are
    definitions of the schema, or types of JSON Schema, wherever they are used.
    """

    rule: str
    asks: str
    fields: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


_QUANTITIES: Final = (
    "Bandwidth", "Cpu", "Duration", "Energy", "Memory", "Points", "Power", "Rate", "Ratio", "Share",
    "Temperature",
)  # fmt: skip


_ALERTS: Final = tuple(
    f"monitoring.alerts.{name}.warning"
    for name in ("gpuTemperature", "gpuMemory", "memory", "cpuThrottling", "restartsPerHour")
)


def _workload(field: str) -> tuple[str, str]:
    return f"workloads.*.{field}", f"workloads.*.on.*.{field}"


BEYOND_SCHEMA: Final = (
    Beyond("unknown-reference", "names a model of this fleet", _workload("model")),
    Beyond("unknown-reference", "names a rollout of this fleet", _workload("rollout")),
    Beyond("unknown-reference", "names a runtime of this fleet or of the catalogue", _workload("runtime")),
    Beyond("unknown-reference", "names a device class of this fleet", ("workloads.*.on.*",)),
    Beyond(
        "unknown-reference",
        "names a variant of the model and a backend of the runtime",
        _workload("tiers[*]"),
    ),
    Beyond(
        "power-mode-unknown",
        "names a mode that the board has with its JetPack",
        ("deviceClasses.*.powerMode",),
    ),
    Beyond("bad-license", "names licences of SPDX's list, joined as SPDX does", ("models.*.license",)),
    Beyond("contradiction", "several GPUs are of a kind that is named", ("deviceClasses.*.host.gpus",)),
    Beyond("contradiction", "an image has one tag, whichever runtimes name it", ("runtimes.*.tag",)),
    Beyond("contradiction", "no more NUMA nodes than cores", ("deviceClasses.*.host.numaNodes",)),
    Beyond("contradiction", "the tier `rule` needs a `rule` beside it", _workload("tiers[*]")),
    Beyond(
        "contradiction",
        "a class has a `link`, or where it is offline a `stick`",
        ("deviceClasses.*.link", "deviceClasses.*.stick"),
    ),
    Beyond("contradiction", "the warning comes before the critical value", _ALERTS),
    Beyond("contradiction", "each ring is named once", ("rollouts.*.stages[*].ring",)),
    Beyond("contradiction", "shares rise, and the last one is 100%", ("rollouts.*.stages[*].upTo",)),
    Beyond(
        "bad-cidr", "a range as it is written: no host bits, nothing shortened", types=("RangeOfAddresses",)
    ),
    Beyond(
        "out-of-range", "a whole number of the smallest unit, and not beyond the greatest", types=_QUANTITIES
    ),
    Beyond("wrong-type", "a count has no point: 3, where a schema takes 3.0 as well", types=("integer",)),
)
