"""Publishing: whatever of a shipment a registry lacks is pushed and signed, in the order in which it is needed.

What is named travels before what names it: a device never sees manifests whose models or images are not
there. Nothing is done twice: a second run asks, and moves nothing; one after an interruption does the rest.
Within a repository one thing follows another, so that a layer which two artifacts share travels once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Event

from edgewright.assembly.publication import Publication
from edgewright.ship.by_repository import Stopped, by_repository
from edgewright.ship.registry import Client, Repository
from edgewright.ship.signers import Signers
from edgewright.ship.survey import Surveyed, check_survey


@dataclass(frozen=True, slots=True)
class Sent:
    """What was done for a publication: bytes that travelled, tags that are new, signatures that were added."""

    publication: Publication
    travelled: int = 0
    tags: tuple[str, ...] = ()
    signatures: int = 0

    @property
    def changed(self) -> bool:
        """Whether the registry has something now that it had not before."""
        return bool(self.travelled or self.tags or self.signatures)


def publish(
    client: Client,
    surveyed: Sequence[Surveyed],
    signers: Signers,
    told: Callable[[int], object] = lambda _count: None,
) -> tuple[Sent, ...]:
    """Make the registry have, signed, what the survey says that it lacks; what was done, in the same order.

    Raises FleetError with every finding, before anything is pushed where the survey has one.
    """
    check_survey(surveyed)
    by_digest = {each.publication.reference: each for each in surveyed}
    stop = Event()

    def counted(count: int) -> None:
        told(count)
        if stop.is_set():
            raise Stopped

    def one(publication: Publication) -> Sent:
        found = by_digest[publication.reference]
        if found.complete:
            return Sent(publication)
        return _sent(client.repository(publication.repository), found, signers, counted)

    sent = {
        each.publication.reference: each
        for stage in _stages([each.publication for each in surveyed])
        for each in by_repository(stage, one, stop)
    }
    _sign_what_was_lost(client, surveyed, signers, stop)
    return tuple(sent[each.publication.reference] for each in surveyed)


def _sign_what_was_lost(client: Client, surveyed: Sequence[Surveyed], signers: Signers, stop: Event) -> None:
    """Sign again what somebody who published at the same time has taken the signature of: a registry's tag
    goes to whoever writes last. Raises FleetError."""
    unsigned = {each.publication.reference: each.unsigned for each in surveyed}

    def again(publication: Publication) -> None:
        repository = client.repository(publication.repository)
        for digest in unsigned[publication.reference]:
            signers.sign(repository, digest)

    by_repository([each.publication for each in surveyed if each.unsigned], again, stop)


def _stages(publications: Sequence[Publication]) -> Iterator[list[Publication]]:
    """What manifests name, and then, once all of it is there, manifests."""
    yield [each for each in publications if each.kind != "manifests"]
    yield [each for each in publications if each.kind == "manifests"]


def _sent(repository: Repository, surveyed: Surveyed, signers: Signers, told: Callable[[int], None]) -> Sent:
    """Push one publication with what describes it, sign each, and tag it at last. Raises FleetError."""
    publication = surveyed.publication
    sizes = publication.sizes
    went: set[str] = set()
    for each in (publication, *publication.referrers):
        if each.artifact is None:
            continue
        push = repository.push if each is publication else repository.push_referrer
        pushed = push(each.artifact, told=told)
        went.update(pushed.sent, pushed.written)
        told(sum(sizes[digest] for digest in pushed.written))
    signatures = sum(signers.sign(repository, digest) for digest in surveyed.unsigned)
    tags = tuple(tag for tag in publication.tags if repository.tag(publication.digest, tag))
    return Sent(publication, sum(sizes[digest] for digest in went), tags, signatures)
