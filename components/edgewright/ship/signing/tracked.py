"""Whether a private key lies where git would hand it out; the only file that calls git."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from edgewright.errors import Finding
from edgewright.ship.signing.keys import PrivateKey

_SECONDS = 10


def in_repository(path: Path, key: PrivateKey) -> Iterator[Finding]:
    """That the file of a key is in a git repository, or would be with the next `git add .`.

    Nothing where it lies outside, is ignored, comes out of a pipe, or no git is there to be asked.
    """
    try:
        file = path.resolve(strict=True)
    except OSError:
        return
    if not file.is_file():
        return
    if _git(file, "ls-files", "--error-unmatch") == 0:
        how = "encrypted, so it is as safe as its password" if key.encrypted else "not even encrypted"
        yield Finding(
            "key-in-repository",
            "warning" if key.encrypted else "error",
            f"the private key {path} is in git, where everybody has it who has the repository; it is {how}",
            "keep it outside; make a new pair: what was once in git's history counts as known",
        )
    elif _git(file, "check-ignore", "--quiet") == 1:
        message = f"the private key {path} lies in a git checkout, and `git add` would take it along"
        yield Finding("key-in-repository", "warning", message, "keep it outside, or name it in .gitignore")


def _git(file: Path, *words: str) -> int | None:
    """The exit code; None where git cannot be asked."""
    command = ["git", "-C", str(file.parent), *words, "--", file.name]
    try:
        return subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False).returncode
    except (OSError, subprocess.SubprocessError):
        return None
