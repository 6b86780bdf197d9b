"""The fields of each kind of entry in a catalogue file, and the reader of an entry made from them.

In files the names are in camel case: `memory_bytes` of a value is `memoryBytes` in JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from edgewright.catalogue import entries
from edgewright.catalogue.fields import (
    EMPTY,
    WRONG,
    Reader,
    flag,
    list_of,
    mapping_of,
    one_of,
    optional,
    sources,
    text,
    version,
    whole,
    wrong_value,
)
from edgewright.catalogue.nearest import did_you_mean
from edgewright.errors import FieldPath, Finding, path_text

ARCHITECTURE: Final = one_of("amd64", "arm64")
ACCELERATOR: Final = one_of("nvidia-gpu", "intel-gpu", "intel-npu", "qualcomm-npu")
PRECISION: Final = one_of("fp32", "fp16", "bf16", "int8")
FORMAT: Final = one_of("onnx", "tflite", "gguf")
LIBRARY: Final = one_of("cuda", "cudnn", "tensorrt", "openvino")
ENGINE_REACH: Final = one_of("exact-version", "same-major-if-built-so")


def camel(name: str) -> str:
    """A field's name as files write it: memoryBytes for memory_bytes."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def record(
    kind: str,
    make: type,
    required: Mapping[str, Reader],
    defaults: Mapping[str, tuple[Reader, object]] = EMPTY,
) -> Reader:
    """A reader of a `make`; unknown fields and missing ones are findings. `kind` is its name in them."""
    readers = {camel(name): (name, reader) for name, reader in required.items()}
    readers |= {camel(name): (name, reader) for name, (reader, _) in defaults.items()}
    filled = {name: default for name, (_, default) in defaults.items()}
    needed = [camel(name) for name in required]

    def read(value: object, path: FieldPath, findings: list[Finding]) -> Any:
        if not isinstance(value, dict):
            return wrong_value(value, f"a mapping with the fields of {kind}", path, findings)
        before = len(findings)
        _refuse_odd_fields(kind, value, readers, needed, path, findings)
        values: dict[str, Any] = dict(filled)
        for field, (name, reader) in readers.items():
            if field in value:
                values[name] = reader(value[field], (*path, field), findings)
        return WRONG if len(findings) > before else make(**values)

    return read


def _refuse_odd_fields(
    kind: str,
    value: dict[object, object],
    readers: Mapping[str, object],
    needed: list[str],
    path: FieldPath,
    findings: list[Finding],
) -> None:
    meant = set()
    for field in value:
        if field not in readers:
            found = unknown_field(kind, field, readers, path)
            findings.append(found)
            meant.add(found.replacement)
    # What stands there under a misspelt name is not missing.
    findings.extend(_missing(kind, each, path) for each in needed if each not in value and each not in meant)


def unknown_field(kind: str, field: object, known: Iterable[str], path: FieldPath) -> Finding:
    """What is wrong with a field that `kind` does not have, and the one that was likely meant."""
    meant = did_you_mean(field, known)
    remedy = f"write `{meant}`" if meant else f"remove it; {kind} has {', '.join(sorted(known))}"
    return Finding(
        rule="catalogue-unknown-field",
        level="error",
        message=f"{kind} has no field `{field}`" + (f"; did you mean `{meant}`?" if meant else ""),
        remedy=remedy,
        path=(*path, str(field)),
        on_key=True,
        replacement=meant,
    )


def _missing(kind: str, field: str, path: FieldPath) -> Finding:
    return Finding(
        rule="catalogue-wrong-value",
        level="error",
        message=f"`{path_text(path)}` has no `{field}`, which {kind} must have",
        remedy=f"add `{field}`",
        path=path,
        on_key=True,
    )


INTEGRATED_GPU: Final = record(
    "an integrated GPU",
    entries.IntegratedGpu,
    {"kind": ACCELERATOR, "shares_memory": flag},
    {"compute_capability": (optional(version), None)},
)
POWER_MODE: Final = record(
    "a power mode",
    entries.PowerMode,
    {"power_milliwatts": optional(whole)},
    {
        "cpu_cores": (optional(whole), None),
        "cpu_max_hertz": (optional(whole), None),
        "gpu_max_hertz": (optional(whole), None),
        "jetpack_from": (list_of(version), ()),
    },
)
BOARD: Final = record(
    "a board",
    entries.Board,
    {
        "title": text,
        "architecture": ARCHITECTURE,
        "cpu_cores": whole,
        "memory_bytes": whole,
        "gpu": optional(INTEGRATED_GPU),
        "sources": sources,
    },
    {
        "power_modes": (mapping_of(POWER_MODE), EMPTY),
        "jetpack_from": (list_of(version), ()),
        "npu": (optional(ACCELERATOR), None),
    },
)
MIG_PROFILE: Final = record(
    "a MIG profile", entries.MigProfile, {"memory_bytes": whole, "greatest_count": whole}
)
GPU: Final = record(
    "a GPU",
    entries.Gpu,
    {
        "title": text,
        "memory_bytes": whole,
        "compute_capability": version,
        "power_milliwatts": optional(whole),
        "sources": sources,
    },
    {"mig_profiles": (mapping_of(MIG_PROFILE), EMPTY), "kind": (ACCELERATOR, "nvidia-gpu")},
)
JETPACK: Final = record(
    "a JetPack release",
    entries.JetPack,
    {
        "l4t": version,
        "cuda": version,
        "cudnn": version,
        "tensorrt": version,
        "ubuntu": version,
        "python": version,
        "platform": text,
        "sources": sources,
    },
)
CUDA: Final = record(
    "a CUDA release",
    entries.Cuda,
    {"least_driver": version, "compute_capabilities": list_of(version), "sources": sources},
)
TENSORRT: Final = record(
    "a TensorRT release",
    entries.TensorRT,
    {
        "compute_capabilities": list_of(version),
        "implicit_int8": flag,
        "weak_typing": flag,
        "engine_reach": ENGINE_REACH,
        "sources": sources,
    },
)
ONNXRUNTIME: Final = record(
    "an ONNX Runtime release",
    entries.OnnxRuntime,
    {"cuda": whole, "cudnn": whole, "tensorrt": whole, "sources": sources},
    {"openvino": (optional(version), None)},
)
DISTRIBUTION: Final = record(
    "a Kubernetes distribution",
    entries.Distribution,
    {
        "title": text,
        "config_file": text,
        "kubelet_arguments": text,
        "containerd_socket": text,
        "registries_file": text,
        "images_folder": optional(text),
        "manifests_folder": optional(text),
        "sources": sources,
    },
)
K3S_LINE: Final = record(
    "a K3s line",
    entries.K3sLine,
    {"containerd": mapping_of(text), "image_volumes_from": optional(text), "sources": sources},
)
BACKEND: Final = record(
    "a backend",
    entries.Backend,
    {
        "title": text,
        "accelerator": optional(ACCELERATOR),
        "architectures": list_of(ARCHITECTURE),
        "formats": list_of(FORMAT),
        "precisions": list_of(PRECISION),
        "needs_cuda": flag,
        "provider": optional(text),
        "sources": sources,
    },
    {"loads": (list_of(LIBRARY), ())},
)
IMAGE: Final = record(
    "an image",
    entries.Image,
    {"sources": sources},
    {name: (optional(version), None) for name in ("cuda", "cudnn", "tensorrt", "onnxruntime", "openvino")},
)
RUNTIME: Final = record("a runtime", entries.Runtime, {"backends": list_of(text), "images": mapping_of(text)})
PLATFORM: Final = record(
    "a platform",
    entries.Platform,
    {"architecture": ARCHITECTURE, "meaning": text, "sources": sources},
    {
        "jetpack": (optional(whole), None),
        "cuda": (optional(whole), None),
        "least_driver": (optional(version), None),
    },
)
PART_CONTAINER: Final = record(
    "a platform part's container",
    entries.PartContainer,
    {
        "cpu_request_millicores": optional(whole),
        "memory_request_bytes": optional(whole),
        "memory_limit_bytes": optional(whole),
    },
    {"memory_measured_bytes": (optional(whole), None)},
)
PART: Final = record(
    "a platform part",
    entries.Part,
    {"title": text, "default_version": text, "containers": mapping_of(PART_CONTAINER), "sources": sources},
    {"manifest": (optional(text), None)},
)
FOOTPRINT: Final = record(
    "a backend's footprint",
    entries.Footprint,
    {"process_bytes": whole, "sources": sources},
    {"context_bytes": (whole, 0), "device_weights_percent": (whole, 0)},
)
