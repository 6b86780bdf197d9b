"""Written: a folder that holds exactly what was rendered, besides what somebody else keeps in it.

    write_folder(Path("rendered"), {"line-camera/workloads.yaml": "…"})

Whole or not at all: the new tree is built beside the folder, given a second name (a hard link) of each
foreign file, and put in the folder's place in one step (swap.py). An error, Ctrl-C or kill -9 at any
moment leaves the old folder or the new one, and the next run clears away what was half-done.

Power loss is another matter. Only the record is synced to the disk, so it stays known what is ours;
2,000 synced files would cost seconds at every run of a desk tool. What a power loss truncates, the next
run sees (it compares bytes and trusts no time stamp) and writes again; foreign files are not rewritten
and cannot be harmed.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from edgewright.errors import Finding, FleetError
from edgewright.ship import swap
from edgewright.ship.ownership import RECORD, faulty_paths, read_record, record_text, sha256, shown, survey
from edgewright.ship.staging import State, check_movable, collisions, holds, look, stage


@dataclass(frozen=True, slots=True)
class Written:
    """What a run did: how many of our files it wrote, left as they were, and removed.

    `edited` are those of the written and removed that somebody had changed by hand.
    """

    written: int
    unchanged: int
    removed: int
    edited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Owned:
    """Our files in a folder as they are now, and how that differs from what was written."""

    files: dict[str, bytes]
    missing: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()


def write_folder(target: Path, files: Mapping[str, str | bytes], *, part: str = "") -> Written:
    """Make `target` hold `files` (POSIX paths relative to it) and whatever in it is not ours; count them.

    With a `part`, the name of a folder in `target` that all of `files` lie below, what is ours elsewhere
    stays as it is: whoever writes part after part gets what whoever writes all at once gets.
    Text is written as UTF-8. If all is as it should be, nothing is written. Raises FleetError:
    `unusable-path`, `unusable-folder`, `folder-is-a-repository`, `folder-busy`, `not-ours`,
    `record-damaged`, `leftover-files`, `cannot-write`.
    """
    contents = _contents(files)
    folder = _resolved(target)
    try:
        _check_replaceable(target, folder)
        if _is_current(folder, _with_others(folder, contents, part)):
            return Written(0, len(files), 0)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with swap.locked(folder) as lock:
            swap.settle(folder, lock)
            return _replace(target, folder, _with_others(folder, contents, part), part, lock)
    except OSError as error:
        raise FleetError([_cannot(error, "written", target, folder)]) from error


def check_folder(target: Path) -> None:
    """Raise FleetError (`unusable-folder`, `folder-is-a-repository`, `cannot-write`) for what no folder can be."""
    folder = _resolved(target)
    try:
        _check_replaceable(target, folder)
    except OSError as error:
        raise FleetError([_cannot(error, "reached", target, folder)]) from error


def remove_part(target: Path, part: str) -> None:
    """Remove what is ours below the folder `part` of `target`; with the last part, the record and `target`.

    What is not ours stays, and so do the folders that it lies in. Raises as `write_folder` does.
    """
    folder = _resolved(target)
    if not folder.exists():
        return
    write_folder(target, {}, part=part)
    try:
        with swap.locked(folder):
            if read_record(folder).keys() <= {RECORD}:
                (folder / RECORD).unlink(missing_ok=True)
                for empty in (folder / RECORD).parent, folder:
                    with suppress(OSError):  # something of somebody else's is in it
                        empty.rmdir()
    except OSError as error:
        raise FleetError([_cannot(error, "removed", target, folder)]) from error


def _contents(files: Mapping[str, str | bytes]) -> dict[str, bytes]:
    """The bytes of all that shall be written."""
    findings = faulty_paths(files)
    if findings:
        raise FleetError(findings)
    return {path: _bytes(path, text) for path, text in files.items()}


def _with_others(folder: Path, contents: Mapping[str, bytes], part: str) -> dict[str, bytes]:
    """`contents`, what is ours outside of the part as it is now, and the record of both, which comes last."""
    digests = {path: sha256(content) for path, content in contents.items()}
    if not part:
        return {**contents, RECORD: record_text(digests)}
    recorded = {path: digest for path, digest in read_record(folder).items() if path != RECORD}
    others = {path: digest for path, digest in recorded.items() if not path.startswith(f"{part}/")}
    present = survey(folder).files & others.keys()
    kept = {path: (folder / path).read_bytes() for path in sorted(present)}
    return {**kept, **contents, RECORD: record_text(others | digests)}


def _bytes(path: str, text: str | bytes) -> bytes:
    try:
        return text if isinstance(text, bytes) else text.encode()
    except UnicodeEncodeError:
        fault = f"{shown(path)} has half a character in it (a lone surrogate) and cannot be written as UTF-8"
        raise FleetError([Finding("cannot-write", "error", fault, "Remove it from the text.")]) from None


def _is_current(folder: Path, contents: Mapping[str, bytes]) -> bool:
    """Whether there is nothing to do; found out without a lock, so that a read-only folder can be current."""
    if swap.unsettled(folder) or not holds(folder / RECORD, contents[RECORD]):
        return False
    with suppress(FileNotFoundError, NotADirectoryError):  # another run is just replacing it
        return look(folder, contents).same == contents.keys()
    return False


def _replace(target: Path, folder: Path, contents: Mapping[str, bytes], part: str, lock: int) -> Written:
    state = look(folder, contents)
    written = _count(folder, state, contents, part)
    if state.same == contents.keys():
        return written
    findings = collisions(state, contents, target)
    if findings:
        raise FleetError(findings)
    check_movable(folder, state.tree)
    linked: dict[str, int] = {}
    try:
        stage(swap.begin(folder, lock), folder, state, contents, linked)
        swap.put(folder)
    finally:
        swap.settle(folder, lock, linked)
    return written


def _count(folder: Path, state: State, contents: Mapping[str, bytes], part: str) -> Written:
    def counted(paths: Iterable[str]) -> set[str]:
        return {path for path in paths if path != RECORD and (not part or path.startswith(f"{part}/"))}

    stale = counted(state.ours() - state.same)
    edited = (path for path in sorted(stale) if _digest(folder / path) != state.record[path])
    wanted, unchanged = counted(contents), counted(state.same)
    return Written(len(wanted - unchanged), len(unchanged), len(stale - wanted), tuple(edited))


def _digest(path: Path) -> str | None:
    """The SHA-256 of a file; None for one that we may not read."""
    with suppress(PermissionError), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
    return None


def read_folder(target: Path) -> Owned:
    """Our files in `target`, by its record; empty if there is no such folder, or no record in it.

    Raises FleetError: `unusable-folder`, `record-damaged`, `cannot-write` (where reading is refused).
    """
    folder = _resolved(target)
    try:
        for _ in range(10):
            before = _inode(folder)
            with suppress(FileNotFoundError, NotADirectoryError):
                owned = _read(folder)
                if _inode(folder) == before:  # else it was replaced while we read
                    return owned
    except OSError as error:
        raise FleetError([_cannot(error, "read", target, folder)]) from error
    raise FleetError([_unusable(target, "is being replaced all the time", "Wait until that has ended.")])


def _read(folder: Path) -> Owned:
    record = {path: digest for path, digest in read_record(folder).items() if path != RECORD}
    present = survey(folder).files & record.keys()
    files = {path: (folder / path).read_bytes() for path in sorted(present)}
    edited = (path for path, content in files.items() if sha256(content) != record[path])
    return Owned(files, tuple(sorted(record.keys() - present)), tuple(edited))


def _inode(folder: Path) -> int | None:
    with suppress(FileNotFoundError):
        return folder.stat().st_ino
    return None


def _resolved(target: Path) -> Path:
    """The folder that is meant, behind whatever links lead to it; it need not exist."""
    if "\0" in os.fspath(target):
        raise FleetError([_unusable(target, "has a character in its name that no path can have")])
    folder = Path(os.path.realpath(target))
    try:
        if folder.is_symlink() or (target.is_symlink() and not folder.exists()):
            raise FleetError([_unusable(target, "is a link that leads nowhere")])
        if folder.exists() and not folder.is_dir():
            raise FleetError([_unusable(target, "is not a folder")])
    except OSError as error:
        raise FleetError([_cannot(error, "reached", target, folder)]) from error
    return folder


def _check_replaceable(target: Path, folder: Path) -> None:
    """Raise FleetError for a folder that must not, or cannot, change places with another one."""
    below = f"Name a folder below it, such as {shown(target / 'rendered')}."
    if os.path.lexists(folder / ".git"):
        message = f"{shown(target)} is the top of a git repository, and would be replaced as a whole"
        raise FleetError([Finding("folder-is-a-repository", "error", message, below)])
    if folder.is_mount():
        raise FleetError([_unusable(target, "is a mount point and cannot be replaced as a whole", below)])
    with suppress(FileNotFoundError):
        if Path.cwd().is_relative_to(folder):
            fault = "is replaced as a whole, and the folder that you are in would go with it"
            raise FleetError([_unusable(target, fault, below)])


def _unusable(target: Path, fault: str, remedy: str = "Name another folder.") -> Finding:
    return Finding("unusable-folder", "error", f"{shown(target)} {fault}", remedy)


_REMEDIES = {
    errno.ENOSPC: "Make room on the disk, or name a folder on another one.",
    errno.EDQUOT: "Make room in your quota, or name a folder on another disk.",
    errno.EBUSY: "Something is mounted there: name a folder below it.",
    errno.EXDEV: "Move what is mounted away, or name a folder that does not exist yet.",
    errno.ENAMETOOLONG: "Give it a shorter name.",
}


def _cannot(error: OSError, done: str, target: Path, folder: Path) -> Finding:
    """The finding for an OSError, which names a file by where it will be and not by where it is built."""
    path = Path(error.filename or folder)
    for root in (folder, *(swap.beside(folder, what) for what in ("new", "old"))):
        if path.is_relative_to(root):
            path = target / path.relative_to(root)
    remedy = "Allow writing in it and beside it, where the new folder is built, or name another folder."
    return Finding(
        "cannot-write",
        "error",
        f"{shown(path)} cannot be {done}: {error.strerror}",
        _REMEDIES.get(error.errno or 0, remedy),
    )
