"""The floors in order: from a fleet.yaml to its objects, with everything that was found on the way.

assembled = assemble(Path("fleet.yaml"), today=date(2026, 11, 1))
assembled.findings          # located, waived, of every floor
assembled.manifests         # empty where an error stands in the way
"""

from __future__ import annotations

from edgewright.assembly.assemble import Assembled, assemble, assemble_document, plan_and_render
from edgewright.assembly.catalogues import catalogue_beside, read_catalogue
from edgewright.assembly.devices import count_devices
from edgewright.assembly.files import lock_beside
from edgewright.assembly.in_python import assemble_fleet
from edgewright.assembly.texts import read_texts

__all__ = [
    "Assembled", "assemble", "assemble_document", "assemble_fleet", "catalogue_beside", "count_devices",
    "lock_beside", "plan_and_render", "read_catalogue", "read_texts",
]  # fmt: skip
