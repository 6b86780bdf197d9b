"""The new tree, built beside a folder out of what shall be in it and what must stay."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from edgewright.errors import Finding
from edgewright.ship.ownership import RECORD, Tree, folders_of, read_record, shown, survey


@dataclass(frozen=True, slots=True)
class State:
    """A folder as a run finds it. `same` are the paths that hold what they shall hold already."""

    tree: Tree
    record: Mapping[str, str]
    same: frozenset[str]

    def ours(self) -> set[str]:
        """The files that we wrote and that are still there."""
        return self.tree.files & self.record.keys()


def look(folder: Path, contents: Mapping[str, bytes]) -> State:
    """How `folder` compares with `contents`; by bytes, for size and time stamps prove nothing."""
    tree, record = survey(folder), read_record(folder)
    same = {
        path for path in contents.keys() & tree.files & record.keys() if holds(folder / path, contents[path])
    }
    return State(tree, record, frozenset(same))


def holds(path: Path, content: bytes) -> bool:
    """Whether a file has just this content."""
    with suppress(OSError), path.open("rb", buffering=0) as file:
        return file.read(len(content) + 1) == content
    return False


def collisions(state: State, contents: Mapping[str, bytes], target: Path) -> list[Finding]:
    """A finding (`not-ours`) for each foreign thing that stands where a file or folder of ours belongs."""
    foreign = state.tree.foreign(state.record)
    clashing = (contents.keys() | folders_of(contents)) & foreign
    clashing |= contents.keys() & state.tree.foreign_folders(state.record)
    return [
        Finding(
            "not-ours",
            "error",
            f"{shown(target / path)} was not rendered, and stands where a rendered file belongs",
            "Move it away or delete it, or render into another folder.",
        )
        for path in sorted(clashing)
    ]


def check_movable(folder: Path, tree: Tree) -> None:
    """Raise OSError for the first folder in `tree` that could not be emptied once it is replaced."""
    if not folder.exists():
        return
    device = folder.stat().st_dev
    for place in [folder, *(folder / path for path in sorted(tree.folders))]:
        if place.lstat().st_dev != device:
            raise OSError(errno.EXDEV, "something else is mounted there", str(place))
        if not os.access(place, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))


def stage(
    new: Path, folder: Path, state: State, contents: Mapping[str, bytes], linked: dict[str, int]
) -> None:
    """Fill `new` with `contents` and the foreign files of `folder`, whose inodes are noted in `linked`."""
    ours, theirs = folders_of(contents), state.tree.foreign_folders(state.record)
    for path in sorted(ours | theirs):
        (new / path).mkdir()
    for path in sorted(state.tree.foreign(state.record)):
        linked[path] = _second_name(folder / path, new / path)
    for path, content in contents.items():
        if not (path in state.same and _shared(folder / path, new / path)):
            _write(new / path, content, synced=path == RECORD)
    for path in (ours | theirs) & state.tree.folders:
        _like(folder / path, new / path, changed=path in ours)
    if folder.exists():
        _like(folder, new, changed=True)


def _second_name(source: Path, place: Path) -> int:
    """The inode of a foreign file, which has a second name in the new tree from now on."""
    try:
        os.link(source, place, follow_symlinks=False)
    except OSError as error:
        raise OSError(error.errno, f"no second name for it ({error.strerror})", str(source)) from error
    return place.lstat().st_ino


def _shared(source: Path, place: Path) -> bool:
    """Whether an unchanged file of ours got a second name; not if anybody else has a hold of it."""
    status = source.lstat()
    if status.st_nlink != 1 or status.st_uid != os.geteuid():
        return False
    with suppress(OSError):
        os.link(source, place, follow_symlinks=False)
        return True
    return False


def _write(path: Path, content: bytes, *, synced: bool) -> None:
    try:
        with path.open("xb") as file:
            file.write(content)
            if synced:
                file.flush()
                os.fsync(file.fileno())
    except OSError as error:
        error.filename = str(path)  # a full disk does not say where
        raise


def _like(old: Path, new: Path, *, changed: bool) -> None:
    """Give a folder the owner, mode and attributes it had; its time too, if nothing in it changed."""
    import shutil

    had, has = old.stat(), new.stat()
    if (had.st_uid, had.st_gid) != (has.st_uid, has.st_gid):
        with suppress(PermissionError):
            os.chown(new, had.st_uid, had.st_gid)
    shutil.copystat(old, new)
    if changed:
        os.utime(new)
