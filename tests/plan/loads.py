"""Fleets by chance whose workloads take about as much as their boards have: half of them fit.

The figures of boards stand here a second time, so that a slip in the catalogue or in the plan shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

GIB = 2**30


@dataclass(frozen=True)
class Figures:
    """A class as it is written, and what it offers: bytes, cores, and NVIDIA GPUs or shares of one."""

    written: dict[str, Any]
    memory: int
    cores: int
    gpus: int = 0


_L4 = {"arch": "amd64", "cpu": 8, "memory": "32Gi", "gpu": "nvidia-l4"}
_DRIVER = {"driver": "580.82.07"}
BOARDS: tuple[Figures, ...] = (
    Figures({"board": "intel-n100-8gb"}, 8 * GIB, 4),
    Figures({"board": "raspberry-pi-5-16gb"}, 16 * GIB, 4),
    Figures({"board": "jetson-orin-nano-8gb", "software": {"jetpack": "6.2"}}, 8 * GIB, 6, 1),
    Figures(
        {"board": "jetson-orin-nx-16gb", "software": {"jetpack": "6.2"}, "powerMode": "15W"}, 16 * GIB, 4, 1
    ),
    Figures({"board": "jetson-agx-orin-64gb", "software": {"jetpack": "6.0"}}, 64 * GIB, 12, 1),
    Figures(
        {"board": "jetson-agx-orin-64gb", "software": {"jetpack": "6.0"}, "powerMode": "30W"}, 64 * GIB, 8, 1
    ),
    Figures({"host": {"arch": "arm64", "cpu": 3, "memory": "3000M"}}, 3 * 10**9, 3),
    Figures({"host": _L4, "software": _DRIVER}, 32 * GIB, 8, 1),
    Figures(
        {"host": _L4, "software": _DRIVER, "gpuSharing": {"strategy": "time-slicing", "replicas": 3}},
        32 * GIB, 8, 3,
    ),
    Figures(
        {
            "host": {**_L4, "gpu": "nvidia-a30"},
            "software": _DRIVER,
            "gpuSharing": {"strategy": "mig", "profile": "2g.12gb"},
        },
        32 * GIB, 8, 2,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Load:
    """The values of a fleet, and for each class its figures, what it keeps back (bytes, thousandths), and
    its disk with what is kept back of that (bytes)."""

    values: dict[str, Any]
    figures: dict[str, Figures]
    reserves: dict[str, tuple[int, int]]
    disks: dict[str, tuple[int, int]]


def _share(draw: st.DrawFn, whole: int, least: int) -> int:
    """A part of a whole; four of them are sometimes more than it."""
    return max(least, whole * draw(st.integers(1, 60)) // 100)


@st.composite
def resources(draw: st.DrawFn, figures: Figures) -> dict[str, Any]:
    """What a workload asks for, measured by what one class has."""
    asked: dict[str, Any] = {
        "cpu": f"{_share(draw, figures.cores * 1000, 1)}m",
        "memory": f"{_share(draw, figures.memory, 2**20)}B",
    }
    gpu, engines = draw(st.sampled_from([0, 0, 0, 1, 1, 2])), draw(st.integers(0, 4))
    asked |= {"gpu": gpu} if gpu else {}
    asked |= {"engineCache": f"{engines}Gi"} if engines else {}
    return asked | {"ephemeralStorage": f"{draw(st.integers(1, 8))}Gi"}


@st.composite
def deployments(draw: st.DrawFn, figures: Figures) -> dict[str, Any]:
    """A workload on one class: by TensorRT where it asks for a GPU that is there, else on the CPU."""
    asked, kept = draw(resources(figures)), draw(st.integers(0, 3))
    unsure = {"whenUnsure": {"below": "85%", "keep": f"{kept}Gi"}} if kept else {}
    return {"runtime": "tensorrt" if figures.gpus and "gpu" in asked else "cpu", "resources": asked} | unsure


@st.composite
def loads(draw: st.DrawFn) -> Load:
    """A fleet of one to three classes, and one to four workloads on some of them."""
    kinds = draw(st.lists(st.sampled_from(BOARDS), min_size=1, max_size=3))
    figures = {f"class-{index}": each for index, each in enumerate(kinds)}
    reserves = {
        name: (_share(draw, each.memory // 2, 1), draw(st.integers(0, 1500)))
        for name, each in figures.items()
    }
    disks = {name: (draw(st.integers(8, 64)) * GIB, draw(st.integers(0, 8)) * GIB) for name in figures}
    classes = {name: {**each.written, "storage": f"{disks[name][0]}B"} for name, each in figures.items()}
    for name, (memory, cpu) in reserves.items():
        classes[name]["reserve"] = {"memory": f"{memory}B", "cpu": f"{cpu}m", "storage": f"{disks[name][1]}B"}
    workloads = {}
    for index in range(draw(st.integers(1, 4))):
        where = draw(st.lists(st.sampled_from(sorted(figures)), min_size=1, unique=True))
        startup = {"load": f"{draw(st.integers(1, 900))}s", "warmUp": draw(st.integers(0, 100))}
        workloads[f"work-{index}"] = {
            "model": "digits",
            "latency": {"p99": f"{draw(st.integers(1, 2000))}ms"},
            "startup": {**startup, "engineBuild": f"{draw(st.integers(0, 1800))}s"},
            "resources": {"cpu": "1m", "memory": "1Mi"},
            "on": {name: draw(deployments(figures[name])) for name in where},
        }
    values = {
        "apiVersion": "edgewright.dev/v1alpha1",
        "fleet": "tiny",
        "registry": "registry.example/tiny",
        "deviceClasses": classes,
        "models": {"digits": {"version": "1.0.0", "source": "models/digits.onnx"}},
        "workloads": workloads,
    }
    return Load(values, figures, reserves, disks)
