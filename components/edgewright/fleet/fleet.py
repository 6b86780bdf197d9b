"""A Fleet: everything that fleet.yaml says, typed; the same values may be written in Python."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from edgewright.fleet.delivery import Delivery
from edgewright.fleet.device_class import DeviceClass
from edgewright.fleet.model import Model
from edgewright.fleet.monitoring import Monitoring
from edgewright.fleet.part import LocalPath, Name, PartWithEntries
from edgewright.fleet.platform import Platform
from edgewright.fleet.rollout import Rollout
from edgewright.fleet.runtime import Runtime
from edgewright.fleet.security import Security
from edgewright.fleet.workload import Workload

Registry = Annotated[
    str,
    StringConstraints(
        max_length=200,
        pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]{1,5})?(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$",
    ),
    Field(title="registry prefix"),
]


class Fleet(PartWithEntries):
    """Devices, models and how they come together."""

    api_version: Literal["edgewright.dev/v1alpha1"] = Field(
        "edgewright.dev/v1alpha1",
        description="The version of this language.",
        examples=["edgewright.dev/v1alpha1"],
    )
    fleet: Name = Field(
        description="The fleet's name; its workloads' namespace.", examples=["acme-inspection"]
    )
    registry: Registry = Field(
        description="Every artifact of the fleet is published below this prefix.",
        examples=["registry.acme.example/edge"],
    )
    catalogue: LocalPath | None = Field(
        None,
        description="A file with entries of your own for the catalogue: boards, GPUs, images and so on. One "
        "that has the name of a built-in entry replaces it.",
        examples=["hardware.yaml"],
    )
    platform: Platform = Field(
        Platform.model_construct(), description="What is installed on every device besides K3s."
    )
    device_classes: dict[Name, DeviceClass] = Field(
        min_length=1, description="Sets of devices that are the same to a workload."
    )
    inventory: LocalPath | None = Field(
        None,
        description="A row a device (CSV: name, class, site, labels).",
        examples=["stacks/inventory.csv"],
    )
    models: dict[Name, Model] = Field(min_length=1, description="Models and their variants.")
    runtimes: dict[Name, Runtime] = Field(
        {}, description="Server images; those of the catalogue are there without being named."
    )
    workloads: dict[Name, Workload] = Field(min_length=1, description="Which model runs where.")
    rollouts: dict[Name, Rollout] = Field({}, description="How a change reaches the devices.")
    security: Security = Field(Security.model_construct(), description="What may run, and who signed it.")
    delivery: Delivery = Field(Delivery.model_construct(), description="How manifests reach the devices.")
    monitoring: Monitoring = Field(
        Monitoring.model_construct(), description="What is measured, and when somebody is told."
    )
