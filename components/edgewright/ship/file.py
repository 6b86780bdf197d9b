"""One file, written beside and renamed: a reader sees the old content or the new."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from edgewright.errors import Finding, FleetError


def write_file(target: Path, content: str | bytes) -> None:
    """Make `target` hold a text, as UTF-8, or bytes. Raises FleetError (`cannot-write`)."""
    try:
        descriptor, beside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content.encode() if isinstance(content, str) else content)
                os.fchmod(stream.fileno(), _mode(target))
            Path(beside).replace(target)
        except BaseException:
            with suppress(OSError):
                Path(beside).unlink()
            raise
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        finding = Finding(
            "cannot-write",
            "error",
            f"{target} cannot be written: {reason}",
            "check the path and its permissions",
        )
        raise FleetError([finding]) from error


def _mode(target: Path) -> int:
    """The mode of the file that is replaced, or that of a new one."""
    try:
        return target.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
