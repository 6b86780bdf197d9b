"""What a K3s release brings, decided from its version alone: `v1.36.2+k3s1`.

A release that the catalogue lists is exact. One that it does not list is decided by its line, and a
line newer than every listed one by the newest: features of Kubernetes stay once they are on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from edgewright.catalogue.entries import K3sLine

_VERSION = re.compile(r"v([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})\+k3s([0-9]{1,4})")


@dataclass(frozen=True, slots=True)
class K3sRelease:
    """A release of K3s: `listed` says whether the catalogue knows this very one.

    `containerd` is None where the release is not listed.
    """

    kubernetes: str
    line: str
    listed: bool
    containerd: str | None
    image_volumes: bool


def k3s_key(version: str) -> tuple[int, int, int, int] | None:
    """The version as numbers that compare, or None where it is not `vX.Y.Z+k3sN`."""
    match = _VERSION.fullmatch(version)
    if match is None:
        return None
    major, minor, patch, build = (int(group) for group in match.groups())
    return major, minor, patch, build


def k3s_release(version: str, lines: Mapping[str, K3sLine]) -> K3sRelease | None:
    """What this release brings, by the lines of a catalogue; None where the version is malformed."""
    key = k3s_key(version)
    if key is None:
        return None
    line = f"v{key[0]}.{key[1]}"
    containerd = lines[line].containerd.get(version) if line in lines else None
    return K3sRelease(
        kubernetes=f"v{key[0]}.{key[1]}.{key[2]}",
        line=line,
        listed=containerd is not None,
        containerd=containerd,
        image_volumes=_has_image_volumes(key, lines),
    )


def _has_image_volumes(key: tuple[int, int, int, int], lines: Mapping[str, K3sLine]) -> bool:
    starts = [
        start
        for line in lines.values()
        if line.image_volumes_from is not None and (start := k3s_key(line.image_volumes_from)) is not None
    ]
    same_line = [start for start in starts if start[:2] == key[:2]]
    if same_line:
        return key >= min(same_line)
    return any(start < key for start in starts)
