"""Fleets and inventories of any size, the same for the same size: nothing here knows a clock or chance."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

CLASSES: Final = ("line-camera", "gateway")
INVENTORY: Final = "inventory.csv"

_HEAD: Final = """\
apiVersion: edgewright.dev/v1alpha1
fleet: acme-inspection
registry: registry.acme.example/edge
deviceClasses:
  line-camera:
    host: {arch: arm64, cpu: 4096, memory: 512Ti}
    software: {k3s: v1.36.2+k3s1, os: debian-13}
    reserve: {cpu: 1, memory: 4Gi}
    devices: 1200
  gateway:
    host: {arch: amd64, cpu: 4096, memory: 512Ti}
    software: {k3s: v1.36.2+k3s1, os: debian-13}
    reserve: {cpu: 1, memory: 4Gi}
    devices: 140
models:
  surface-defects:
    version: 3.4.0
    source: models/surface-defects
    variants:
      int8: {precision: int8}
rollouts:
  careful:
    stages:
      - {ring: canary, upTo: 1%, soak: 24h, abortWhen: {accuracyDrop: 3pp, errorRate: 5%}}
      - {ring: early-access, upTo: 10%, soak: 72h, abortWhen: {accuracyDrop: 1pp, errorRate: 2%}}
      - {ring: everyone, upTo: 100%}
security:
  registries: [registry.acme.example/edge/**]
  signatures:
    - images: [registry.acme.example/edge/**]
      anyOf:
        - keyless:
            issuer: https://issuer.acme.example
            subject: https://git.acme.example/edge/fleet/release
  network: {default: deny, allow: {egress: [{cidr: 10.20.0.0/16, port: 443}]}}
workloads:
"""

_WORKLOAD: Final = """\
  inspect-{number:05}:
    model: surface-defects
    rollout: careful
    expose: cluster
    runtime: cpu
    latency:
      p99: {latency}ms
    batching: {{maxBatch: 8, window: 2ms}}
    startup:
      load: 60s
      warmUp: 10
    shutdown: {{grace: {grace}s}}
    on:
      line-camera:
        tiers: [onnxruntime-cpu/int8, onnxruntime-cpu]
        resources: {{cpu: {small}m, memory: {memory}Mi}}
      gateway:
        tiers:
          - onnxruntime-cpu/int8
        resources: {{cpu: {large}m, memory: {memory}Mi, ephemeralStorage: 4Gi}}
"""

_DIGEST: Final = "sha256:" + "ab" * 32

_LOCK: Final = (
    """\
lockVersion: 1
models:
  surface-defects:
    version: "3.4.0"
    variants:
"""
    + "".join(
        f"""\
      {form}:
        file: models/surface-defects/{form}.onnx
        digest: {_DIGEST}
        size: 113935
        artifacts: {{amd64: {_DIGEST}, arm64: {_DIGEST}}}
        precision: {precision}
        inputs: [{{name: image, datatype: FP32, shape: [-1, 1, 32, 32]}}]
        outputs: [{{name: probabilities, datatype: FP32, shape: [-1, 8]}}]
        metrics: {{accuracyMillionths: 959000}}
"""
        for form, precision in (("int8", "int8"), ("source", "fp32"))
    )
    + f"""\
images:
  runtime-cpu: {{digest: {_DIGEST}}}
"""
)


def fleet_text(workloads: int, devices: int | None = None) -> str:
    """A fleet of two device classes; each workload runs on both, is exposed, and rolls out by rings.

    With a number of devices it has an inventory, and the classes as many devices as are in that.
    """
    head = _HEAD if devices is None else _with_inventory(devices)
    return head + "".join(
        _WORKLOAD.format(
            number=number,
            latency=20 + number % 50,
            grace=30 + number % 60,
            small=50 + 10 * (number % 8),
            large=100 + 25 * (number % 8),
            memory=64 + 16 * (number % 16),
        )
        for number in range(workloads)
    )


def _with_inventory(devices: int) -> str:
    head = _HEAD.replace("models:\n", f"inventory: {INVENTORY}\nmodels:\n", 1)
    return head.replace("devices: 1200", f"devices: {devices - devices // 2}").replace(
        "devices: 140", f"devices: {devices // 2}"
    )


def write_fleet(folder: Path, workloads: int, devices: int | None = None) -> Path:
    """The fleet.yaml in `folder`, a fleet.lock with a digest for all that it names, and an inventory."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "fleet.yaml"
    path.write_text(fleet_text(workloads, devices))
    path.with_suffix(".lock").write_text(_LOCK)
    if devices is not None:
        write_inventory(folder / INVENTORY, devices)
    return path


def device_names(devices: int) -> Iterator[str]:
    """Names as a site would give them."""
    return (f"{CLASSES[number % 2]}-{number:07}" for number in range(devices))


def write_inventory(path: Path, devices: int) -> None:
    """A row for each device; its class is the first part of its name."""
    with path.open("w") as file:
        file.write("name,class,site,labels\n")
        file.writelines(
            f"{name},{CLASSES[number % 2]},site-{number % 97:02},line={number % 12}\n"
            for number, name in enumerate(device_names(devices))
        )


_MANY: Final = """\
apiVersion: edgewright.dev/v1alpha1
fleet: acme-inspection
registry: registry.acme.example/edge
models:
  surface-defects:
    version: 3.4.0
    source: models/surface-defects
    variants:
      int8: {precision: int8}
rollouts:
  careful:
    stages:
      - {ring: canary, upTo: 1%, soak: 24h, abortWhen: {accuracyDrop: 3pp, errorRate: 5%}}
      - {ring: everyone, upTo: 100%}
deviceClasses:
"""

_CLASS: Final = """\
  class-{number:02}:
    host: {{arch: {arch}, cpu: 4096, memory: 512Ti}}
    software: {{k3s: v1.36.2+k3s1, os: debian-13}}
    reserve: {{cpu: 1, memory: 4Gi}}
    devices: {devices}
"""

_MANY_WORKLOAD: Final = """\
  inspect-{number:05}:
    model: surface-defects
    rollout: careful
    expose: cluster
    load: {{requests: 5/s, labelled: 5%}}
    latency: {{p99: {latency}ms}}
    batching: {{maxBatch: 8, window: 2ms}}
    startup: {{load: 60s, warmUp: 10}}
    shutdown: {{grace: {grace}s}}
    tiers: [onnxruntime-cpu/int8, onnxruntime-cpu]
    resources: {{cpu: {cpu}m, memory: {memory}Mi, ephemeralStorage: 4Gi}}
"""

_ON: Final = """\
      class-{number:02}: {{tiers: [onnxruntime-cpu/int8], resources: {{cpu: {cpu}m, memory: {memory}Mi}}}}
"""

SHAPES: Final = ("spread", "everywhere", "different everywhere")
"""How workloads lie on many classes: each on one, each on all of them, and on each in another way."""


def write_classes(folder: Path, workloads: int, classes: int, shape: str) -> Path:
    """The fleet.yaml in `folder` with many classes and its fleet.lock; `shape` is one of SHAPES."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "fleet.yaml"
    heads = (
        _CLASS.format(number=number, arch=("amd64", "arm64")[number % 2], devices=100 + 10 * number)
        for number in range(classes)
    )
    entries = (_entry(number, classes, shape) for number in range(workloads))
    path.write_text(_MANY + "".join(heads) + "workloads:\n" + "".join(entries))
    path.with_suffix(".lock").write_text(_LOCK)
    return path


def _entry(number: int, classes: int, shape: str) -> str:
    """A workload; where it runs on all classes alike, it need not name them."""
    amounts = {"cpu": 50 + 10 * (number % 8), "memory": 64 + 16 * (number % 16)}
    entry = _MANY_WORKLOAD.format(number=number, latency=20 + number % 50, grace=30 + number % 60, **amounts)
    if shape == "everywhere":
        return entry
    on = range(classes) if shape == "different everywhere" else [number % classes]
    return entry + "    on:\n" + "".join(_ON.format(number=each, **amounts) for each in on)
