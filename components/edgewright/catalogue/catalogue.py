"""A Catalogue: every entry by its name, and the few questions that need more than one entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from edgewright.catalogue.entries import (
    Backend,
    Board,
    Cuda,
    Distribution,
    Footprint,
    Gpu,
    Image,
    JetPack,
    K3sLine,
    OnnxRuntime,
    Part,
    Platform,
    PowerMode,
    Runtime,
    TensorRT,
)
from edgewright.catalogue.k3s import K3sRelease, k3s_release

Release = TypeVar("Release")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Facts by name. `jetpacks` and what images hold are keyed by version ("6.2"), `k3s` by line ("v1.36")."""

    boards: Mapping[str, Board]
    gpus: Mapping[str, Gpu]
    jetpacks: Mapping[str, JetPack]
    cudas: Mapping[str, Cuda]
    tensorrts: Mapping[str, TensorRT]
    onnxruntimes: Mapping[str, OnnxRuntime]
    k3s: Mapping[str, K3sLine]
    distributions: Mapping[str, Distribution]
    backends: Mapping[str, Backend]
    footprints: Mapping[str, Footprint]
    runtimes: Mapping[str, Runtime]
    images: Mapping[str, Image]
    platforms: Mapping[str, Platform]
    parts: Mapping[str, Part]

    def k3s_release(self, version: str) -> K3sRelease | None:
        """What a K3s release brings; None where the version is not of the form vX.Y.Z+k3sN."""
        return k3s_release(version, self.k3s)

    def platforms_of(
        self, architecture: str, jetpack: str | None = None, driver: str | None = None
    ) -> tuple[str, ...]:
        """The image platforms that run on such a device, the most specific first.

        A JetPack decides by its major, so one that is not listed yet counts; a driver by being at
        least what the platform's CUDA needs. Without either, only platforms without CUDA remain.
        """
        fitting = [
            name
            for name, platform in self.platforms.items()
            if platform.architecture == architecture
            and _jetpack_fits(platform, jetpack)
            and _driver_fits(platform, driver)
        ]
        return tuple(sorted(fitting, key=lambda name: (*_specificity(self.platforms[name]), name)))

    def takes_jetpack(self, board: Board, jetpack: str) -> bool:
        """Whether the board runs this JetPack release, listed or not; its majors decide."""
        return _reaches(jetpack, board.jetpack_from)

    def power_modes_of(self, board: Board, jetpack: str | None) -> Mapping[str, PowerMode]:
        """The board's power modes that this JetPack knows; all of them where none is given."""
        return {
            name: mode
            for name, mode in board.power_modes.items()
            if jetpack is None or not mode.jetpack_from or _reaches(jetpack, mode.jetpack_from)
        }

    def jetpack_of(self, version: str) -> JetPack | None:
        """This JetPack release, or the newest listed one of its major that is not newer; or None."""
        return at_or_before(self.jetpacks, version)

    def cuda_of(self, version: str) -> Cuda | None:
        """What is known of a CUDA release, as of the newest listed one of its major that is not newer."""
        return at_or_before(self.cudas, version)

    def tensorrt_of(self, version: str) -> TensorRT | None:
        """What is known of a TensorRT release, as of the newest listed one of its major that is not newer."""
        return at_or_before(self.tensorrts, version)

    def onnxruntime_of(self, version: str) -> OnnxRuntime | None:
        """What is known of an ONNX Runtime, as of the newest listed one of its major that is not newer."""
        return at_or_before(self.onnxruntimes, version)


def at_or_before(releases: Mapping[str, Release], version: str) -> Release | None:
    """The newest release of the version's major that is not newer than it; None where there is none."""
    key = version_key(version)
    older = [name for name in releases if version_key(name)[:1] == key[:1] and version_key(name) <= key]
    return releases[max(older, key=version_key)] if older else None


@lru_cache(4096)
def version_key(version: str) -> tuple[int, ...]:
    """The first four parts of a version as numbers that compare; what is missing or no number is 0."""
    parts = version[:100].split(".")[:4]
    numbers = [int(part) if part.isascii() and part.isdigit() else 0 for part in parts]
    return (*numbers, *[0] * (4 - len(numbers)))


def _reaches(version: str, starts: tuple[str, ...]) -> bool:
    """Whether the version is at least the start that has its major."""
    key = version_key(version)
    return any(key[:1] == start[:1] and key >= start for start in map(version_key, starts))


def _jetpack_fits(platform: Platform, jetpack: str | None) -> bool:
    if platform.jetpack is None:
        return True
    return jetpack is not None and version_key(jetpack)[:1] == (platform.jetpack,)


def _driver_fits(platform: Platform, driver: str | None) -> bool:
    if platform.least_driver is None:
        return True
    return driver is not None and version_key(driver) >= version_key(platform.least_driver)


def _specificity(platform: Platform) -> tuple[bool, int]:
    return platform.jetpack is None, -(platform.cuda or 0)
