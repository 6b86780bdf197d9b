"""Who must have signed what a class runs, and whether anything asks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from edgewright.errors import FieldPath, Finding, Note
from edgewright.fleet import Fleet, Signature
from edgewright.plan.plan import ClassPlan

_SIGNATURES: FieldPath = ("security", "signatures")


def matches(glob: str, image: str) -> bool:
    """Whether a pattern names an image; `*` stands for any text, also with `/` in it, as in Kyverno."""
    return re.fullmatch(".*".join(re.escape(part) for part in re.split(r"\*+", glob)), image) is not None


def manifests_repository(fleet: Fleet, class_name: str) -> str:
    """Where the manifests of a class are published."""
    return f"{fleet.registry}/manifests/{class_name}"


def node_repository(fleet: Fleet, class_name: str) -> str:
    """Where the node files of a class are published."""
    return f"{fleet.registry}/node/{class_name}"


def policies_repository(fleet: Fleet, class_name: str) -> str:
    """Where the policies of a class are published by themselves."""
    return f"{fleet.registry}/policies/{class_name}"


def model_repository(fleet: Fleet, model: str) -> str:
    """Where the forms of a model are published."""
    return f"{fleet.registry}/models/{model}"


def repositories_of(fleet: Fleet, planned: ClassPlan) -> dict[str, FieldPath]:
    """Everything that the pods of a class pull, with the field that it comes from."""
    found: dict[str, FieldPath] = {}
    for deployed in planned.workloads:
        found.setdefault(f"{fleet.registry}/{deployed.image.name}", deployed.image.path)
        if any(tier.variant for tier in deployed.tiers):
            found.setdefault(model_repository(fleet, deployed.model), ("models", deployed.model))
    return found


def signers_of(fleet: Fleet, repository: str) -> tuple[int, Signature] | None:
    """The first rule that says who must have signed what is in a repository, with its index."""
    for index, signature in enumerate(fleet.security.signatures):
        if any(matches(glob, repository) for glob in signature.images):
            return index, signature
    return None


def by_flux(fleet: Fleet, planned: ClassPlan) -> bool:
    """Whether Flux brings the manifests of a class, and checks who signed them."""
    return fleet.delivery.engine == "flux" and not planned.device_class.offline


def check_signing(fleet: Fleet, classes: Sequence[ClassPlan]) -> Iterator[Finding]:
    """Gates that have nothing to check or cannot, and a registry that the fleet itself does not allow."""
    yield from _allowed(fleet, classes)
    for planned in classes:
        yield from _bundle(planned)
    if not fleet.security.signatures:
        yield Finding(
            "nothing-is-signed",
            "warning",
            "no signatures are asked for: whoever can write to the registry runs code on every device",
            "add `security.signatures` with a key or an identity",
            ("security",),
        )
        return
    for planned in classes:
        yield from _uncovered(fleet, planned)
    yield from _mixed(fleet, classes)


def _allowed(fleet: Fleet, classes: Sequence[ClassPlan]) -> Iterator[Finding]:
    """What the fleet runs and its own list of registries refuses."""
    pulled = {each: path for planned in classes for each, path in repositories_of(fleet, planned).items()}
    pulled = pulled or {f"{fleet.registry}/any": ("registry",)}
    because = {each: (Note("it is pulled for this", path=path),) for each, path in pulled.items()}
    yield from check_allowed(fleet, because)


def check_allowed(fleet: Fleet, repositories: Mapping[str, tuple[Note, ...]]) -> Iterator[Finding]:
    """One finding for all of the fleet's repositories that its own list of registries refuses; the notes are
    what is said of each."""
    allowed = fleet.security.registries
    if allowed is None:
        return
    refused = [each for each in repositories if not any(matches(glob, each) for glob in allowed)]
    for repository in refused[:1]:
        more = f" and {len(refused) - 1} more of the fleet's own are" if len(refused) > 1 else " is"
        yield Finding(
            "registry-not-allowed",
            "error",
            f"`{repository}`{more} not from an allowed registry",
            f"add `{fleet.registry}/**`",
            ("security", "registries"),
            waivable=False,
            notes=(*repositories[repository], Note("the fleet's registry", path=("registry",))),
        )


def _bundle(planned: ClassPlan) -> Iterator[Finding]:
    if planned.device_class.signature_gate == "bundle" and not planned.device_class.offline:
        yield Finding(
            "gate-checks-nothing",
            "error",
            f"`{planned.name}` checks signatures when a bundle is read; it is not offline, so nothing reads one",
            "write `signatureGate: delivery`, or add `offline: true`",
            (*planned.path, "signatureGate"),
        )


def _uncovered(fleet: Fleet, planned: ClassPlan) -> Iterator[Finding]:
    """What reaches a class unsigned, because no rule is about it."""
    gate = planned.device_class.signature_gate
    checked: dict[str, FieldPath] = {manifests_repository(fleet, planned.name): planned.path}
    if gate == "admission":
        checked = repositories_of(fleet, planned)
    missing = {each: path for each, path in checked.items() if signers_of(fleet, each) is None}
    for repository, path in list(missing.items())[:1]:
        more = f" or {len(missing) - 1} more" if len(missing) > 1 else ""
        source = (Note("it comes from here", path=path),) if path != planned.path else ()
        yield Finding(
            "gate-checks-nothing",
            "error",
            f"`{planned.name}` checks signatures by `{gate}`, and no rule covers `{repository}`{more}",
            f"add `{fleet.registry}/**` to the images of a signature rule",
            _SIGNATURES,
            notes=(Note("the class", path=planned.path), *source),
        )


def _mixed(fleet: Fleet, classes: Sequence[ClassPlan]) -> Iterator[Finding]:
    """Rules of which Flux would take one half only: it checks by keys, or by identities."""
    used = {
        found[0]
        for planned in classes
        if by_flux(fleet, planned) and (found := signers_of(fleet, manifests_repository(fleet, planned.name)))
    }
    for index in sorted(used):
        signers = fleet.security.signatures[index].any_of
        # A signer that is both or neither is found elsewhere.
        clear = {
            number: signer
            for number, signer in enumerate(signers)
            if bool(signer.key) != bool(signer.keyless)
        }
        keys = [number for number, signer in clear.items() if signer.key]
        identities = [number for number, signer in clear.items() if signer.keyless]
        if keys and identities:
            path: FieldPath = (*_SIGNATURES, index, "anyOf")
            yield Finding(
                "signers-cannot-mix",
                "error",
                "Flux checks manifests by keys or by identities, and this rule has both",
                "give the manifests a rule of their own, above this one, with one kind of signer",
                (*path, identities[0]),
                waivable=False,
                notes=(Note("a key", path=(*path, keys[0])),),
            )
