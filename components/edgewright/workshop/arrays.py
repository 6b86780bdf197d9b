"""Arrays of an .npz file, read within bounds and without pickle, and written without a clock."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Container, Mapping
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


def archived(arrays: Mapping[str, NDArray[Any]], comment: str) -> bytes:
    """The bytes of an .npz file, the same each time; `comment` (ASCII) is the archive's own, which costs no
    array. Not compressed: noise does not shrink, and two builds of zlib write other bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as whole:
        whole.comment = comment.encode("ascii")
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(array), (1, 0), allow_pickle=False)
            whole.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), content.getvalue())
    return out.getvalue()


def shown(array: NDArray[Any]) -> str:
    """Type and shape of an array, for people."""
    return f"{array.dtype} ({', '.join(map(str, array.shape))})"
