"""What Git LFS leaves in a work tree where it has not fetched a file: a few lines that name it exactly.

Source: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md, "The Pointer".
"""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 1024
"""Bytes; a longer file is no pointer."""

_POINTER: Final = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-[^\n]*\n)*oid (sha256:[0-9a-f]{64})\nsize ([0-9]{1,19})\n"
)


def read_pointer(content: bytes) -> tuple[str, int] | None:
    """Digest and size of the file that a pointer stands for; None where it is no pointer."""
    found = _POINTER.fullmatch(content) if len(content) <= LONGEST else None
    return (found[1].decode(), int(found[2])) if found else None
