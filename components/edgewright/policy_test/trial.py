"""The trial: the same fleet, rendered by the same floors, whose images can be had and signed here and now.

Another registry's host, other keys, other digests, and nothing else. Keyless signers are left out: who is meant
cannot sign here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from edgewright.artifact.lock import LockedVariant
from edgewright.errors import FieldPath, Finding
from edgewright.fleet import Fleet, Signature
from edgewright.plan import ClassPlan, Deployed, Plan
from edgewright.plan.plan import PlannedTier
from edgewright.plan.signing import matches, model_repository
from edgewright.policy_test.stand_ins import ABSENT, host_of, path_of, stand_in
from edgewright.render import Manifest, render
from edgewright.ship.signing.keys import PrivateKey, generate

_SIGNATURES: Final[FieldPath] = ("security", "signatures")


@dataclass(frozen=True, slots=True)
class Image:
    """What a pod pulls: a path below the registry's host, and which form of the model (none for an image)."""

    path: str
    form: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """A fleet of stand-ins at `address`.

    `keys` are the private halves of its public keys, by the file that the fleet names; `stranger` is the key
    that nobody trusts. `left_out` are the rules of signatures that no key can meet: the trial has none of them.
    """

    plan: Plan
    manifests: tuple[Manifest, ...]
    address: str
    keys: Mapping[str, PrivateKey] = field(repr=False)
    stranger: PrivateKey = field(repr=False)
    left_out: tuple[Signature, ...] = ()
    findings: tuple[Finding, ...] = ()

    def signer(self, path: str, *, last: bool = False) -> PrivateKey | None:
        """The first or the last key of the rule that is about a path; None where there is none."""
        for rule in self.plan.fleet.security.signatures:
            if self._is_about(rule, path):
                names = [signer.key for signer in rule.any_of if signer.key]
                return self.keys[names[-1 if last else 0]]
        return None

    def asks_for_signatures(self, path: str) -> bool:
        """Whether a rule is about what lies at a path."""
        return self.signer(path) is not None

    def leaves_out(self, path: str) -> bool:
        """Whether a rule that is left out is about what lies at a path."""
        return any(self._is_about(rule, path) for rule in self.left_out)

    def _is_about(self, rule: Signature, path: str) -> bool:
        return any(matches(glob, f"{self.address}/{path}") for glob in rule.images)


def trial_of(plan: Plan, address: str) -> Trial:
    """The trial of a plan's fleet with a registry at an address (`host:port`)."""
    host = host_of(plan.fleet.registry)
    rules = [_rule(rule, host, address) for rule in plan.fleet.security.signatures]
    names = {signer.key for rule in rules for signer in rule.any_of if signer.key}
    keys = {name: generate() for name in sorted(names)}
    fleet = _fleet(plan.fleet, [rule for rule in rules if _has_key(rule)], host, address)
    texts = {**plan.texts, **{name: key.public.pem for name, key in keys.items()}}
    classes = tuple(_class(fleet, planned) for planned in plan.classes)
    trial = replace(plan, fleet=fleet, texts=texts, classes=classes)
    left_out = tuple(rule for rule in rules if not _has_key(rule))
    findings = tuple(_keyless(plan.fleet.security.signatures))
    return Trial(trial, tuple(render(trial)), address, keys, generate(), left_out, findings)


def _has_key(rule: Signature) -> bool:
    return any(signer.key for signer in rule.any_of)


def _rule(rule: Signature, host: str, address: str) -> Signature:
    """A rule at another host, with signers that can sign here; all of its signers where none can."""
    images = tuple(_moved(glob, host, address) for glob in rule.images)
    with_keys = tuple(signer for signer in rule.any_of if signer.key)
    return rule.model_copy(update={"images": images, "any_of": with_keys or tuple(rule.any_of)})


def _fleet(fleet: Fleet, rules: Sequence[Signature], host: str, address: str) -> Fleet:
    """The fleet at another host, with these rules of signatures."""
    globs = fleet.security.registries
    registries = None if globs is None else tuple(_moved(glob, host, address) for glob in globs)
    security = fleet.security.model_copy(update={"registries": registries, "signatures": tuple(rules)})
    return fleet.model_copy(update={"registry": _moved(fleet.registry, host, address), "security": security})


def _moved(glob: str, host: str, address: str) -> str:
    """A pattern of images that means at the address what it meant at the fleet's host; others stay."""
    of_host, slash, rest = glob.partition("/")
    if not slash:  # `registry.acme.*` means every path of the host
        return f"{address}/*" if "*" in glob and matches(glob, f"{host}/x") else glob
    return f"{address}/{rest}" if matches(of_host, host) else glob


def _keyless(rules: Sequence[Signature]) -> Iterator[Finding]:
    for index, rule in enumerate(rules):
        for number, signer in enumerate(rule.any_of):
            if signer.keyless is not None:
                yield Finding(
                    "policy-not-tried",
                    "info",
                    f"signatures of `{signer.keyless.subject}` were not tried: only its authority can vouch for it",
                    "try it once in the cluster, with an image that the identity has signed and one that it has not",
                    (*_SIGNATURES, index, "anyOf", number),
                    waivable=False,
                )


def _class(fleet: Fleet, planned: ClassPlan) -> ClassPlan:
    workloads = tuple(_deployed(fleet, planned.architecture, each) for each in planned.workloads)
    return replace(planned, workloads=workloads)


def _deployed(fleet: Fleet, architecture: str, deployed: Deployed) -> Deployed:
    """A workload whose image and models are stand-ins."""
    image = stand_in(path_of(f"{fleet.registry}/{deployed.image.name}"), "own")
    path = path_of(model_repository(fleet, deployed.model))
    tiers = tuple(_tier(path, architecture, tier) for tier in deployed.tiers)
    return replace(deployed, image=replace(deployed.image, digest=image.digest), tiers=tiers)


def _tier(path: str, architecture: str, tier: PlannedTier) -> PlannedTier:
    if tier.variant is None:
        return tier
    artifacts = {architecture: stand_in(path, "own", tier.variant).digest}
    nothing = LockedVariant(file="", digest=ABSENT, size=0, artifacts={}, precision="", inputs=(), outputs=())
    return replace(tier, locked=replace(tier.locked or nothing, artifacts=artifacts))


def images_of(trial: Trial, class_name: str) -> tuple[Image, ...]:
    """Everything that the pods of a class pull, each once."""
    fleet = trial.plan.fleet
    found: dict[Image, None] = {}
    for deployed in next(each.workloads for each in trial.plan.classes if each.name == class_name):
        found[Image(path_of(f"{fleet.registry}/{deployed.image.name}"))] = None
        path = path_of(model_repository(fleet, deployed.model))
        found |= dict.fromkeys(Image(path, tier.variant) for tier in deployed.tiers if tier.variant)
    return tuple(found)
