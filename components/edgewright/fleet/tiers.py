"""Tiers against what they meet: the runtime that has their backend, the model that has their variant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from edgewright.errors import FieldPath, Finding, Note
from edgewright.fleet.scope import Scope, contradiction, unknown
from edgewright.fleet.wording import shown
from edgewright.fleet.words import Words, sure
from edgewright.fleet.workload import Tier


@dataclass(frozen=True, slots=True)
class TierUse:
    """A list of tiers below `path` where one runtime, one model and a rule or none apply."""

    tiers: tuple[Tier, ...]
    path: FieldPath
    runtime: str | None
    model: str
    rule: bool
    notes: tuple[Note, ...] = ()

    def findings(self, scope: Scope) -> Iterator[Finding]:
        """What cannot run here, and what nothing is known of."""
        for index, tier in enumerate(self.tiers):
            at = (*self.path, "tiers", index)
            if tier == "rule":
                found = _without_rule(at) if not self.rule else None
            elif tier.backend not in scope.catalogue.backends:
                found = _unknown_backend(tier, at, scope)
            else:
                found = _backend_of(self.runtime, tier, at, scope) or _variant_of(self.model, tier, at, scope)
            if found is not None:
                yield replace(found, notes=(*found.notes, *self.notes))


def figure_findings(stated: Iterable[Tier], path: FieldPath, scope: Scope) -> Iterator[Finding]:
    """Tiers that a figure is stated of and nothing runs."""
    for tier in stated:
        if tier != "rule" and tier.backend not in scope.catalogue.backends:
            yield replace(_unknown_backend(tier, (*path, tier), scope), on_key=True)


def _without_rule(path: FieldPath) -> Finding:
    return contradiction(
        "the tier `rule` has no rule to run", "add `rule: rules/my_rule.py` to the workload", path
    )


def _unknown_backend(tier: Tier, path: FieldPath, scope: Scope) -> Finding:
    known = Words((*scope.catalogue.backends, "rule"))
    found = unknown("backend", tier.backend, known, path)
    meant = known.nearest(tier.backend)
    if meant is None or tier.variant is None or meant == "rule":
        return found
    whole = f"{meant}/{tier.variant}"
    replacement = whole if sure(tier.backend, meant) else None
    return replace(found, remedy=f"write `{whole}`", replacement=replacement)


def _backend_of(name: str | None, tier: Tier, path: FieldPath, scope: Scope) -> Finding | None:
    runtime = scope.runtime(name) if name else None
    if runtime is None or tier.backend in runtime.backends:
        return None
    if any(backend not in scope.catalogue.backends for backend in runtime.backends):
        return None  # that is told, and may be this one
    return Finding(
        "unknown-reference",
        "error",
        f"the runtime `{name}` has no backend `{tier.backend}`",
        f"use one of {', '.join(runtime.backends)}, or another runtime",
        path,
        notes=(Note("its backends", path=("runtimes", str(name), "backends")),),
        waivable=False,
    )


def _variant_of(model: str, tier: Tier, path: FieldPath, scope: Scope) -> Finding | None:
    variants = scope.variants(model)
    if variants is None or tier.variant is None or tier.variant in variants:
        return None
    meant = variants.nearest(tier.variant)
    written = f"{tier.backend}/{meant}"
    if meant:
        remedy = f"write `{written}`, or add `{tier.variant}` to the model's variants"
    elif variants:
        remedy = f"write one of {Words(f'{tier.backend}/{name}' for name in variants).listed()}"
    else:
        remedy = f"write `{tier.backend}` for the model's source, or add the variant to the model"
    return Finding(
        "unknown-reference",
        "error",
        f"there is no variant {shown(tier.variant)} of `{model}`"
        + (f"; did you mean `{meant}`?" if meant else ""),
        remedy,
        path,
        notes=(Note("the model's variants", path=("models", model, "variants")),),
        replacement=written if meant and sure(tier.variant, meant) else None,
        waivable=False,
    )
