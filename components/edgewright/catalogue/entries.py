"""What the catalogue knows of each kind of thing, as values that cannot change.

Units are in the names: `memory_bytes` counts bytes, `power_milliwatts` milliwatts, `..._hertz` hertz.
Vendors write the memory of modules and cards in "GB" and mean powers of two: 16 GB is 17179869184
bytes here. What an operating system or ECC keeps of it is not taken off.
`sources` names, for each field, where its figure was read; the key `*` covers every other field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Architecture: TypeAlias = Literal["amd64", "arm64"]
Accelerator: TypeAlias = Literal["nvidia-gpu", "intel-gpu", "intel-npu", "qualcomm-npu"]
Precision: TypeAlias = Literal["fp32", "fp16", "bf16", "int8"]
Format: TypeAlias = Literal["onnx", "tflite", "gguf"]
Sources: TypeAlias = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class IntegratedGpu:
    """The GPU on a board; its compute capability is None where it is not NVIDIA's."""

    kind: Accelerator
    shares_memory: bool
    compute_capability: str | None = None


@dataclass(frozen=True, slots=True)
class PowerMode:
    """One power mode of a board: its budget (None: uncapped) and, where known, what it leaves on.

    `jetpack_from` is as on a Board; where it is empty, every JetPack of the board knows the mode.
    """

    power_milliwatts: int | None
    cpu_cores: int | None = None
    cpu_max_hertz: int | None = None
    gpu_max_hertz: int | None = None
    jetpack_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    """A computer that is sold as it is: a module or a single-board computer.

    `jetpack_from` names the first JetPack release of each major that runs on it: `("5.1", "6.0")`
    runs 5.1 and 5.1.2 and 6.2, and no 7. It is empty on a board that has no JetPack.
    """

    title: str
    architecture: Architecture
    cpu_cores: int
    memory_bytes: int
    gpu: IntegratedGpu | None
    sources: Sources
    power_modes: Mapping[str, PowerMode]
    jetpack_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MigProfile:
    """One way to cut a slice out of a GPU: how many fit on it, and the memory of each."""

    memory_bytes: int
    greatest_count: int


@dataclass(frozen=True, slots=True)
class Gpu:
    """A card that a composed host can hold; `power_milliwatts` is the most that it draws, if known."""

    title: str
    memory_bytes: int
    compute_capability: str
    power_milliwatts: int | None
    sources: Sources
    mig_profiles: Mapping[str, MigProfile]
    kind: Accelerator = "nvidia-gpu"


@dataclass(frozen=True, slots=True)
class JetPack:
    """A JetPack release and what it brings; `platform` names the images that run on it."""

    l4t: str
    cuda: str
    cudnn: str
    tensorrt: str
    ubuntu: str
    python: str
    platform: str
    sources: Sources


@dataclass(frozen=True, slots=True)
class K3sLine:
    """A minor line of K3s: the containerd of its releases, and its first one with image volumes.

    `image_volumes_from` is None where no release of the line is known to mount them as it should.
    """

    containerd: Mapping[str, str]
    image_volumes_from: str | None
    sources: Sources


@dataclass(frozen=True, slots=True)
class Backend:
    """A way to run a model: what it needs and what it takes. `accelerator` None: the CPU does it.

    `provider` is ONNX Runtime's execution provider, None where the backend is not ONNX Runtime.
    """

    title: str
    accelerator: Accelerator | None
    architectures: tuple[Architecture, ...]
    formats: tuple[Format, ...]
    precisions: tuple[Precision, ...]
    needs_cuda: bool
    provider: str | None
    sources: Sources


@dataclass(frozen=True, slots=True)
class Runtime:
    """A server image of Edgewright's own: its backends, and its image's name on each platform."""

    backends: tuple[str, ...]
    images: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Platform:
    """What an image is built for. An image runs where every field that is not None holds.

    `jetpack` is a JetPack major; `cuda` a CUDA major; `least_driver` the NVIDIA driver on Linux
    that such an image needs (on a Jetson it comes with JetPack, and is None here).
    """

    architecture: Architecture
    meaning: str
    jetpack: int | None
    cuda: int | None
    least_driver: str | None
    sources: Sources


@dataclass(frozen=True, slots=True)
class PartContainer:
    """What one container of a platform part asks for, by its own chart; None: it states nothing."""

    cpu_request_millicores: int | None
    memory_request_bytes: int | None
    memory_limit_bytes: int | None


@dataclass(frozen=True, slots=True)
class Part:
    """Software of the platform that runs on each device beside the workloads."""

    title: str
    default_version: str
    containers: Mapping[str, PartContainer]
    sources: Sources
