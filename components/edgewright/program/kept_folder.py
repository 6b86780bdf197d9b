"""A resource that keeps one part of a folder: the files of one device class.

Its provider runs in a process of its own and finds this module there by its name: the state holds only
that name, not our code. A relative `root` is relative to the folder of Pulumi.yaml, on every machine
that the repository is checked out on, so no machine's path is in the state.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from edgewright.errors import FleetError
from edgewright.ship.folder import read_folder, remove_part, write_folder

_FIELDS = ("root", "part", "files", "hidden")
_STILL_KEPT: set[tuple[str, str]] = set()
"""The places of the resources that this run of the provider was asked about: real path of the root, and part."""

PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")


class FolderNotKept(Exception):
    """What the provider answers with where a folder cannot be written: the findings, in one line."""


class FolderProvider(ResourceProvider):
    """Creates, reads, updates and deletes a part of a folder. Nothing happens in a preview."""

    serialize_as_secret_always = False

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Remember what the program still keeps: Pulumi asks this of every resource before it deletes any."""
        root, part = news.get("root"), news.get("part")
        if isinstance(root, str) and isinstance(part, str):
            _STILL_KEPT.add((os.path.realpath(place(root)), part))
        return CheckResult(news, [])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Another place is another resource; other files are an update."""
        changed = [name for name in _FIELDS if _olds.get(name) != _news.get(name)]
        moved = [name for name in changed if name in ("root", "part")]
        return DiffResult(changes=bool(changed), replaces=moved)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Write the files, in place of whatever was rendered there before."""
        return CreateResult(f"{props['root']}/{props['part']}", _written(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Write what is new, and remove what is gone."""
        return UpdateResult(_written(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What is there now, so that a refresh sees what was edited by hand; no id where nothing is."""
        root, _, part = id_.rpartition("/")
        root, part = props.get("root", root), props.get("part", part)
        with told_plainly():
            owned = read_folder(place(root))
        there = {
            path: text.decode(errors="replace")
            for path, text in owned.files.items()
            if path.startswith(f"{part}/")
        }
        if not there:
            return ReadResult("", {})
        hidden = {path: text for path, text in there.items() if path in props.get("hidden", {})}
        files = {path: text for path, text in there.items() if path not in hidden}
        read = {"root": root, "part": part, "files": files, "hidden": hidden, "digest": digest(there)}
        return ReadResult(id_, {**props, **read})

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Remove our files, and nothing else; none where the program keeps the same place in another way.

        A component that moved into another one, or a folder that is spelt differently, is another resource
        to Pulumi: the new one has written the files when the old one is deleted.
        """
        root, part = place(_props["root"]), _props["part"]
        if (os.path.realpath(root), part) not in _STILL_KEPT:
            with told_plainly():
                remove_part(root, part)


def _written(props: dict[str, Any]) -> dict[str, Any]:
    files = {**props["files"], **props["hidden"]}
    with told_plainly():
        write_folder(place(props["root"]), files, part=props["part"])
    return {**{name: props[name] for name in _FIELDS}, "digest": digest(files)}


class told_plainly:
    """Turns a FleetError into the one line that Pulumi shows beside the resource, as an error of the kind given."""

    def __init__(self, kind: type[Exception] = FolderNotKept) -> None:
        self.kind = kind

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, FleetError):
            told = "; ".join(
                f"[{each.rule}] {each.message}: {each.remedy[:1].lower()}{each.remedy[1:]}"
                for each in error.findings
            )
            raise self.kind(told) from None


def place(root: str) -> Path:
    """Where a root is: as it stands if absolute, else below the folder of Pulumi.yaml."""
    return _project_folder(Path.cwd()) / root


def _project_folder(start: Path) -> Path:
    """The nearest folder from `start` upwards with a Pulumi.yaml; `start` itself where none has one."""
    for folder in (start, *start.parents):
        if any((folder / name).is_file() for name in PROJECT_FILES):
            return folder
    return start


def digest(files: Mapping[str, str]) -> str:
    """One SHA-256 for all of the files: of each path and text, in order, lengths written before them."""
    sum_ = hashlib.sha256()
    for path, text in sorted(files.items()):
        for each in (path.encode(), text.encode()):
            sum_.update(len(each).to_bytes(8, "big") + each)
    return f"sha256:{sum_.hexdigest()}"


class KeptFolder(Resource, module="edgewright", name="Folder"):
    """The files of one device class in a folder that other classes share: path in the folder ⇒ text.

    `hidden` are files too, whose text Pulumi encrypts in its state and never shows.
    Its name is the path of what it keeps: a component can be renamed in a program, and the resource stays
    the same one, so that nothing is deleted and written again.
    """

    root: pulumi.Output[str]
    part: pulumi.Output[str]
    files: pulumi.Output[Mapping[str, str]]
    hidden: pulumi.Output[Mapping[str, str]]
    digest: pulumi.Output[str]

    def __init__(
        self,
        root: str,
        part: str,
        files: Mapping[str, str],
        hidden: Mapping[str, str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {
            "root": root,
            "part": part,
            "files": dict(files),
            "hidden": pulumi.Output.secret(dict(hidden)) if hidden else {},
            "digest": None,
        }
        super().__init__(FolderProvider(), f"{root}/{part}", props, opts)
