"""The same thing twice: two objects of one identity, two entries of one name in a list that is a map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edgewright.errors import Note
from edgewright.scan.pods import Pod
from edgewright.scan.subject import Problem, Subject, entries, shown


def duplicate_objects(subjects: Sequence[Subject]) -> Iterator[tuple[Subject, Problem]]:
    """Objects of the same group, kind, namespace and name: the later one would overwrite the earlier."""
    first: dict[tuple[str, str, str, str], Subject] = {}
    for subject in subjects:
        group = subject.api_version.rpartition("/")[0]
        key = (group, subject.kind, subject.namespace, subject.name)
        earlier = first.setdefault(key, subject)
        if earlier is not subject and subject.name:
            notes = (Note("the first one comes from here", earlier.origin),)
            remedy = "Give one of the two another name or namespace."
            yield subject, Problem("duplicate-object", (), "is rendered twice", remedy, notes)


def duplicate_entries(_subject: Subject, pod: Pod) -> Iterator[Problem]:
    """Containers, volumes and environment variables that share a name."""
    names: set[str] = set()
    for container in pod.containers:
        name = container.body.get("name")
        if isinstance(name, str):
            if name in names:
                yield _twice((*container.at, "name"), name, "container")
            names.add(name)
        yield from _repeated((*container.at, "env"), container.body.get("env"), "environment variable")
    yield from _repeated((*pod.spec_at, "volumes"), pod.spec.get("volumes"), "volume")


def _repeated(at: tuple[str | int, ...], value: object, what: str) -> Iterator[Problem]:
    names: set[str] = set()
    for index, entry in entries(value):
        name = entry.get("name")
        if isinstance(name, str):
            if name in names:
                yield _twice((*at, index, "name"), name, what)
            names.add(name)


def _twice(at: tuple[str | int, ...], name: str, what: str) -> Problem:
    return Problem(
        "duplicate-entry", at, f"a second {what} has the name {shown(name)}", "Give each its own name."
    )
