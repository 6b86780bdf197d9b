"""Volumes that a workload may write and that outlive its pods, each of a size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edgewright.errors import FieldPath
from edgewright.fleet import Memory
from edgewright.plan import Deployed
from edgewright.render.server_config import ENGINE_FOLDER, UNSURE_FOLDER


@dataclass(frozen=True, slots=True)
class Claim:
    """A volume by its name in the pod: where it is mounted, how large it is, and the field that asks for it."""

    name: str
    workload: str
    folder: str
    size: Memory
    origin: FieldPath

    @property
    def claim(self) -> str:
        """The name of its claim. The size is in it: what K3s brings cannot resize a volume
        (rancher/local-path-provisioner, issue 18), so another size is another volume, which begins empty."""
        return f"{self.workload}-{self.name}-{self.size.kubernetes.lower()}"


def claims_of(deployed: Deployed) -> Iterator[Claim]:
    """Engines that were built, and inputs that the model was unsure of. The server keeps to the sizes: a volume
    of local-path has no end but the disk's."""
    engines, kept = deployed.resources.engine_cache, deployed.kept
    if engines is not None:
        origin = (*deployed.origin("resources"), "engineCache")
        yield Claim("engines", deployed.name, ENGINE_FOLDER, engines, origin)
    if kept is not None:
        origin = (*deployed.origin("when_unsure"), "keep")
        yield Claim("unsure", deployed.name, UNSURE_FOLDER, kept, origin)
