"""Who signs what is published: the keys that were given, each where the fleet trusts it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from edgewright.assembly.publication import Publication
from edgewright.errors import FieldPath, Finding
from edgewright.fleet import Fleet
from edgewright.plan.signing import signers_of
from edgewright.ship.registry import Repository
from edgewright.ship.signing.keyless import Identity, sign_as
from edgewright.ship.signing.keys import PrivateKey
from edgewright.ship.signing.roots import Roots
from edgewright.ship.signing.sign import sign
from edgewright.ship.signing.trusted import Trusted, TrustedIdentity, TrustedKey, trusted
from edgewright.ship.signing.verify import signed_by, verify


@dataclass(frozen=True, slots=True)
class Signers:
    """Those who sign, and whom the fleet trusts: for each rule of `security.signatures` its signers.

    `roots` are the authorities that identities are checked against; Sigstore's public ones where there are none.
    `old_keys` sign as well, wherever somebody is trusted: the rules no longer name them, and devices that still
    run the rules of before trust nobody else.
    """

    fleet: Fleet
    rules: tuple[tuple[Trusted, ...], ...]
    keys: tuple[PrivateKey, ...] = ()
    identity: Identity | None = None
    roots: Roots | None = None
    old_keys: tuple[PrivateKey, ...] = ()

    def trusted_for(self, repository: str) -> tuple[Trusted, ...]:
        """Whose signature counts in a repository; nobody's where no rule is about it."""
        found = signers_of(self.fleet, repository)
        return self.rules[found[0]] if found else ()

    def keys_for(self, repository: str) -> list[PrivateKey]:
        """The keys that sign there: those that are trusted, or all of them where nobody asks."""
        wanted = self.trusted_for(repository)
        public = {each.key for each in wanted if isinstance(each, TrustedKey)}
        return [key for key in self.keys if key.public in public or not wanted]

    def _all_keys_for(self, repository: str) -> list[PrivateKey]:
        """The same, and those of before."""
        return [*self.keys_for(repository), *(self.old_keys if self.trusted_for(repository) else ())]

    def identities_for(self, repository: str) -> list[TrustedIdentity]:
        """The trusted identities of a repository, if somebody signs with one."""
        trusted_ones = self.trusted_for(repository) if self.identity is not None else ()
        return [each for each in trusted_ones if isinstance(each, TrustedIdentity)]

    def lacks(self, repository: Repository, digest: str, *, there: bool = True) -> bool:
        """Whether a manifest lacks the signature of somebody who signs, or, where nobody does, one that counts.

        Raises FleetError where that cannot be told.
        """
        name = str(repository.name)
        each_of: list[Sequence[Trusted]] = [[TrustedKey("", key.public)] for key in self._all_keys_for(name)]
        if identities := self.identities_for(name):
            each_of.append(identities)
        if not each_of and (wanted := self.trusted_for(name)):
            each_of.append(wanted)
        return any(not there or not signed_by(repository, digest, each, roots=self.roots) for each in each_of)

    def trusts(self, repository: Repository, digest: str) -> bool:
        """Whether somebody who is trusted has signed a manifest. Raises FleetError where that cannot be told."""
        wanted = self.trusted_for(str(repository.name))
        return bool(wanted) and bool(signed_by(repository, digest, wanted, roots=self.roots))

    def sign(self, repository: Repository, digest: str) -> int:
        """Sign a manifest with all who sign there; how many signatures were missing. Raises FleetError."""
        name = str(repository.name)
        made = sum(sign(repository, digest, key) for key in self._all_keys_for(name))
        if self.identity is not None and (identities := self.identities_for(name)):
            made += sign_as(repository, digest, self.identity, identities, self.roots)
            # Whom a token names, its certificate says, and that has to be one of the rule's.
            verify(repository, digest, identities, roots=self.roots)
        return made


def signers(
    fleet: Fleet,
    texts: Mapping[str, str],
    keys: Sequence[PrivateKey] = (),
    identity: Identity | None = None,
    roots: Roots | None = None,
    old_keys: Sequence[PrivateKey] = (),
) -> Signers:
    """Those who sign for a fleet; `texts` has its public keys by their paths. Raises FleetError."""
    rules = tuple(trusted(rule, texts) for rule in fleet.security.signatures)
    return Signers(fleet, rules, tuple(keys), identity, roots, tuple(old_keys))


def check_signers(signers: Signers, publications: Sequence[Publication]) -> Iterator[Finding]:
    """What would be published without a signature that a rule asks for, or with one that no device trusts."""
    used: dict[int, str] = {}
    for each in publications:
        found = signers_of(signers.fleet, each.repository)
        if found is not None:
            used.setdefault(found[0], each.repository)
    for index, repository in used.items():
        if not signers.keys_for(repository) and not signers.identities_for(repository):
            yield _no_key(signers, index, repository)
    known = {each.key for rule in signers.rules for each in rule if isinstance(each, TrustedKey)}
    for key in signers.keys:
        if signers.rules and key.public not in known:
            yield _untrusted(key)


def _no_key(signers: Signers, index: int, repository: str) -> Finding:
    path: FieldPath = ("security", "signatures", index, "anyOf")
    wanted = " or ".join(str(each) for each in signers.rules[index])
    given = "no key was given" if not signers.keys else "none of the keys that were given is one of those"
    return Finding(
        "no-signing-key",
        "error",
        f"`{repository}` must be signed by {wanted}, and {given}",
        "name the private key of one of them with --key, or sign with --keyless where it is an identity",
        path,
        waivable=False,
    )


def _untrusted(key: PrivateKey) -> Finding:
    return Finding(
        "key-not-trusted",
        "error",
        f"the key {key.public.fingerprint[:16]}… is in no rule: devices would refuse what it signs",
        "name another private key; or add its public half to `anyOf` and roll that out first; or, where `anyOf` has "
        "named it until now, sign with it once more: --old-key",
        ("security", "signatures"),
        waivable=False,
    )
