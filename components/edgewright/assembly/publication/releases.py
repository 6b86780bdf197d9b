"""What stacks/rings.yaml names besides today's manifests: what rings run, and what a rollback returns to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edgewright.artifact.rings import Release, Rings
from edgewright.assembly.publication.publication import Publication
from edgewright.errors import FieldPath
from edgewright.plan import Plan
from edgewright.plan.promotion import ring_path
from edgewright.plan.signing import manifests_repository, signers_of


def release_publications(plan: Plan, rings: Rings, today: Sequence[Publication]) -> list[Publication]:
    """A publication without bytes for each release that `today` does not have; paths are of the rings' file."""
    known = {(each.repository, each.digest) for each in today}
    found: dict[tuple[str, str], Publication] = {}
    for class_name, release, path in _named(plan, rings):
        repository = manifests_repository(plan.fleet, class_name)
        if (repository, release.digest) not in known:
            found.setdefault((class_name, release.digest), _publication(plan, class_name, release, path))
    return list(found.values())


def rings_to_enter(plan: Plan, rings: Rings, today: Sequence[Publication]) -> list[tuple[str, str]]:
    """Rollout and first ring of each class whose manifests of today are in no ring of the file.

    They enter by `edgewright promote` alone: if publishing let them in, it would undo each revert of that. What
    the first ring was rolled back from waits for nothing: `promote` would refuse it.
    """
    digests: dict[str, str] = {}
    for each in today:
        if each.kind == "manifests":
            digests.setdefault(each.classes[0], each.digest)  # earlier releases come later
    found: list[tuple[str, str]] = []
    for planned in plan.classes:
        of_class = rings.classes.get(planned.name)
        held = {ring.runs.release.digest for ring in of_class.rings.values()} if of_class else set()
        first = of_class.rings.get(planned.rings[0].name) if of_class and planned.rings else None
        if first is not None and first.returned_from is not None:
            held.add(first.returned_from.release.digest)
        if planned.rings and planned.name in digests and digests[planned.name] not in held:
            found.append((planned.rollout_name or "-", planned.rings[0].name))
    return list(dict.fromkeys(found))


def _named(plan: Plan, rings: Rings) -> Iterator[tuple[str, Release, FieldPath]]:
    for planned in plan.classes:
        of_class = rings.classes.get(planned.name)
        for name, ring in of_class.rings.items() if of_class else ():
            path = ring_path(planned.name, name)
            yield planned.name, ring.runs.release, (*path, "digest")
            if ring.previous is not None:
                yield planned.name, ring.previous.release, (*path, "previous", "digest")


def _publication(plan: Plan, class_name: str, release: Release, path: FieldPath) -> Publication:
    repository = manifests_repository(plan.fleet, class_name)
    return Publication(
        "manifests",
        f"{class_name} manifests, release {release.number}",
        repository,
        release.digest,
        path,
        (class_name,),
        signed=signers_of(plan.fleet, repository) is not None,
    )
