"""What a device class offers to workloads, out of the catalogue, and what its description cannot mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edgewright.catalogue import Board, Catalogue, Gpu
from edgewright.errors import FieldPath, Finding, Note
from edgewright.fleet import DeviceClass

NVIDIA = "nvidia-gpu"


@dataclass(frozen=True, slots=True)
class Hardware:
    """What a class offers to a workload. `memory` is in bytes; `gpus` are what a workload can ask for by
    `nvidia.com/gpu`: shares, where a GPU is shared; `platforms` has the most specific one first;
    `compute_capability` is that of its NVIDIA GPU."""

    architecture: str
    cores: int
    memory: int
    gpus: int
    accelerators: frozenset[str]
    platforms: tuple[str, ...]
    compute_capability: str | None = None


def hardware_of(device_class: DeviceClass, catalogue: Catalogue) -> Hardware | None:
    """What a class has; None where it names a board or a GPU that is unknown (which is found elsewhere)."""
    board = catalogue.boards.get(device_class.board or "")
    gpu = _gpu(device_class, catalogue)
    software, host = device_class.software, device_class.host
    if board is not None and host is None:
        kinds = {board.gpu.kind} if board.gpu else set()
        kinds |= {board.npu} if board.npu else set()
        jetpack = software.jetpack if board.jetpack_from else None
        return Hardware(
            board.architecture,
            _cores(device_class, board),
            board.memory_bytes,
            _shares(device_class, None) if NVIDIA in kinds else 0,
            frozenset(kinds),
            catalogue.platforms_of(board.architecture, jetpack),
            compute_capability=board.gpu.compute_capability if board.gpu else None,
        )
    if host is None or device_class.board is not None or (host.gpu and gpu is None):
        return None
    has_nvidia = gpu is not None and gpu.kind == NVIDIA
    return Hardware(
        host.arch,
        host.cpu,
        int(host.memory),
        _shares(device_class, gpu) if has_nvidia else 0,
        frozenset({gpu.kind} if gpu else ()),
        # A driver without a GPU runs no CUDA.
        catalogue.platforms_of(host.arch, None, software.driver if has_nvidia else None),
        compute_capability=gpu.compute_capability if gpu else None,
    )


def _gpu(device_class: DeviceClass, catalogue: Catalogue) -> Gpu | None:
    host = device_class.host
    return catalogue.gpus.get(host.gpu) if host and host.gpu else None


def _cores(device_class: DeviceClass, board: Board) -> int:
    mode = board.power_modes.get(device_class.power_mode or "")
    return mode.cpu_cores if mode and mode.cpu_cores else board.cpu_cores


def _shares(device_class: DeviceClass, gpu: Gpu | None) -> int:
    """How many parts of its GPUs workloads can ask for."""
    sharing, count = device_class.gpu_sharing, device_class.host.gpus if device_class.host else 1
    if sharing is None:
        return count
    if sharing.strategy == "mig":
        profile = gpu.mig_profiles.get(sharing.profile or "") if gpu else None
        return count * (profile.greatest_count if profile else 1)
    return count * (sharing.replicas or 1)


def check_hardware(
    path: FieldPath, device_class: DeviceClass, catalogue: Catalogue, *, used: bool
) -> Iterator[Finding]:
    """What a class's software and sharing cannot do on its hardware; `used`: something runs on it."""
    if used:
        yield from _image_volumes(path, device_class, catalogue)
    yield from _jetpack(path, device_class, catalogue)
    yield from _driver(path, device_class, catalogue)
    yield from _sharing(path, device_class, catalogue)


def _image_volumes(path: FieldPath, device_class: DeviceClass, catalogue: Catalogue) -> Iterator[Finding]:
    version = device_class.software.k3s
    release = catalogue.k3s_release(version)
    if release is not None and not release.image_volumes:
        yield Finding(
            "image-volumes-unsupported",
            "error",
            f"K3s {version} is not known to mount a model as an image volume",
            "use v1.36.2+k3s1 or later: before it, the volume can be silently empty",
            _written(device_class.software, (*path, "software"), "k3s"),
        )


def _written(software: object, path: FieldPath, name: str) -> FieldPath:
    """The field's path where it was written, else that of the part that leaves it out."""
    fields: set[str] = getattr(software, "model_fields_set", set())
    return (*path, name) if name in fields else path


def _jetpack(path: FieldPath, device_class: DeviceClass, catalogue: Catalogue) -> Iterator[Finding]:
    jetpack = device_class.software.jetpack
    board = catalogue.boards.get(device_class.board or "")
    if jetpack is None or (device_class.board is not None and board is None):
        return
    if board is None or not board.jetpack_from:
        what = "a composed host" if board is None else board.title
        message, remedy = (
            f"{what} has no JetPack",
            "remove `jetpack`; a host with an NVIDIA GPU has a `driver`",
        )
    elif not catalogue.takes_jetpack(board, jetpack):
        message = f"{board.title} does not run JetPack {jetpack}"
        remedy = f"its releases begin with {', '.join(board.jetpack_from)}"
    else:
        return
    at = "host" if board is None else "board"
    yield Finding(
        "jetpack-unsupported",
        "error",
        message,
        remedy,
        (*path, "software", "jetpack"),
        notes=(Note("the hardware", path=(*path, at)),),
    )


def _driver(path: FieldPath, device_class: DeviceClass, catalogue: Catalogue) -> Iterator[Finding]:
    gpu = _gpu(device_class, catalogue)
    known = device_class.host is None or device_class.host.gpu is None or gpu is not None
    if device_class.software.driver is None or not known or (gpu is not None and gpu.kind == NVIDIA):
        return
    reason = (
        "a board's driver comes with its JetPack" if device_class.board else "this host has no NVIDIA GPU"
    )
    yield Finding(
        "no-effect",
        "warning",
        f"`driver` has no effect: {reason}",
        "remove it, or name the GPU of the host",
        (*path, "software", "driver"),
        on_key=True,
    )


def _sharing(path: FieldPath, device_class: DeviceClass, catalogue: Catalogue) -> Iterator[Finding]:
    sharing, hardware = device_class.gpu_sharing, hardware_of(device_class, catalogue)
    if sharing is None or sharing.strategy == "none" or hardware is None:
        return
    below = (*path, "gpuSharing")
    if NVIDIA not in hardware.accelerators:
        yield _cannot_share(f"`{path[-1]}` has no NVIDIA GPU to share", "remove `gpuSharing`", below)
    elif sharing.strategy == "mps" and device_class.board is not None:
        # https://github.com/NVIDIA/k8s-device-plugin/issues/1412: the GPU of a Jetson has no minor number.
        yield _cannot_share(
            "the device plugin cannot run MPS on the GPU of a Jetson",
            "write `strategy: time-slicing`",
            (*below, "strategy"),
        )
    elif sharing.strategy == "mig":
        gpu = _gpu(device_class, catalogue)
        profiles = sorted(gpu.mig_profiles) if gpu else []
        what = gpu.title if gpu else "the GPU of this board"
        if not profiles:
            yield _cannot_share(
                f"{what} cannot be divided by MIG",
                "write `strategy: time-slicing` or `mps`",
                (*below, "strategy"),
            )
        elif sharing.profile is not None and sharing.profile not in profiles:
            yield _cannot_share(
                f"{what} has no MIG profile `{sharing.profile}`",
                f"write one of {', '.join(profiles)}",
                (*below, "profile"),
            )


def _cannot_share(message: str, remedy: str, path: FieldPath) -> Finding:
    return Finding("gpu-sharing-impossible", "error", message, remedy, path, on_key=path[-1] == "gpuSharing")
