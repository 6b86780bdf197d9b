"""The policies of a class, in the order in which somebody reads them."""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.catalogue.policies import built_in_policy
from edgewright.errors import FieldPath
from edgewright.plan import ClassPlan, Plan
from edgewright.render.manifest import Manifest, Object
from edgewright.render.policies.legacy import in_old_form, is_old, old_signature_policy
from edgewright.render.policies.registries import with_registries
from edgewright.render.policies.scope import scoped
from edgewright.render.policies.signatures import NAME, ORIGIN, signature_policy

_DIGESTS = "require-digests"
_OF_LEVEL = {
    "baseline": ("pod-security-baseline",),
    "restricted": ("pod-security-restricted", "require-ro-rootfs"),
}
"""What `security.pods` asks for. The namespace's labels ask for the standard too, but of pods alone: a Rollout
that breaks it would be taken, its old pod end, and no new one come."""


def policy_manifests(plan: Plan, planned: ClassPlan) -> Iterator[Manifest]:
    """Every policy of a class with an admission gate; none for another, whose devices run no Kyverno."""
    if planned.device_class.signature_gate != "admission":
        return
    for name, body, origin in (*_about_signatures(plan), *pod_policies(plan)):
        policy = scoped(plan, planned, in_old_form(body) if is_old(plan) else body)
        yield Manifest(f"{planned.name}/policies/{name}.yaml", policy, origin)


def _about_signatures(plan: Plan) -> Iterator[tuple[str, Object, FieldPath]]:
    """What asks a registry. An old Kyverno lets a tag pass where what it names is signed."""
    if not plan.fleet.security.signatures:
        return
    if not is_old(plan):
        yield NAME, signature_policy(plan), ORIGIN
        return
    yield NAME, old_signature_policy(plan), ORIGIN
    if _DIGESTS not in plan.fleet.security.policies:
        yield _DIGESTS, built_in_policy(_DIGESTS), ORIGIN


def pod_policies(plan: Plan) -> Iterator[tuple[str, Object, FieldPath]]:
    """Name, body and origin of each policy that asks no registry, so that it can be tried anywhere: those that
    every fleet has, and those that it names, each once."""
    seen: set[str] = set()
    for body, origin in _asked_for(plan):
        name = body["metadata"]["name"]
        if origin[1:2] != ("policies",) or name not in seen:
            yield name, body, origin
        seen.add(name)


def _asked_for(plan: Plan) -> Iterator[tuple[Object, FieldPath]]:
    security = plan.fleet.security
    yield (
        with_registries(plan),
        ("security", "registries") if security.registries is not None else ("registry",),
    )
    for name in _OF_LEVEL[security.pods]:
        yield built_in_policy(name), ("security", "pods")
    for index, name in enumerate(security.policies):
        origin: FieldPath = ("security", "policies", index)
        if name.startswith("./"):
            yield from ((body, origin) for body in plan.policies.get(name, ()))
        elif name != "restrict-registries":
            yield built_in_policy(name), origin
