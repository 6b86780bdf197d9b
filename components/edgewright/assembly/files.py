"""The files of a fleet: its own text and fleet.lock beside it, and what else is called a file."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edgewright.artifact.lock import Lock
from edgewright.artifact.lock_file import read_lock
from edgewright.document.document import Document, parse_document, read_document
from edgewright.document.source import MOST_BYTES, cannot_read, decode
from edgewright.errors import Finding, FleetError

if TYPE_CHECKING:
    pass

FLEET_FILE: Final = "fleet.yaml"
_LOCK_SUFFIX: Final = ".lock"

_PATIENCE: Final = 2.0  # seconds in which somebody may begin to write into a pipe


def base_of(path: Path) -> Path:
    """The file beside which everything else lies: for a pipe, a fleet.yaml of the current folder."""
    return Path(FLEET_FILE) if _is_pipe(path) else path


def lock_beside(path: Path) -> Path:
    """Where the lock of the fleet in a file lies, whether it is there or not."""
    return base_of(path).with_suffix(_LOCK_SUFFIX)


def _is_pipe(path: Path) -> bool:
    """Whether the text comes out of nowhere: a pipe, a device, or what the shell has put in their place."""
    if path.parts[:2] in (("/", "dev"), ("/", "proc")):
        return True
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


def read_fleet_file(path: Path) -> Document:
    """The document in a file or pipe. Raises FleetError; does not wait for a pipe that nobody writes to."""
    try:
        if not stat.S_ISFIFO(path.stat().st_mode):
            return read_document(path, str(path))
        return parse_document(decode(_piped(path), str(path)))
    except (OSError, ValueError) as error:
        raise FleetError([_better(cannot_read(str(path), error), error)]) from None
    except FleetError as error:
        raise FleetError(_better(each, None) for each in error.findings) from None


def _better(finding: Finding, error: Exception | None) -> Finding:
    """With the way out for somebody who has no fleet.yaml yet."""
    if isinstance(error, FileNotFoundError):
        return replace(finding, remedy="check the path, or write a fleet.yaml with `edgewright init`")
    return finding


def _piped(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb", buffering=0) as stream:
        chunks: list[bytes] = []
        size, until = 0, time.monotonic() + _PATIENCE
        while size <= MOST_BYTES:
            chunk = stream.read(2**16)
            if chunk:
                chunks.append(chunk)
                size += len(chunk)
            elif chunk is None:  # somebody has it open, and thinks
                time.sleep(0.01)
            elif chunks:
                return b"".join(chunks)
            elif time.monotonic() > until:
                raise OSError(0, "nobody writes into this pipe")
            else:
                time.sleep(0.01)
    raise OSError(0, f"more than {MOST_BYTES // 2**20} MiB")


def shown_text(path: Path) -> dict[str, str]:
    """The text of a file that could not be taken as UTF-8, as far as it can be shown."""
    try:
        if stat.S_ISREG(path.stat().st_mode):
            with path.open("rb") as stream:
                return {str(path): stream.read(2**20).decode("utf-8", "replace")}
    except (OSError, ValueError):
        pass
    return {}


@dataclass(frozen=True, slots=True)
class Locked:
    """What fleet.lock says, what is wrong with it, and its text."""

    lock: Lock = field(default_factory=Lock)
    findings: tuple[Finding, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)
    document: Document | None = None


def read_lock_beside(base: Path) -> Locked:
    """The lock of the fleet in a file; an empty one where there is none."""
    path = lock_beside(base)
    if path == base:
        return Locked()
    try:
        if not is_there(path):
            return Locked()
        document = read_document(path, str(path))
    except FleetError as error:
        return Locked(findings=error.findings)
    lock, findings = read_lock(document)
    return Locked(lock, findings, {document.file: document.source.text}, document)


def is_there(path: Path) -> bool:
    """Whether there is a file. Raises FleetError where something else has its name."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        raise FleetError([cannot_read(str(path), error)]) from None
    if not stat.S_ISREG(mode):
        raise FleetError([cannot_read(str(path), OSError(0, "it is no file"))])
    return True
