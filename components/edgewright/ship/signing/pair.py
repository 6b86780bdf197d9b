"""A key pair as two files: the private one for its owner alone from its first byte on."""

from __future__ import annotations

import os
from pathlib import Path

from edgewright.errors import Finding, FleetError

_SUFFIXES = (".key", ".pem")


def public_path(path: Path) -> Path:
    """Where the public key lies: `fleet.pub` beside `fleet.key`."""
    return path.with_suffix(".pub") if path.suffix in _SUFFIXES else path.with_name(f"{path.name}.pub")


def write_pair(path: Path, private: str, public: str) -> Path:
    """Write both, where neither is there yet; the path of the public one. Raises FleetError (`cannot-write`).

    A folder that is not there is made, for its owner alone.
    """
    beside = public_path(path)
    written: list[Path] = []
    file = path
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file, text, mode in ((path, private, 0o600), (beside, public, 0o644)):
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            written.append(file)
            with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                stream.write(text)
    except OSError as error:
        for each in written:  # half a pair is none
            each.unlink(missing_ok=True)
        raise FleetError([_cannot(file, error)]) from None
    return beside


def _cannot(file: Path, error: OSError) -> Finding:
    reason = (error.strerror or "unknown reason").lower()
    remedy = (
        "name another file: no key is overwritten" if isinstance(error, FileExistsError) else "check the path"
    )
    return Finding("cannot-write", "error", f"{file} cannot be written: {reason}", remedy)
