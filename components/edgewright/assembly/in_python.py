"""From a fleet that was written in Python to its objects: the same way as from a file, without places."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from edgewright.assembly.assemble import Assembled, with_what_lies_beside
from edgewright.assembly.catalogues import read_catalogue
from edgewright.assembly.files import FLEET_FILE
from edgewright.document.secrets import plain_secrets

if TYPE_CHECKING:
    from edgewright.fleet import Fleet


def assemble_fleet(fleet: Fleet, folder: Path, *, unlocked: bool = False) -> Assembled:
    """Everything that follows from a fleet whose keys, rules, models, inventory and fleet.lock lie in `folder`.

    `unlocked` lets stand-ins replace missing digests. Waivers are comments, and Python has none that count.
    """
    from edgewright.fleet import check_fleet

    values = fleet.model_dump(exclude_none=True)
    own = read_catalogue({"catalogue": fleet.catalogue} if fleet.catalogue else {}, folder)
    wrong = (*own.findings, *own.without_echoes(check_fleet(fleet, own.catalogue)))
    assembled, lock_findings = with_what_lies_beside(
        fleet,
        own.catalogue,
        folder / FLEET_FILE,
        values=values,
        unlocked=unlocked,
        may_render=not any(each.level == "error" for each in wrong),
    )
    return replace(
        assembled,
        findings=(*wrong, *plain_secrets(values), *lock_findings, *assembled.findings),
        sources={**own.sources, **assembled.sources},
        catalogue=own.catalogue,
    )
