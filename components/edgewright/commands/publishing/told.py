"""What is or would be published, as text for people and as JSON for a CI."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from edgewright.assembly.publication import Publication, Shipment
from edgewright.commands.printers.json_text import json_text
from edgewright.commands.printers.visible import visible
from edgewright.commands.travelling import bytes_text
from edgewright.ship.follow import Moved
from edgewright.ship.publish import Sent
from edgewright.ship.survey import Surveyed


def told_sizes(shipment: Shipment, form: str) -> str:
    """What there is, without a word of what the registry has."""
    found = shipment.publications
    total = sum(_distinct(found).values())
    if form == "json":
        artifacts = [_values(each) | {"bytes": sum(each.sizes.values())} for each in found]
        return json_text({"artifacts": artifacts, "summary": {"bytes": total}})
    lines = [(each, _size(sum(each.sizes.values()), each)) for each in found]
    last = f"{_count(found)}, {bytes_text(total)} at most; the registry was not asked what it has"
    return _text(lines, last)


def _size(size: int, publication: Publication) -> str:
    return bytes_text(size) if publication.artifact else "not here: the registry must have it"


def _distinct(publications: Sequence[Publication]) -> dict[tuple[str, str], int]:
    """Bytes of everything that travels, what several share in a repository once."""
    return {(each.repository, digest): size for each in publications for digest, size in each.sizes.items()}


def told_survey(surveyed: Sequence[Surveyed], form: str) -> str:
    """What a dry run says."""
    total = sum(each.size for each in surveyed)
    if form == "json":
        artifacts = [
            _values(each.publication)
            | {"bytes": each.size, "there": not each.lacking, "signed": not each.unsigned}
            | {"newTags": list(each.tags)}
            for each in surveyed
        ]
        return json_text({"artifacts": artifacts, "summary": {"bytes": total}})
    lines = [(each.publication, _would(each)) for each in surveyed]
    last = f"{_count(lines)}; {bytes_text(total)} would travel; nothing was changed: this was a dry run"
    return _text(lines, last)


def _would(surveyed: Surveyed) -> str:
    what = []
    if surveyed.findings:
        what.append("cannot be published")
    if surveyed.lacking:
        what.append(f"{bytes_text(surveyed.size)} would travel")
    if surveyed.unsigned:
        what.append("would be signed")
    return ", ".join(what) or "is there"


def told_sent(
    sent: Sequence[Sent], moved: Sequence[Moved], waiting: Sequence[tuple[str, str]], form: str
) -> str:
    """What was done, with digests; `waiting` are rollouts and first rings that nothing of today has entered."""
    if form == "json":
        artifacts = [
            _values(each.publication)
            | {"bytes": each.travelled, "signatures": each.signatures}
            | {"newTags": list(each.tags)}
            for each in sent
        ]
        tags = [
            {"tag": each.wanted.tag, "before": each.before, "digest": each.wanted.digest} for each in moved
        ]
        return json_text(
            {
                "artifacts": artifacts,
                "ringTags": tags,
                "waitingFor": [list(each) for each in waiting],
                "summary": _summary(sent),
            }
        )
    lines = [(each.publication, _did(each)) for each in sent]
    text = _text(lines, _last(sent))
    text += "".join(f"{each.wanted.tag} follows: {each.wanted.digest}\n" for each in moved)
    return text + "".join(
        f"in no ring yet: `edgewright promote {rollout} {ring}` lets it enter\n" for rollout, ring in waiting
    )


def _did(sent: Sent) -> str:
    what = [f"{bytes_text(sent.travelled)} travelled"] if sent.travelled else []
    what += ["signed"] if sent.signatures else []
    what += ["tagged"] if sent.tags and not what else []
    return ", ".join(what) or "was there"


def _summary(sent: Sequence[Sent]) -> dict[str, int]:
    return {
        "bytes": sum(each.travelled for each in sent),
        "pushed": sum(each.travelled > 0 for each in sent),
        "signatures": sum(each.signatures for each in sent),
        "unchanged": sum(not each.changed for each in sent),
    }


def _last(sent: Sequence[Sent]) -> str:
    summary = _summary(sent)
    return (
        f"{_count(sent)}: {summary['pushed']} pushed ({bytes_text(summary['bytes'])}), "
        f"{summary['signatures']} signatures added, {summary['unchanged']} there already"
    )


def _count(found: Sequence[Any]) -> str:
    return f"{len(found)} artifact{'' if len(found) == 1 else 's'}"


def _text(lines: Sequence[tuple[Publication, str]], last: str) -> str:
    return "".join(f"{line}\n" for line in (*_columns(lines), last))


def _columns(lines: Sequence[tuple[Publication, str]]) -> Iterator[str]:
    """Title, digest, what about it."""
    width = max((len(each.title) for each, _ in lines), default=0)
    for each, what in lines:
        yield visible(f"{each.title:<{width}}  {each.digest}  {what}")


def _values(publication: Publication) -> dict[str, Any]:
    return {
        "kind": publication.kind,
        "title": publication.title,
        "repository": publication.repository,
        "digest": publication.digest,
        "tags": list(publication.tags),
        "classes": list(publication.classes),
        "referrers": [each.digest for each in publication.referrers],
    }
