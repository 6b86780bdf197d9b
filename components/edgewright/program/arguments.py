"""What an EdgeFleet was given: plain values, told in a sentence where they are something else."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pulumi

from edgewright.errors import Finding
from edgewright.fleet import Fleet


def check_arguments(
    fleet: object,
    folder: object,
    cluster: object,
    unlocked: object,
    publish: object = False,
    key: object = None,
    ca: object = None,
) -> Iterator[Finding]:
    """A finding for each argument that is of another kind than it has to be, and for none that asks for anything."""
    if not isinstance(fleet, (str, os.PathLike, Fleet)):
        yield _wrong("fleet", fleet, "the path of a fleet.yaml, or a Fleet")
    if not (folder is None or isinstance(folder, (str, os.PathLike))):
        yield _wrong("folder", folder, "a path, or None for no files")
    if not (cluster is None or isinstance(cluster, str)):
        yield _wrong("cluster", cluster, "the name of a device class, or None for no objects")
    if not isinstance(unlocked, bool):
        yield _wrong("unlocked", unlocked, "True or False (`config.get_bool` reads one)")
    for name, value in {"key": key, "ca": ca}.items():
        if not (value is None or isinstance(value, (str, os.PathLike))):
            yield _wrong(name, value, "the path of a file, or None")
    if not isinstance(publish, bool):
        yield _wrong("publish", publish, "True or False (`config.get_bool` reads one)")
    elif publish:
        yield from _about_publishing(fleet, unlocked)
    if not folder and not cluster and not publish:
        message = "neither `folder` nor `cluster` is given, and `publish` is not asked for"
        yield Finding("nothing-to-do", "error", message, "name one of them")


def _about_publishing(fleet: object, unlocked: object) -> Iterator[Finding]:
    """What cannot be published from a program."""
    if isinstance(fleet, Fleet):
        message = "`publish` is asked for, and the fleet is written in Python"
        remedy = "give the path of a fleet.yaml: whoever publishes reads it anew, in a process of its own"
        yield Finding("contradiction", "error", message, remedy)
    if unlocked is True:
        message = "`publish` and `unlocked` are both asked for: nothing has the digests that stand in"
        yield Finding("contradiction", "error", message, "run `edgewright lock`, and leave `unlocked` away")


def _wrong(name: str, value: object, wanted: str) -> Finding:
    kind = "an Output" if isinstance(value, pulumi.Output) else f"of type {type(value).__name__}"
    return Finding(
        "wrong-type", "error", f"`{name}` is {kind}", f"give it {wanted}: it has to be known at once"
    )
