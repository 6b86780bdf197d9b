"""Which policies a class has, and which of them a change is the business of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from edgewright.errors import FieldPath
from edgewright.fleet import Fleet
from edgewright.plan.signing import matches
from edgewright.policy_test.matrix import Policy
from edgewright.policy_test.mutation import MUTATIONS, Mutation
from edgewright.policy_test.mutation.images import REGISTRIES
from edgewright.policy_test.mutation.mutation import SIGNATURES, Object
from edgewright.policy_test.stand_ins import path_of
from edgewright.policy_test.trial import Trial
from edgewright.render import Manifest
from edgewright.ship.kyverno import denies, policy_name

_BASES = sorted(
    {base for mutation in MUTATIONS for base in mutation.by} - {SIGNATURES}, key=len, reverse=True
)
_RENDERED_AS = {"registries": REGISTRIES}


def policy_of(manifest: Manifest) -> Policy:
    """What is known of a rendered policy."""
    body = manifest.body
    closed = body["spec"].get("failurePolicy", "Fail") == "Fail"
    every = [each["name"] for each in body["spec"].get("rules", [])] or [""]
    keeps_out = any(denies(body, rule) for rule in every)
    return Policy(policy_name(body), _base(body), manifest.origin, keeps_out, closed, _sees_later(body))


def _sees_later(policy: Object) -> bool:
    """Whether it is asked when a container is put into a running pod; of old, Pod has that in it."""
    rules = policy["spec"].get("matchConstraints", {}).get("resourceRules", [])
    return "rules" in policy["spec"] or any(
        {"pods/ephemeralcontainers", "pods/*", "*/*"} & set(rule.get("resources", []))
        and {"UPDATE", "*"} & set(rule.get("operations", []))
        for rule in rules
    )


def _base(body: Object) -> str:
    """The folder of policies/ that a policy was made of; what it is about where that is signatures."""
    name: str = body["metadata"]["name"]
    if asks_a_registry(body):
        return SIGNATURES
    for base in (*_BASES, *_RENDERED_AS):
        if name == base or name.endswith(f"-{base}"):
            return _RENDERED_AS.get(base, base)
    return name


def asks_a_registry(policy: Object) -> bool:
    """Whether a policy looks at what a registry has, and not at the pod alone."""
    rules = policy["spec"].get("rules", [])
    return policy["kind"] == "ImageValidatingPolicy" or any("verifyImages" in rule for rule in rules)


def asked_for(fleet: Fleet, policies: Sequence[Policy], *, gated: bool) -> frozenset[str]:
    """What a class's pods are to be held against: what the fleet names, and what was rendered."""
    named = {each for each in fleet.security.policies if not each.startswith("./")} if gated else set()
    always = {REGISTRIES, *([SIGNATURES] if fleet.security.signatures else [])} if gated else set()
    return frozenset(named | always | {policy.base for policy in policies})


def asks(fleet: Fleet, mutation: Mutation) -> FieldPath:
    """The field of a fleet that asks for a change to be refused."""
    for index, name in enumerate(fleet.security.policies):
        if name in mutation.by:
            return ("security", "policies", index)
    if SIGNATURES in mutation.by:
        return ("security", "signatures")
    if REGISTRIES in mutation.by:
        return ("security", "registries") if fleet.security.registries is not None else ("registry",)
    return ("security",)


def is_asked(mutation: Mutation, pod: Object, changed: Object, wanted: frozenset[str], trial: Trial) -> bool:
    """Whether a change of a pod of the trial is one that the fleet asks to be refused."""
    new = set(references(changed)) - set(references(pod)) or set(references(changed))
    about = set(mutation.by) & wanted
    if SIGNATURES in about and not any(map(trial.asks_for_signatures, map(path_of, new))):
        about.remove(SIGNATURES)
    if REGISTRIES in about and all(_is_allowed(trial.plan.fleet, each) for each in new):
        about.remove(REGISTRIES)
    return bool(about)


def _is_allowed(fleet: Fleet, reference: str) -> bool:
    globs = fleet.security.registries
    if globs is None:
        globs = (f"{fleet.registry}/**",)
    repository = reference.partition("@")[0]
    return any(matches(glob, repository) for glob in globs)


def references(pod: Object) -> Iterator[str]:
    """Every image that a pod pulls, those of volumes too."""
    spec: dict[str, Any] = pod["spec"]
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        yield from (each["image"] for each in spec.get(kind, []))
    yield from (each["image"]["reference"] for each in spec.get("volumes", []) if "image" in each)
