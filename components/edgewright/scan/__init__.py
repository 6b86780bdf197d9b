"""Findings about rendered objects: would a cluster take them, and would what they name be there?

`check_objects` is the door: Kubernetes' own schemas for the class's version, the custom resources' schemas,
and rules of our own for what no schema says. The schemas in schemas/ are generated: see tools/schemas/.
"""

from __future__ import annotations

from edgewright.scan.objects import check_objects

__all__ = ["check_objects"]
