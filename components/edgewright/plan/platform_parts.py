"""The platform of a device class: which parts its devices run beside the workloads, and what they ask for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edgewright.catalogue import Catalogue
from edgewright.errors import FieldPath
from edgewright.fleet import DeviceClass, Fleet
from edgewright.fleet.part import camel
from edgewright.plan.hardware import NVIDIA, Hardware

DNS = "coredns"
"""What K3s brings itself, and pods of ours need: names of services."""


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """A part of the platform, by its name in the catalogue, and what its pods request in all.

    `cpu` is in millicores and `memory` in bytes; a container that states no request counts as nothing,
    for that is what the scheduler takes it for. `manifest` is where the objects of this version are
    published, None where nobody publishes them.
    """

    name: str
    title: str
    version: str
    cpu: int
    memory: int
    manifest: str | None
    path: FieldPath


def parts_of(
    fleet: Fleet,
    catalogue: Catalogue,
    device_class: DeviceClass,
    hardware: Hardware,
    *,
    rolled_out: bool,
) -> tuple[PlannedPart, ...]:
    """The parts that run on each device of a class; `rolled_out`: a workload of it has a rollout."""
    asked = _asked(fleet, device_class, hardware, rolled_out=rolled_out)
    return (
        planned_part(catalogue, DNS, catalogue.parts[DNS].default_version, ("platform",)),
        *(
            planned_part(
                catalogue, camel(name), str(getattr(fleet.platform, name)), ("platform", camel(name))
            )
            for name in asked
        ),
    )


def _asked(fleet: Fleet, device_class: DeviceClass, hardware: Hardware, *, rolled_out: bool) -> Iterator[str]:
    online = not device_class.offline
    if device_class.signature_gate == "admission" and online:  # offline, that gate is found to be impossible
        yield "kyverno"
    if rolled_out:
        yield "argo_rollouts"
        yield "prometheus"  # what a rollout is judged by
    if fleet.delivery.engine == "flux" and online:
        yield "flux"
    if NVIDIA in hardware.accelerators:
        yield "nvidia_device_plugin"


def planned_part(catalogue: Catalogue, name: str, version: str, path: FieldPath) -> PlannedPart:
    """A part of the catalogue in a version, with the sums over its containers."""
    part, number = catalogue.parts[name], version.removeprefix("v")
    containers = part.containers.values()
    return PlannedPart(
        name=name,
        title=part.title.partition(":")[0].partition(",")[0],
        version=number,
        cpu=sum(each.cpu_request_millicores or 0 for each in containers),
        memory=sum(each.memory_request_bytes or 0 for each in containers),
        manifest=part.manifest.format(version=number) if part.manifest else None,
        path=path,
    )
