"""What keeps publications from being published, before a registry is asked anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edgewright.assembly.publication.publication import Publication
from edgewright.errors import Finding
from edgewright.fleet import Fleet
from edgewright.plan import Plan
from edgewright.plan.signing import check_allowed


def check_publications(plan: Plan, publications: Sequence[Publication]) -> Iterator[Finding]:
    """What is not pinned, repositories that the fleet's own policies refuse, bytes that are not what is pinned."""
    fleet = plan.fleet
    yield from _not_locked(plan)
    yield from check_allowed(fleet, {each.repository: () for each in publications})
    yield from _unsigned(fleet, publications)
    for each in publications:
        if each.artifact is not None and each.artifact.digest != each.digest:
            yield _differs(each, each.artifact.digest)


def _not_locked(plan: Plan) -> Iterator[Finding]:
    """What manifests name by a stand-in, because fleet.lock has no digest for it."""
    for name, path in plan.not_locked.items():
        message = f"fleet.lock has no digest for `{name}`"
        remedy = "run `edgewright lock` once it is there; nothing is published before"
        yield Finding("not-locked", "error", message, remedy, path, waivable=False)


def _unsigned(fleet: Fleet, publications: Sequence[Publication]) -> Iterator[Finding]:
    """What is published without anybody asking who made it, where the fleet asks for signatures at all."""
    loose = dict.fromkeys(each.repository for each in publications if not each.signed)
    if not fleet.security.signatures:
        return
    for repository in list(loose)[:1]:
        more = f" and {len(loose) - 1} more are" if len(loose) > 1 else " is"
        yield Finding(
            "published-unsigned",
            "warning",
            f"`{repository}`{more} published, and no rule says who must have signed it",
            f"add `{fleet.registry}/**` to the images of a signature rule",
            ("security", "signatures"),
        )


def _differs(publication: Publication, digest: str) -> Finding:
    return Finding(
        "lock-mismatch",
        "error",
        f"{publication.title} would be published as {digest[:19]}…, and fleet.lock says "
        f"{publication.digest[:19]}…",
        "bring back the files that were locked, or run `edgewright lock` where the change is meant",
        publication.origin,
        waivable=False,
    )
