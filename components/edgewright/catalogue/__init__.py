"""Facts about hardware and software, each with its source, as frozen values.

`load()` gives the built-in Catalogue; `parse(data, origin)` adds a user's own entries to it, or gives
back everything that is wrong with them; `merge(data)` gives both. A Catalogue is plain mappings by name:

    catalogue = load()
    board = catalogue.boards["jetson-orin-nx-16gb"]
    board.memory_bytes, board.gpu.shares_memory, board.power_modes["25W"].cpu_cores
    catalogue.platforms_of("arm64", jetpack="6.2")      # ("jetpack6", "arm64")
    catalogue.k3s_release("v1.36.2+k3s1").image_volumes  # True

Look-ups are the mappings' own: ask with `.get` where a name may be unknown. Nothing here knows a fleet.
"""

from __future__ import annotations

from edgewright.catalogue.catalogue import Catalogue, version_key
from edgewright.catalogue.entries import (
    Accelerator,
    Architecture,
    Backend,
    Board,
    Cuda,
    Distribution,
    EngineReach,
    Footprint,
    Format,
    Gpu,
    Image,
    IntegratedGpu,
    JetPack,
    K3sLine,
    Library,
    MigProfile,
    OnnxRuntime,
    Part,
    PartContainer,
    Platform,
    PowerMode,
    Precision,
    Runtime,
    Sources,
    TensorRT,
)
from edgewright.catalogue.k3s import K3sRelease, k3s_key
from edgewright.catalogue.loading import Merged, load, merge, parse

__all__ = [
    "Accelerator",
    "Architecture",
    "Backend",
    "Board",
    "Catalogue",
    "Cuda",
    "Distribution",
    "EngineReach",
    "Footprint",
    "Format",
    "Gpu",
    "Image",
    "IntegratedGpu",
    "JetPack",
    "K3sLine",
    "K3sRelease",
    "Library",
    "Merged",
    "MigProfile",
    "OnnxRuntime",
    "Part",
    "PartContainer",
    "Platform",
    "PowerMode",
    "Precision",
    "Runtime",
    "Sources",
    "TensorRT",
    "k3s_key",
    "load",
    "merge",
    "parse",
    "version_key",
]
