"""Kubernetes objects and node files out of a plan.

manifests = render(plan)                 # path, plain dict, and the field it comes from
nodes = node_files(plan)                 # path, text, and the field it comes from
files = files_of(plan, manifests)        # path ⇒ text of both, with an index
"""

from __future__ import annotations

from edgewright.render.manifest import Manifest
from edgewright.render.node import NodeFile, is_node_file, node_files
from edgewright.render.not_yet import not_rendered_yet
from edgewright.render.rendering import INDEX, files_of, render

__all__ = [
    "INDEX", "Manifest", "NodeFile", "files_of", "is_node_file", "node_files", "not_rendered_yet", "render",
]  # fmt: skip
