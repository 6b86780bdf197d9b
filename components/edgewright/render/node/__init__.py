"""Node files: what K3s and the board read, beside the objects that Kubernetes reads.

files = node_files(plan)                 # `<class>/node/…`, below it as they lie on the device
"""

from __future__ import annotations

from edgewright.render.node.file import NodeFile, is_node_file
from edgewright.render.node.files import class_node_files, node_files

__all__ = ["NodeFile", "class_node_files", "is_node_file", "node_files"]
