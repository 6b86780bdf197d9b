"""What Debian, uv and the loader of Linux call an architecture of ours."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import Final

from edgewright.catalogue import Architecture


@dataclass(frozen=True, slots=True)
class Names:
    """One architecture: Debian's folder of libraries, the loader in it, and the wheels that uv picks.

    Debian 12 has glibc 2.36, so wheels for it and for older ones run.
    """

    libraries: str
    loader: str
    wheels: str


NAMES: Final[dict[Architecture, Names]] = {
    "amd64": Names("x86_64-linux-gnu", "ld-linux-x86-64.so.2", "x86_64-manylinux_2_36"),
    "arm64": Names("aarch64-linux-gnu", "ld-linux-aarch64.so.1", "aarch64-manylinux_2_36"),
}

_MACHINES: Final[dict[str, Architecture]] = {
    "x86_64": "amd64",
    "amd64": "amd64",
    "aarch64": "arm64",
    "arm64": "arm64",
}


def of_this_machine() -> Architecture | None:
    """The architecture that we run on; None where no image is built for it."""
    return _MACHINES.get(platform.machine().lower())
