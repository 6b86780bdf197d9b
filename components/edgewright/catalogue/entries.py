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
Library: TypeAlias = Literal["cuda", "cudnn", "tensorrt", "openvino"]
EngineReach: TypeAlias = Literal["exact-version", "same-major-if-built-so"]
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
    runs 5.1 and 5.1.2 and 6.2, and no 7. It is empty on a board that has no JetPack. `npu` is a second
    accelerator beside the GPU.
    """

    title: str
    architecture: Architecture
    cpu_cores: int
    memory_bytes: int
    gpu: IntegratedGpu | None
    sources: Sources
    power_modes: Mapping[str, PowerMode]
    jetpack_from: tuple[str, ...] = ()
    npu: Accelerator | None = None


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
class Cuda:
    """A CUDA release, and those after it up to the next one that is listed.

    `least_driver` is the NVIDIA driver on Linux that runs every minor release of its major;
    `compute_capabilities` are the GPUs that it makes code for, from 7.0 on.
    """

    least_driver: str
    compute_capabilities: tuple[str, ...]
    sources: Sources


@dataclass(frozen=True, slots=True)
class TensorRT:
    """A TensorRT release, and those after it up to the next one that is listed.

    `implicit_int8`: it finds the ranges of an INT8 model itself; without, a model has Q/DQ nodes.
    `weak_typing`: it lowers precisions itself; without, they are the model's. `engine_reach` says which
    TensorRT loads an engine that it built: its own version alone, or a later one of the same major where the
    engine was built for that. Whatever it says, an engine belongs to one GPU architecture.
    """

    compute_capabilities: tuple[str, ...]
    implicit_int8: bool
    weak_typing: bool
    engine_reach: EngineReach
    sources: Sources


@dataclass(frozen=True, slots=True)
class OnnxRuntime:
    """An ONNX Runtime release, and those after it up to the next one that is listed.

    The majors of the NVIDIA libraries that its published wheel (`onnxruntime-gpu`) loads, and the OpenVINO
    in its wheel for Intel (`onnxruntime-openvino`), None where that is not known.
    """

    cuda: int
    cudnn: int
    tensorrt: int
    sources: Sources
    openvino: str | None = None


@dataclass(frozen=True, slots=True)
class Distribution:
    """Where a Kubernetes distribution keeps what node files are about; None: it has no such place."""

    title: str
    config_file: str
    kubelet_arguments: str
    containerd_socket: str
    registries_file: str
    images_folder: str | None
    manifests_folder: str | None
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
    `loads` are the libraries of the image that it cannot do without.
    """

    title: str
    accelerator: Accelerator | None
    architectures: tuple[Architecture, ...]
    formats: tuple[Format, ...]
    precisions: tuple[Precision, ...]
    needs_cuda: bool
    provider: str | None
    sources: Sources
    loads: tuple[Library, ...] = ()


@dataclass(frozen=True, slots=True)
class Image:
    """What a server image holds, by its name below the registry; None: it holds no such thing.

    Of Edgewright's own images these are the versions that they are planned with; its sources say why these.
    """

    sources: Sources
    cuda: str | None = None
    cudnn: str | None = None
    tensorrt: str | None = None
    onnxruntime: str | None = None
    openvino: str | None = None


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
    """What one container of a platform part asks for, by its own chart; None: it states nothing.

    `memory_measured_bytes` is what somebody measured of it where the chart states nothing.
    """

    cpu_request_millicores: int | None
    memory_request_bytes: int | None
    memory_limit_bytes: int | None
    memory_measured_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Software of the platform that runs on each device beside the workloads.

    `manifest` is where a release's objects are published, `{version}` in it standing for the release;
    None where nobody publishes such a file.
    """

    title: str
    default_version: str
    containers: Mapping[str, PartContainer]
    sources: Sources
    manifest: str | None = None


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a backend takes in memory beside the model; its name is the backend's.

    `process_bytes` is what the server's process takes with the backend's libraries in it, `context_bytes`
    what one process takes of the accelerator's memory before any model, and `device_weights_percent` what
    the backend keeps there of a model, its workspace included, in hundredths of the model's weights.
    The built-in process is measured, not published: docs/memory.md; its source is the release measured.
    """

    process_bytes: int
    sources: Sources
    context_bytes: int = 0
    device_weights_percent: int = 0
