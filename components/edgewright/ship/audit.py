"""What a registry has of what a fleet ships, looked at piece by piece, and who has signed it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Final, TypeVar

from edgewright.artifact.bom import MEDIA_TYPE as BILL
from edgewright.artifact.json_document import read_descriptor
from edgewright.artifact.modelpack import ARTIFACT_TYPE as MODELPACK
from edgewright.artifact.oci import Descriptor
from edgewright.assembly.publication import Publication
from edgewright.errors import Finding, FleetError
from edgewright.ship.by_repository import by_repository
from edgewright.ship.registry import Client, Manifest, Repository
from edgewright.ship.signers import Signers
from edgewright.ship.signing.trusted import Trusted
from edgewright.ship.signing.verify import verify
from edgewright.ship.survey import find_tags

_Answer = TypeVar("_Answer")

_SENDS_THE_REST: Final = "run `edgewright publish`, which sends what is missing"
_DESCRIBED_BY: Final = {MODELPACK: "ModelPack manifest", BILL: "bill of materials"}
"""What a model's artifact is described by, found among its referrers."""

_SILENT: Final = ("registry-unreachable", "registry-refused", "registry-credentials")
"""What keeps us from knowing anything: no other question would be answered."""


@dataclass(frozen=True, slots=True)
class Audited:
    """What was found of a publication.

    `there` says that its manifest and every blob are in the registry; `signers` are those of the trusted whose
    signatures hold. `referrers` are what describes it.
    """

    publication: Publication
    there: bool
    signers: tuple[Trusted, ...] = ()
    findings: tuple[Finding, ...] = ()
    referrers: tuple[Audited, ...] = ()

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """What is wrong with it and with what describes it."""
        return (*self.findings, *(finding for each in self.referrers for finding in each.findings))


@dataclass(frozen=True, slots=True)
class _Audit:
    """How closely to look: `deep` reads all bytes. `read` has the blobs of each repository that were looked at."""

    signers: Signers
    deep: bool
    read: dict[str, set[str]] = field(default_factory=dict)


def audit(
    client: Client,
    publications: Sequence[Publication],
    signers: Signers,
    *,
    deep: bool = False,
    told: Callable[[str], object] = lambda _what: None,
) -> list[Audited]:
    """What is there of each, in order. `deep` downloads and hashes every blob; else its size is asked for.

    Raises FleetError where the registry does not answer.
    """
    looking = _Audit(signers, deep)

    def one(publication: Publication) -> Audited:
        told(publication.title)
        repository = client.repository(publication.repository)
        found = _with_tags(repository, _audited(looking, repository, publication))
        if publication.kind != "model" or not found.there:
            return found
        return replace(found, referrers=tuple(_described(looking, repository, publication)))

    return by_repository(publications, one, Event())


def _with_tags(repository: Repository, audited: Audited) -> Audited:
    """The same, with what is wrong with tags that never move; of what is damaged that is no news."""
    findings = list(audited.findings)
    if audited.there:
        found = _tried(lambda: find_tags(repository, audited.publication), audited.publication, findings)
        findings += found[1] if found else []
    return replace(audited, findings=tuple(findings))


def _audited(looking: _Audit, repository: Repository, publication: Publication) -> Audited:
    findings: list[Finding] = []
    there = _tried(lambda: _pieces(looking, repository, publication), publication, findings) or False
    signers: tuple[Trusted, ...] = ()
    wanted = looking.signers.trusted_for(publication.repository)
    if wanted and there:
        signed = _tried(lambda: verify(repository, publication.digest, wanted), publication, findings)
        if signed is not None:
            signers = signed.signers
            findings += [replace(each, path=publication.origin) for each in signed.findings]
    return Audited(publication, there, signers, tuple(findings))


def _tried(ask: Callable[[], _Answer], publication: Publication, findings: list[Finding]) -> _Answer | None:
    """What is answered; what is wrong is about this publication, unless nothing would be answered."""
    try:
        return ask()
    except FleetError as error:
        if any(each.rule in _SILENT for each in error.findings):
            raise
        findings += [
            replace(each, path=each.path or publication.origin, message=_named(each, publication))
            for each in error.findings
        ]
        return None


def _named(finding: Finding, publication: Publication) -> str:
    return (
        finding.message if publication.title in finding.message else f"{publication.title}: {finding.message}"
    )


def _pieces(looking: _Audit, repository: Repository, publication: Publication) -> bool:
    """Look at the manifest and everything below it; True where all is there. Raises FleetError."""
    manifest = repository.manifest(publication.digest)
    if manifest is None:
        raise FleetError([gone(publication)])
    findings: list[Finding] = []
    for each in _blobs(repository, manifest, publication, findings):
        _tried(partial(_blob, looking, repository, each, publication), publication, findings)
    if findings:
        raise FleetError(findings)
    return True


def _blobs(
    repository: Repository, manifest: Manifest, publication: Publication, findings: list[Finding]
) -> Iterator[Descriptor]:
    """The blobs that a manifest names, those of an index by its children; each that is missing is a finding."""
    values = manifest.values
    for entry in values.get("manifests") or ():
        child = read_descriptor(entry)
        found = repository.manifest(child.digest) if child else None
        if found is None:
            findings.append(_missing_piece(publication, child.digest if child else "something"))
        else:
            yield from _blobs(repository, found, publication, findings)
    for entry in (values.get("config"), *(values.get("layers") or ())):
        blob = read_descriptor(entry) if entry else None
        if blob is not None:
            yield blob


def _blob(looking: _Audit, repository: Repository, blob: Descriptor, publication: Publication) -> None:
    """Raises FleetError where a blob is not there, or is something else."""
    seen = looking.read.setdefault(publication.repository, set())
    if blob.digest in seen:
        return
    if not repository.has_blob(blob.digest, blob.size):
        raise FleetError([_missing_piece(publication, blob.digest)])
    if looking.deep:
        with TemporaryDirectory(prefix="edgewright-verify-") as folder:
            repository.download(blob.digest, blob.size, Path(folder, "blob"))
    seen.add(blob.digest)


def _described(looking: _Audit, repository: Repository, publication: Publication) -> Iterator[Audited]:
    """What is to describe a model, found among its referrers."""
    findings: list[Finding] = []
    listed = _tried(lambda: repository.referrers(publication.digest), publication, findings)
    if listed is None:
        yield Audited(
            replace(publication, title=f"{publication.title}: descriptions"), False, (), tuple(findings)
        )
        return
    for kind, name in _DESCRIBED_BY.items():
        titled = replace(publication, title=f"{publication.title}: {name}", digest="", tags=())
        of_kind = [each.descriptor.digest for each in listed if each.artifact_type == kind]
        # Which of several is the fleet's nobody can tell without the model's files: all have to be signed.
        yield from (_audited(looking, repository, replace(titled, digest=each)) for each in of_kind)
        if not of_kind:
            yield Audited(titled, False, findings=(_not_described(publication, name),))


def gone(publication: Publication) -> Finding:
    """The finding for what the registry does not have."""
    what = f"{publication.title} is not in the registry: {publication.reference}"
    return _missing(publication, what, "run `edgewright publish`")


def _missing_piece(publication: Publication, digest: str) -> Finding:
    what = f"a piece of {publication.title} is not in the registry: {publication.repository} has no {digest}"
    return _missing(publication, what, _SENDS_THE_REST)


def _not_described(publication: Publication, name: str) -> Finding:
    what = f"{publication.title} has no {name} among its referrers in the registry"
    return _missing(publication, what, _SENDS_THE_REST)


def _missing(publication: Publication, message: str, remedy: str) -> Finding:
    return Finding("artifact-missing", "error", message, remedy, publication.origin, waivable=False)
