"""Device classes: sets of devices that are the same to a workload."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from edgewright.fleet.link import Link
from edgewright.fleet.part import Count, Flag, Part, Version, Whole
from edgewright.fleet.power import Battery, PowerSupply
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
    gpus: Annotated[Whole, Field(ge=1, le=16)] = Field(
        1, description="How many of this GPU there are.", examples=[2]
    )
    numa_nodes: Annotated[Whole, Field(ge=1, le=64)] = Field(
        1,
        description="NUMA nodes that the cores are spread over, as `lscpu` counts them; a board has one.",
        examples=[2],
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


class CpuManager(Part):
    """How the kubelet gives cores to pods; the words are its own."""

    policy: Literal["none", "static"] = Field(
        description="`static` gives a Guaranteed pod that asks for whole cores these cores alone; `none` "
        "lets every pod run on every core.",
        examples=["static"],
    )
    topology: Literal["none", "best-effort", "restricted", "single-numa-node"] = Field(
        "none",
        description="Whether the cores and the GPU of a pod lie on one NUMA node: `single-numa-node` "
        "refuses the pod where they cannot.",
    )


class Reserve(Part):
    """What is kept for the operating system, K3s and the platform, and never given to a workload."""

    cpu: Cpu = Field(Cpu("500m"), description="CPU kept back.", examples=["500m"])
    memory: Memory = Field(Memory("1Gi"), description="Memory kept back.", examples=["3Gi"])
    storage: Memory = Field(
        Memory("0B"), description="Of the class's `storage`, kept back.", examples=["12Gi"]
    )


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
    cpu_manager: CpuManager | None = Field(
        None, description="How the kubelet gives cores to pods; as it comes, where left out."
    )
    storage: Memory | None = Field(
        None,
        description="The disk in all that holds images, models, scratch space and logs.",
        examples=["64Gi"],
    )
    power: PowerSupply | None = Field(None, description="What the supply gives, and what is drawn.")
    battery: Battery | None = Field(None, description="The battery that the device runs on.")
    reserve: Reserve = Field(
        Reserve.model_construct(), description="Kept for system, K3s and platform; never given to a workload."
    )
    signature_gate: SignatureGate = Field(
        "delivery",
        description="Where signatures are checked: `delivery` (Flux, before it applies; survives a lost "
        "link), `admission` (Kyverno asks the registry for each new pod), `bundle` (when a stick is read).",
    )
    devices: Count = Field(1, description="How many devices there are.", examples=[1200])
    link: Link | None = Field(None, description="What a device has for its updates.")
    offline: Flag = Field(False, description="Whether updates come on a stick, without any network.")
    stick: Memory | None = Field(
        None, description="The size of the stick that brings updates to an offline class.", examples=["32G"]
    )
