"""What in a folder is ours, told by the record that lies in it, and what else stands there.

The record names the files of the last rendering with their SHA-256. A path that it names is ours for
as long as a regular file stands there; whatever else is in the folder belongs to somebody else.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgewright.errors import Finding, FleetError

RECORD = ".edgewright/owned.json"

_FORMAT = 1
_LARGEST_RECORD = 256 * 1024 * 1024
_MOST_ENTRIES = 1_000_000


@dataclass(slots=True)
class Tree:
    """Everything below a folder, as POSIX paths relative to it; links are named, never followed."""

    files: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)

    def foreign(self, record: Iterable[str]) -> set[str]:
        """Whatever is no folder and not ours. A link in a file's place was not put there by us."""
        return (self.files - set(record)) | self.others

    def foreign_folders(self, record: Iterable[str]) -> set[str]:
        """The folders that somebody else needs: not made for our files, or with foreign files in them."""
        theirs = self.folders - folders_of(record)
        return theirs | folders_of(theirs) | folders_of(self.foreign(record))


def survey(folder: Path) -> Tree:
    """All that stands below `folder`; an empty tree where there is no such folder. Raises OSError."""
    tree = Tree()
    if not os.path.lexists(folder):
        return tree
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        with os.scandir(folder / prefix) as entries:
            for entry in entries:
                path = prefix + entry.name
                if entry.is_dir(follow_symlinks=False):
                    tree.folders.add(path)
                    waiting.append(path + "/")
                else:
                    (tree.files if entry.is_file(follow_symlinks=False) else tree.others).add(path)
        if len(tree.files) + len(tree.others) + len(tree.folders) > _MOST_ENTRIES:
            raise OSError(0, f"more than {_MOST_ENTRIES:,} files and folders lie in it", str(folder))
    return tree


def read_record(folder: Path) -> dict[str, str]:
    """Our paths and the SHA-256 each was written with; empty where no record, or no plain file, lies.

    The record is a path of its own and has no digest. Raises FleetError (`record-damaged`) for text
    that we did not write, and OSError.
    """
    path = folder / RECORD
    try:
        if not (stat.S_ISDIR(path.parent.lstat().st_mode) and stat.S_ISREG(path.lstat().st_mode)):
            return {}
        with path.open("rb") as file:
            text = file.read(_LARGEST_RECORD)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    files = _record_of(text)
    if files is None:
        raise FleetError([_damaged(folder)])
    return {RECORD: "", **files}


def _record_of(text: bytes) -> dict[str, str] | None:
    try:
        record = json.loads(text)
        files: dict[str, Any] = record["files"]
        sound = record["format"] == _FORMAT and all(
            isinstance(digest, str) and path_fault(name) is None for name, digest in files.items()
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return files if sound else None


def record_text(digests: Mapping[str, str]) -> bytes:
    """The record of path ⇒ SHA-256: sorted, a line for each, so that a difference in git can be read."""
    files = dict(sorted(digests.items()))
    return (json.dumps({"format": _FORMAT, "files": files}, indent=1, ensure_ascii=False) + "\n").encode()


def sha256(content: bytes) -> str:
    """The SHA-256 of `content` in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def folders_of(paths: Iterable[str]) -> set[str]:
    """Every folder on the way to one of `paths`."""
    return {folder for path in paths for folder in _above(path)}


def _above(path: str) -> Iterator[str]:
    at = path.find("/")
    while at >= 0:
        yield path[:at]
        at = path.find("/", at + 1)


def faulty_paths(paths: Iterable[str]) -> list[Finding]:
    """Findings (`unusable-path`) for paths that escape, clash, or are no paths on some system."""
    ordered = sorted(paths)
    faults = [(path, fault) for path in ordered if (fault := path_fault(path))]
    sound = sorted(set(ordered) - {path for path, _ in faults} | {RECORD})
    if RECORD in ordered:
        faults.append((RECORD, "is where the record of our own files is kept"))
    return [_unusable(path, fault) for path, fault in faults + list(_clashes(sound))]


def _clashes(paths: list[str]) -> Iterator[tuple[str, str]]:
    """Paths that are one and the same on a file system that folds case, or both file and folder."""
    folders = folders_of(paths)
    spelled: dict[str, str] = {}
    for path in sorted({*paths, *folders}):
        folded = unicodedata.normalize("NFC", path).casefold()
        first = spelled.setdefault(folded, path)
        if first != path:
            yield path, f"is the same as {shown(first)} where upper and lower case are not told apart"
    yield from ((path, "is a file and a folder at once") for path in paths if path in folders)


def path_fault(path: str) -> str | None:
    """What is wrong with `path` as a way into a folder; None for a relative POSIX path that stays below."""
    if not path:
        return "is empty"
    if path.startswith("/"):
        return "is absolute"
    if "\\" in path:
        return "has a backslash"
    if not path.isprintable():
        return "has a character that cannot be printed"
    steps = path.split("/")
    if not {"", ".", ".."}.isdisjoint(steps):
        return "has an empty step, '.' or '..'"
    return "leads into a repository" if ".git" in path.casefold().split("/") else None


def shown(path: str | os.PathLike[str]) -> str:
    """The path as it can be printed anywhere: what would steer a terminal is escaped."""
    text = os.fspath(path)
    return text if text.isprintable() else ascii(text)[1:-1]


def _unusable(path: str, fault: str) -> Finding:
    return Finding(
        "unusable-path",
        "error",
        f"the path of a rendered file, {shown(path) or repr(path)}, {fault}",
        "Rename what the file is named after.",
    )


def _damaged(folder: Path) -> Finding:
    return Finding(
        "record-damaged",
        "error",
        f"{shown(folder.name)}/{RECORD} cannot be read as the record of what was rendered here",
        "Bring it back from version control, or delete the whole folder if all of it was rendered.",
    )
