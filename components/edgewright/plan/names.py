"""Names that the fleet gives and something else already has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from edgewright.artifact.lock import SOURCE
from edgewright.errors import FieldPath, Finding
from edgewright.fleet import Fleet

_SYSTEM: Final = ("argo-rollouts", "default", "flux-system", "gatekeeper-system", "kyverno", "monitoring")
_PREFIXES: Final = ("kube-", "system-")
DEFAULT_DENY: Final = "default-deny"
"""The name of the network policy that closes a namespace; workloads have one of their own name beside it."""


def check_names(fleet: Fleet) -> Iterator[Finding]:
    """Names that would meet another object of the same name, or are kept for the system."""
    if fleet.fleet in _SYSTEM or fleet.fleet.startswith(_PREFIXES):
        why = "is a namespace of the system; the fleet's workloads get a namespace of its name"
        yield _reserved(fleet.fleet, why, ("fleet",))
    if DEFAULT_DENY in fleet.workloads:
        yield _reserved(
            DEFAULT_DENY, "is the network policy of the whole namespace", ("workloads", DEFAULT_DENY)
        )
    for name, model in fleet.models.items():
        if SOURCE in model.variants:
            yield _reserved(SOURCE, "is the model as it was trained", ("models", name, "variants", SOURCE))


def _reserved(name: str, why: str, path: FieldPath) -> Finding:
    return Finding(
        "reserved-name",
        "error",
        f"`{name}` {why}",
        "choose another name",
        path,
        on_key=len(path) > 1,
        waivable=False,
    )
