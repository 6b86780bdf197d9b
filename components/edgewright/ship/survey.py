"""What a registry lacks of what a fleet ships. It is asked and not changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event

from edgewright.artifact.oci import Artifact
from edgewright.assembly.publication import Publication
from edgewright.errors import Finding, FleetError
from edgewright.ship.by_repository import by_repository
from edgewright.ship.registry import Client, Repository
from edgewright.ship.signers import Signers


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What is missing of a publication.

    `lacking` has the bytes of each manifest and blob that the registry has not, by digest; `tags` those that
    point nowhere yet; `unsigned` the digests that somebody who is to sign has not signed. `findings` say what
    keeps it from being published.
    """

    publication: Publication
    lacking: Mapping[str, int] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    unsigned: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def size(self) -> int:
        """Bytes that have to travel."""
        return sum(self.lacking.values())

    @property
    def complete(self) -> bool:
        """Whether nothing is to be done."""
        return not self.lacking and not self.tags and not self.unsigned


def survey(client: Client, publications: Sequence[Publication], signers: Signers) -> list[Surveyed]:
    """What is missing of each, in order; what several share in a repository counts for the first.

    Raises FleetError where the registry does not answer.
    """
    seen: dict[str, set[str]] = {each.repository: set() for each in publications}

    def one(publication: Publication) -> Surveyed:
        return _surveyed(
            client.repository(publication.repository), publication, signers, seen[publication.repository]
        )

    return by_repository(publications, one, Event())


def survey_releases(client: Client, releases: Sequence[Publication], signers: Signers) -> list[Surveyed]:
    """Those of earlier releases that one of the signers has still to sign: while keys change, both sign.

    Only what somebody who is trusted has signed gets another signature: a digest in a file is no reason to
    sign what nobody has looked at. What is not there any more is left out. Raises FleetError.
    """
    return [
        each
        for each in survey(client, releases, signers)
        if each.unsigned
        and not each.findings
        and signers.trusts(client.repository(each.publication.repository), each.publication.digest)
    ]


def _surveyed(repository: Repository, publication: Publication, signers: Signers, seen: set[str]) -> Surveyed:
    tags, taken = find_tags(repository, publication)
    lacking: dict[str, int] = {}
    unsigned: list[str] = []
    for each in (publication, *publication.referrers):
        there = repository.manifest(each.digest) is not None
        if each.artifact is not None:
            lacking |= _lacking(repository, each.artifact, seen)
        elif not there:
            taken.append(missing(each))
        if signers.lacks(repository, each.digest, there=there):
            unsigned.append(each.digest)
    return Surveyed(publication, lacking, tags, tuple(unsigned), tuple(taken))


def find_tags(repository: Repository, publication: Publication) -> tuple[tuple[str, ...], list[Finding]]:
    """The tags that point nowhere, and what is wrong with those that point elsewhere."""
    open_, taken = [], []
    for tag in publication.tags:
        found = repository.resolve(tag)
        if found is None:
            open_.append(tag)
        elif found.digest != publication.digest:
            taken.append(_taken(publication, tag, found.digest))
    return tuple(open_), taken


def _lacking(repository: Repository, artifact: Artifact, seen: set[str]) -> dict[str, int]:
    """The bytes of what is not there, of those that nobody has counted yet."""
    lacking: dict[str, int] = {}
    for child in artifact.children:
        lacking |= _lacking(repository, child, seen)
    for blob in artifact.blobs:
        if blob.digest not in seen and not repository.has_blob(blob.digest, blob.size):
            lacking[blob.digest] = blob.size
        seen.add(blob.digest)
    if repository.manifest(artifact.digest) is None:
        lacking[artifact.digest] = len(artifact.manifest)
    return lacking


def missing(publication: Publication) -> Finding:
    """The finding for what is neither here nor there."""
    remedies = {
        "image": "build it into build/images, or push it to the registry",
        "model": "bring its files here, or publish it where they lie",
    }
    return Finding(
        "artifact-missing",
        "error",
        f"{publication.title} is not in the registry, and its bytes are not here: {publication.reference}",
        remedies.get(publication.kind, "run `edgewright publish`"),
        publication.origin,
        waivable=False,
    )


def _taken(publication: Publication, tag: str, digest: str) -> Finding:
    return Finding(
        "tag-taken",
        "error",
        f"`{publication.repository}:{tag}` is {digest[:19]}… in the registry, and would have to be "
        f"{publication.digest[:19]}…",
        "raise the model's version, and run `edgewright lock`: what has a version never changes",
        publication.origin,
        waivable=False,
    )


def check_survey(found: Sequence[Surveyed]) -> None:
    """Raises FleetError where something cannot be published, with all that is wrong."""
    findings = dict.fromkeys(finding for each in found for finding in each.findings)
    if findings:
        raise FleetError(findings)
