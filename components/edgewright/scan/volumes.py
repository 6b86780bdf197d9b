"""Volumes of a pod and where containers mount them."""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.errors import FieldPath
from edgewright.scan.pods import Container, Pod
from edgewright.scan.subject import Problem, Subject, entries, listed, mapping, shown, some, text

# Sources that have to say which one they mean, and in which field.
_NAMED = {
    "configMap": "name",
    "image": "reference",
    "persistentVolumeClaim": "claimName",
    "secret": "secretName",
}


def volumes(subject: Subject, pod: Pod) -> Iterator[Problem]:
    """Volumes with one source each, and mounts of volumes that there are, at paths of their own."""
    names = set(_claim_templates(subject))
    for index, volume in entries(pod.spec.get("volumes")):
        names.add(text(volume.get("name")))
        yield from _one_source((*pod.spec_at, "volumes", index), volume)
    for container in pod.containers:
        if "volumeMounts" in container.body:
            yield from _mounts(container, names)
        for index, device in entries(container.body.get("volumeDevices")):
            yield from _there((*container.at, "volumeDevices", index, "name"), device.get("name"), names)


def _claim_templates(subject: Subject) -> Iterator[str]:
    """A StatefulSet's claims, which its pods mount by the claims' names."""
    if subject.kind == "StatefulSet":
        for _, claim in entries(subject.spec.get("volumeClaimTemplates")):
            yield text(mapping(claim.get("metadata")).get("name"))


def _one_source(at: FieldPath, volume: dict[str, object]) -> Iterator[Problem]:
    sources = [key for key in volume if key != "name"]
    if len(sources) != 1:
        found = f"comes from {listed(sorted(map(str, sources)), 'and')}" if sources else "comes from nowhere"
        yield Problem(
            "bad-volume",
            at,
            f"{found}, one source is needed",
            "Write one source, such as configMap, emptyDir, image or persistentVolumeClaim.",
        )
    elif sources[0] in _NAMED and not mapping(volume[sources[0]]).get(_NAMED[sources[0]]):
        where = (*at, sources[0], _NAMED[sources[0]])
        yield Problem("bad-volume", where, "is missing", f"Write which {sources[0]} is meant.")


def _mounts(container: Container, names: set[str]) -> Iterator[Problem]:
    taken: set[str] = set()
    for index, mount in entries(container.body["volumeMounts"]):
        at = (*container.at, "volumeMounts", index)
        yield from _there((*at, "name"), mount.get("name"), names)
        path = mount.get("mountPath")
        if isinstance(path, str):
            if path in taken or ":" in path or not path.startswith("/"):
                yield _mount_path((*at, "mountPath"), path, path in taken)
            taken.add(path)
        for key in ("subPath", "subPathExpr"):
            inside = text(mount.get(key))
            if inside.startswith("/") or ".." in inside.split("/"):
                yield Problem(
                    "bad-volume",
                    (*at, key),
                    f"{shown(inside)} leads out of the volume",
                    "Write a path below the volume's top.",
                )


def _there(at: FieldPath, name: object, names: set[str]) -> Iterator[Problem]:
    if isinstance(name, str) and name not in names:
        known = sorted(names - {""})
        remedy = f"Write {some(known, name)}." if known else "Write the volume too."
        yield Problem("missing-reference", at, f"{shown(name)} is the name of no volume of this pod", remedy)


def _mount_path(at: FieldPath, path: str, taken: bool) -> Problem:
    if taken:
        return Problem("bad-volume", at, f"{shown(path)} is taken by another mount", "Mount each elsewhere.")
    remedy = "Write a path from the top, with no colon in it."
    return Problem("bad-volume", at, f"{shown(path)} is no path to mount at", remedy)
