"""What a fleet ships: every artifact that its registry has to have, each where it belongs.

found = shipment(assembled, Path("."), Path("build/images"))
found.publications          # models and images first, the manifests that name them last
found.findings              # what keeps them from being published
"""

from __future__ import annotations

from edgewright.assembly.publication.images import IMAGES
from edgewright.assembly.publication.publication import KINDS, Kind, Publication, kept_tag, version_tag
from edgewright.assembly.publication.shipment import Shipment, shipment

__all__ = ["IMAGES", "KINDS", "Kind", "Publication", "Shipment", "kept_tag", "shipment", "version_tag"]
