"""A draft of a fleet.yaml out of the manifests that a cluster runs today, and what it could not carry over.

drafted = draft(read_objects(Path("k8s")))
drafted.text       # the fleet.yaml, with comments where somebody has to decide
drafted.findings   # what was left out, each at its line of the manifests
"""

from __future__ import annotations

from edgewright.assembly.draft.drafting import Drafted, draft
from edgewright.assembly.draft.objects import Found, read_objects

__all__ = ["Drafted", "Found", "draft", "read_objects"]
