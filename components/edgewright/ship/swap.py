"""One folder put in another's place in a single step, and the way back from every half-done one.

Beside the folder `out` three names are ours, all gone when a run ends by itself:

    .out.edgewright-lock   locked while a run is at work; its text is the inode of the tree being built
    .out.edgewright-new    the tree being built; after the exchange, the old tree
    .out.edgewright-old    the old tree, where the system cannot exchange two folders

Because the lock's text says which of the two trees lies at -new, no moment is ambiguous, whenever the
process is killed: `settle` reads it, and either drops what was never shown or sweeps what was replaced.

Whoever opens files by their path sees the old tree or the new one. A program that sits *in* the old
folder (a shell's current folder, a container's bind mount) keeps looking at the old, emptied one.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from edgewright.errors import Finding, FleetError
from edgewright.ship.ownership import RECORD, folders_of, read_record, shown

WAIT = 5.0
"""Seconds that a run waits for another one on the same folder."""

_CANNOT_EXCHANGE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM}


def beside(folder: Path, what: str) -> Path:
    """The name beside `folder` for its `lock`, `new` or `old`."""
    return folder.with_name(f".{folder.name}.edgewright-{what}")


def unsettled(folder: Path) -> bool:
    """Whether a run is at work on `folder`, or was killed there."""
    return any(os.path.lexists(beside(folder, what)) for what in ("lock", "new", "old"))


@contextmanager
def locked(folder: Path) -> Iterator[int]:
    """The lock of `folder` as a file descriptor. Raises FleetError (`folder-busy`) after WAIT seconds."""
    path = beside(folder, "lock")
    end = time.monotonic() + WAIT
    while True:
        with open(path, "ab", buffering=0, opener=_not_through_a_link) as lock:
            if _is_held(lock.fileno(), path):
                try:
                    yield lock.fileno()
                finally:
                    if not any(os.path.lexists(beside(folder, what)) for what in ("new", "old")):
                        path.unlink(missing_ok=True)
                return
        if time.monotonic() > end:
            raise FleetError([_busy(folder)])
        time.sleep(0.02)


def _not_through_a_link(path: str, flags: int) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)


def _is_held(lock: int, path: Path) -> bool:
    """Whether we hold the lock, and on the file of that name: its last holder deletes it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(lock), path.lstat())
    except (BlockingIOError, FileNotFoundError):
        return False


def begin(folder: Path, lock: int) -> Path:
    """An empty tree to build in, marked as not yet shown to anybody."""
    new = beside(folder, "new")
    os.ftruncate(lock, 0)
    new.mkdir()
    os.pwrite(lock, str(new.lstat().st_ino).encode(), 0)
    return new


def put(folder: Path) -> None:
    """Show the tree that was built. In one step; where only two can be had, `settle` goes back."""
    new, old = beside(folder, "new"), beside(folder, "old")
    if not os.path.lexists(folder):
        new.rename(folder)
        return
    try:
        exchange(new, folder)
    except OSError as error:
        if error.errno not in _CANNOT_EXCHANGE:
            raise
        folder.rename(old)
        new.rename(folder)


def exchange(one: Path, other: Path) -> None:
    """Let two paths of a file system change places in one step: Linux' renameat2. Raises OSError."""
    import ctypes

    here, swap_both = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of linux/fcntl.h and linux/fs.h
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        raise OSError(errno.ENOSYS, "renameat2 is not there", str(other))
    if call(here, os.fsencode(one), here, os.fsencode(other), ctypes.c_uint(swap_both)) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(other))


def settle(folder: Path, lock: int, linked: Mapping[str, int] | None = None) -> None:
    """Leave `folder` alone beside its lock, from whatever state a run was in; does nothing if settled.

    `linked` are the inodes of the foreign files that the new tree was given: where the old tree has
    another one by now, it is the newer. Raises FleetError (`leftover-files`) and OSError.
    """
    new, old = beside(folder, "new"), beside(folder, "old")
    if os.path.lexists(old) and not os.path.lexists(folder):
        old.rename(folder)
    if os.path.lexists(new):
        if os.pread(lock, 32, 0) == str(new.lstat().st_ino).encode():
            import shutil

            shutil.rmtree(new)  # never shown: ours alone, and foreign files in it are second names
        else:
            _sweep(new, folder, linked or {})
    if os.path.lexists(old):
        _sweep(old, folder, linked or {})


def _sweep(old: Path, folder: Path, linked: Mapping[str, int]) -> None:
    """Take the replaced tree away: ours is deleted, and what is foreign and not in `folder` moves there."""
    left: list[str] = []
    if stat.S_ISDIR(old.lstat().st_mode):
        mine = set(read_record(old))
        for _ in range(3):  # somebody may still be writing into it
            left = _empty(old, folder, mine, linked)
            if mine:  # the record goes last, for it says what is ours
                (old / RECORD).unlink(missing_ok=True)
                with suppress(OSError):
                    (old / RECORD).parent.rmdir()
            with suppress(OSError):
                old.rmdir()
                return
            if left:
                break
    raise FleetError([_leftover(old, folder, left)])


def _empty(old: Path, folder: Path, mine: set[str], linked: Mapping[str, int]) -> list[str]:
    """The foreign paths that had to stay in `old`, for `folder` has something else in their place."""
    left: list[str] = []
    made_for_ours = folders_of(mine)
    waiting, entered = [""], []
    while waiting:
        prefix = waiting.pop()
        with os.scandir(old / prefix) as entries:
            found = [(prefix + entry.name, entry) for entry in entries]
        for path, entry in found:
            if _is_entered(entry, folder / path, path in made_for_ours):
                entered.append(path)
                waiting.append(path + "/")
            elif path in mine and entry.is_file(follow_symlinks=False):
                if path != RECORD:
                    (old / path).unlink()
            elif not _hand_over(old / path, folder / path, linked.get(path)):
                left.append(path)
    for path in reversed(entered):
        with suppress(OSError):  # not empty: what keeps it is in `left`, or came just now
            (old / path).rmdir()
    return left


def _is_entered(entry: os.DirEntry[str], place: Path, made_for_ours: bool) -> bool:
    """Whether a folder is emptied file by file; one that nobody has in the new tree moves as a whole."""
    if not entry.is_dir(follow_symlinks=False) or place.is_symlink():
        return False
    return made_for_ours or place.is_dir()


def _hand_over(source: Path, place: Path, linked: int | None) -> bool:
    """Whether `source` could go: it is at `place` already, or was moved there without harm."""
    here = source.lstat()
    try:
        there = place.lstat()
    except FileNotFoundError:
        return _move(source, place)
    except NotADirectoryError:
        return False
    if os.path.samestat(here, there):
        source.unlink()
        return True
    if there.st_ino == linked and not stat.S_ISDIR(here.st_mode):
        source.replace(place)
        return True
    return False


def _move(source: Path, place: Path) -> bool:
    """Whether `source` was moved; not if a file stands where its folder would be."""
    with suppress(FileExistsError, NotADirectoryError):
        place.parent.mkdir(parents=True, exist_ok=True)
        source.rename(place)
        return True
    return False


def _busy(folder: Path) -> Finding:
    return Finding(
        "folder-busy",
        "error",
        f"another run has been writing {shown(folder.name)} for more than {WAIT:g} seconds",
        "Wait until it has ended, or render into another folder.",
    )


def _leftover(old: Path, folder: Path, left: list[str]) -> Finding:
    names = ", ".join(shown(path) for path in sorted(left)[:5]) + (", …" if len(left) > 5 else "")
    return Finding(
        "leftover-files",
        "error",
        f"{shown(old.name)}, beside {shown(folder.name)}, is left over from a run that was interrupted, and "
        f"what lies in it cannot be put back without harm{': ' * bool(names)}{names}",
        f"Take what you need out of {shown(old.name)} and delete it.",
    )
