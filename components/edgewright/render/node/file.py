"""What rendering hands down for the node: a text, the file it becomes, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from edgewright.errors import FieldPath

FOLDER: Final = "node"
"""The folder of a class that holds its node files; below it, paths are those on the device."""

MANIFESTS: Final = "var/lib/rancher/k3s/server/manifests"
"""What lies here, K3s applies by itself. https://docs.k3s.io/installation/packaged-components"""


@dataclass(frozen=True, slots=True)
class NodeFile:
    """A file of a device that is no object of Kubernetes.

    `path` is relative to the rendering, `origin` the field of the fleet that the file comes from.
    """

    path: str
    text: str
    origin: FieldPath


def is_node_file(path: str) -> bool:
    """Whether a path of a rendering is a node file's."""
    return path.split("/")[1:2] == [FOLDER]


def on_device(path: str) -> str:
    """Where a node file lies on the device, without the first slash."""
    return path.split("/", 2)[2]
