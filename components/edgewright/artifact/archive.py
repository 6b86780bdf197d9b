"""Files as a tar archive whose bytes say what the files are, and nothing of who packed them or when.

Entries are sorted by path, folders are 0755, files 0644, owner and time 0. `tar` knows the headers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from edgewright.artifact import tar

_LONGEST_STEP, _LONGEST_NAME = 255, 1024  # bytes; what Linux takes, and far more than anybody needs


@dataclass(frozen=True, slots=True)
class Member:
    """A file to pack. `name` is its path in the archive, with slashes; `size` is in bytes; `chunks` gives
    the content from its beginning each time it is called."""

    name: str
    size: int
    chunks: Callable[[], Iterable[bytes]]


class WrongSize(ValueError):
    """A member had more or fewer bytes than it said; the argument is its name."""


def archive(members: Sequence[Member]) -> Iterator[bytes]:
    """The bytes of the archive, in chunks no larger than the members' own.

    The names are good ones (`flaws` finds none). Raises WrongSize.
    """
    contents = {each.name: each for each in members}
    for path in sorted(_folders(contents) | contents.keys()):
        member = contents.get(path)
        if member is None:
            yield tar.folder_header(path)
        else:
            yield tar.file_header(path, member.size)
            yield from _content(member)
            yield tar.padding(member.size)
    yield tar.END


def flaws(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Names that not every device can unpack to a file of their own, and what is wrong with each."""
    yield from ((name, flaw) for name in names if (flaw := _flaw(name)))
    yield from ((name, "is there twice") for name, times in Counter(names).items() if times > 1)
    yield from ((name, "is a folder as well") for name in sorted(_folders(names) & set(names)))


def shown_name(name: str) -> str:
    """A name as a message shows it, whatever is in it."""
    return ascii(name if len(name) <= 80 else f"{name[:79]}...")[1:-1]


def _folders(paths: Iterable[str]) -> set[str]:
    """Every folder that one of the paths lies in."""
    return {path[:end] for path in paths for end, sign in enumerate(path) if sign == "/"}


def _flaw(name: str) -> str:
    """What makes a name unfit for an archive; empty where nothing does."""
    steps = name.split("/")
    if any(step in ("", ".", "..") for step in steps) or "\\" in name:
        return "does not lie below its folder"
    if any(ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0 or 0xD800 <= ord(sign) < 0xE000 for sign in name):
        return "has characters that are no text"
    if any(step.startswith(".wh.") for step in steps):
        return "means `remove this file` in an image layer"
    if len(name.encode()) > _LONGEST_NAME or any(len(step.encode()) > _LONGEST_STEP for step in steps):
        return "is too long for a file system"
    return ""


def _content(member: Member) -> Iterator[bytes]:
    """The member's chunks, as many bytes as its header has promised."""
    left = member.size
    for chunk in member.chunks():
        left -= len(chunk)
        if left < 0:
            break
        yield chunk
    if left:
        raise WrongSize(member.name)
