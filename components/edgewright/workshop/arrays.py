"""Arrays of an .npz file, read within bounds and without pickle."""

from __future__ import annotations

import zipfile
from collections.abc import Container
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgewright.workshop.fault import Fault, Kind

MOST_BYTES = 1 << 30
"""Unpacked; all of it is held in memory."""


def read_arrays(path: Path, kind: Kind, names: Container[str] | None = None) -> dict[str, NDArray[Any]]:
    """Name ⇒ array of a file, or those of some names; raises Fault of a kind where it is no such file."""
    if not path.is_file():
        raise Fault(kind, "there is no such file")
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > MOST_BYTES:
            raise Fault(kind, f"it unpacks to {size:,} bytes, and {MOST_BYTES:,} are the most")
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive if names is None or name in names}
    except Fault:
        raise
    except OSError as reason:
        raise Fault(kind, reason.strerror or "it cannot be read") from reason
    except Exception as reason:  # zipfile, zlib and numpy have a dozen ways to say no
        raise Fault(kind, f"it is no .npz file of plain arrays, or is cut short: {reason}") from reason


def shown(array: NDArray[Any]) -> str:
    """Type and shape of an array, for people."""
    return f"{array.dtype} ({', '.join(map(str, array.shape))})"
