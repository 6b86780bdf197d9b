"""Those who sign what `publish` sends: keys out of files, and whom the CI says it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edgewright.commands.signing_key import read_key
from edgewright.errors import Finding
from edgewright.plan import Plan
from edgewright.ship.signers import Signers, signers
from edgewright.ship.signing.keyless import identity


def signers_of(
    plan: Plan, keys: Sequence[Path], *, old_keys: Sequence[Path] = (), keyless: bool, token: str | None
) -> tuple[Signers, list[Finding]]:
    """Those who sign, and where a key lies that should not lie there.

    Raises FleetError where a key cannot be read, is open to others, or stays locked.
    """
    opened, before = [read_key(path) for path in keys], [read_key(path) for path in old_keys]
    found = signers(
        plan.fleet,
        plan.texts,
        [key for key, _ in opened],
        identity(token) if keyless else None,
        old_keys=[key for key, _ in before],
    )
    return found, [finding for _, findings in (*opened, *before) for finding in findings]
