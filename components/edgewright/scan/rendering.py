"""All objects of one rendering side by side, for rules that look from one to another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from edgewright.scan.pods import Pod
from edgewright.scan.subject import Subject


@dataclass(frozen=True, slots=True)
class Rendering:
    """What one cluster gets: its objects, the pod templates in them, and where each kind's names are."""

    subjects: tuple[Subject, ...]
    pods: tuple[tuple[Subject, Pod], ...]
    places: dict[tuple[str, str, str], Subject]
    by_kind: dict[tuple[str, str], list[str]]

    def find(self, kind: str, namespace: str, name: str) -> Subject | None:
        """The object of that kind and name; `namespace` is empty for kinds that lie in none."""
        return self.places.get((kind, namespace, name))

    def names(self, kind: str, namespace: str) -> list[str]:
        """Names of the kind in the namespace, in order."""
        return self.by_kind.get((kind, namespace), [])


def rendering(subjects: Sequence[Subject], pods: Sequence[tuple[Subject, Pod]]) -> Rendering:
    """The objects, found by kind, namespace and name; an object without a namespace lies in `default`."""
    places = {(each.kind, each.namespace, each.name): each for each in subjects}
    by_kind: dict[tuple[str, str], list[str]] = defaultdict(list)
    for kind, namespace, name in sorted(places):
        by_kind[kind, namespace].append(name)
    return Rendering(tuple(subjects), tuple(pods), places, dict(by_kind))
