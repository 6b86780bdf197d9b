"""Kubernetes objects out of a plan.

manifests = render(plan)                 # path, plain dict, and the field it comes from
files = files_of(plan, manifests)        # path ⇒ text, with an index
"""

from __future__ import annotations

from edgewright.render.manifest import Manifest
from edgewright.render.not_yet import not_rendered_yet
from edgewright.render.rendering import INDEX, files_of, render

__all__ = ["INDEX", "Manifest", "files_of", "not_rendered_yet", "render"]
