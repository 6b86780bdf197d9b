"""What a plan of half a fleet cannot know: findings that only repeat that something was left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from edgewright.errors import FieldPath, Finding

_CLASSES, _MODELS, _RUNTIMES = ("deviceClasses",), ("models",), ("runtimes",)
_REGISTRY, _WORKLOADS, _ROLLOUTS = ("registry",), ("workloads",), ("rollouts",)
_DELIVERY, _SIGNATURES, _CATALOGUE = ("delivery",), ("security", "signatures"), ("catalogue",)
_NEEDS: Final[dict[str, tuple[FieldPath, ...]]] = {
    "battery-too-small": (_CLASSES, _MODELS, _WORKLOADS),
    "canary-too-small": (_CLASSES, _MODELS, _ROLLOUTS, _WORKLOADS),
    "canary-unknown": (_CLASSES, _ROLLOUTS, _WORKLOADS),
    "class-without-workload": (_WORKLOADS,),
    "gate-checks-nothing": (_REGISTRY, _SIGNATURES),
    "image-lacks-platform": (_CLASSES, _RUNTIMES),
    "inventory-differs": (_CLASSES,),
    "latency-unknown": (_MODELS, _WORKLOADS),
    "no-effect": (_CLASSES, _MODELS, _ROLLOUTS, _RUNTIMES, _WORKLOADS, ("security", "network")),
    "no-fallback": (_CATALOGUE, _MODELS, _RUNTIMES, _WORKLOADS),
    "no-image-for-class": (_CATALOGUE, _RUNTIMES),
    "no-tier-runs": (_CATALOGUE, _MODELS, _RUNTIMES),
    "not-locked": (_RUNTIMES,),
    "not-rendered-yet": (_CLASSES, _SIGNATURES),
    "nothing-is-signed": (_SIGNATURES,),
    "power-not-known": (_CLASSES, _WORKLOADS),
    "power-over-budget": (_CLASSES,),
    "reserve-too-small": (_WORKLOADS, _DELIVERY, _ROLLOUTS),
    "registry-not-allowed": (_REGISTRY, ("security", "registries")),
    "soak-missing": (_ROLLOUTS,),
    "signers-cannot-mix": (_DELIVERY, _SIGNATURES),
    "size-unknown": (_MODELS, _RUNTIMES, _WORKLOADS),
    "startup-too-short": (_WORKLOADS,),
    "tier-cannot-run": (_CATALOGUE, _MODELS, _RUNTIMES),
    "thresholds-loosen": (_ROLLOUTS,),
    "unknown-reference": (_CLASSES,),
}
"""Rule ⇒ the fields that have to be whole before it is true."""

_HARMLESS: Final = ("waiver-malformed", "yaml-directive")
"""Errors that leave nothing of the fleet unread."""


def without_echoes(findings: Iterable[Finding], before: Sequence[Finding], *, torn: bool) -> list[Finding]:
    """The findings of later floors less those that follow from an error `before`, when the fleet was read.

    `torn` says that whole sections may be missing from the text that was read.
    """
    errors = [each for each in before if each.level == "error" and each.rule not in _HARMLESS]
    broken = {_lost(finding) for finding in errors} | ({()} if torn else set())
    return [finding for finding in findings if not _echoes(finding, broken)]


def _lost(finding: Finding) -> FieldPath:
    """What may be missing for an error: of a field that nobody knows, any of those beside it was meant."""
    within_a_part = finding.rule == "unknown-field" and len(finding.path) > 1
    return finding.path[:-1] if within_a_part else finding.path


def _echoes(finding: Finding, broken: set[FieldPath]) -> bool:
    needs = _NEEDS.get(finding.rule, ())
    return any(_overlap(needed, lost) for needed in needs for lost in broken)


def _overlap(one: FieldPath, other: FieldPath) -> bool:
    """Whether one of the two holds the other."""
    return all(mine == theirs for mine, theirs in zip(one, other, strict=False))
