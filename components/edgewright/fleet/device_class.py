"""Device classes: sets of devices that are the same to a workload."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from edgewright.fleet.part import Count, Flag, Part, Version, Whole
from edgewright.fleet.quantities import Cpu, Memory

SignatureGate = Literal["delivery", "admission", "bundle"]


class Software(Part):
    """What is installed below Kubernetes; it decides which images can run."""

    k3s: Annotated[
        str, StringConstraints(pattern=r"^v[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}\+k3s[0-9]{1,4}$")
    ] = Field("v1.36.2+k3s1", description="The K3s release.", examples=["v1.36.2+k3s1"])
    jetpack: Version | None = Field(None, description="The JetPack of a Jetson board.", examples=["6.2"])
    driver: Version | None = Field(
        None, description="The NVIDIA driver of a host with a GPU.", examples=["580.82.07"]
    )
    os: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{0,60}$")] | None = Field(
        None, description="The operating system.", examples=["debian-13"]
    )


class Host(Part):
    """A device composed of parts, where the catalogue has no board for it."""

    arch: Literal["amd64", "arm64"] = Field(description="The processor's architecture.")
    cpu: Annotated[Whole, Field(ge=1, le=4096)] = Field(description="Processor cores.", examples=[16])
    memory: Memory = Field(description="Memory in all.", examples=["64Gi"])
    gpu: Annotated[str, Field(title="GPU")] | None = Field(
        None, description="A GPU of the catalogue.", examples=["nvidia-l4"]
    )


class GpuSharing(Part):
    """How several workloads share one GPU."""

    strategy: Literal["none", "time-slicing", "mps", "mig"] = Field(
        description="How the device plugin divides a GPU. Time-slicing isolates no memory."
    )
    replicas: Annotated[Whole, Field(ge=2, le=64)] | None = Field(
        None, description="How many shares a GPU has, for time-slicing and mps.", examples=[2]
    )
    profile: str | None = Field(
        None, description="The MIG profile, for mig.", examples=["1g.6gb"], min_length=1, max_length=40
    )


class Reserve(Part):
    """What is kept for the operating system, K3s and the platform, and never given to a workload."""

    cpu: Cpu = Field(Cpu("500m"), description="CPU kept back.", examples=["500m"])
    memory: Memory = Field(Memory("1Gi"), description="Memory kept back.", examples=["3Gi"])


class DeviceClass(Part):
    """A set of devices that are the same to a workload; each runs one K3s."""

    board: Annotated[str, Field(title="board")] | None = Field(
        None,
        description="A board of the catalogue: architecture, cores, memory, GPU and power modes follow "
        "from it.",
        examples=["jetson-orin-nx-16gb"],
    )
    host: Host | None = Field(None, description="A device composed of parts, instead of a board.")
    software: Software = Field(Software.model_construct(), description="K3s, JetPack, driver, system.")
    power_mode: str | None = Field(
        None, description="A power mode of the board.", examples=["25W"], max_length=40
    )
    gpu_sharing: GpuSharing | None = Field(None, description="How workloads share the GPU.")
    reserve: Reserve = Field(
        Reserve.model_construct(), description="Kept for system, K3s and platform; never given to a workload."
    )
    signature_gate: SignatureGate = Field(
        "delivery",
        description="Where signatures are checked: `delivery` (Flux, before it applies; survives a lost "
        "link), `admission` (Kyverno asks the registry for each new pod), `bundle` (when a stick is read).",
    )
    devices: Count = Field(1, description="How many devices there are.", examples=[1200])
    offline: Flag = Field(False, description="Whether updates come on a stick, without any network.")
