"""A file that a command makes: it takes nobody's place unless it was told to."""

from __future__ import annotations

import os
from pathlib import Path

import click

from edgewright.errors import FleetError


def check_free(out: Path, *, force: bool) -> None:
    """Raises UsageError where the name is taken, before any question is asked."""
    if not force and os.path.lexists(out):
        raise _taken(out)


def write_new(out: Path, text: str, *, force: bool) -> None:
    """Write the file; without `force`, under a name that is taken first, so that nobody else can have it.

    Raises UsageError where it is there by now, and FleetError (`cannot-write`).
    """
    from edgewright.ship.file import write_file

    claimed = not force and _claimed(out)
    try:
        write_file(out, text)
    except FleetError:
        if claimed:
            out.unlink(missing_ok=True)
        raise


def _claimed(out: Path) -> bool:
    """Whether the name was free and is ours now; why it cannot be, write_file says. Raises UsageError."""
    try:
        out.open("xb").close()
    except FileExistsError:
        raise _taken(out) from None
    except OSError:
        return False
    return True


def _taken(out: Path) -> click.UsageError:
    return click.UsageError(f"{out} is there already. --force replaces it, --out names another file.")
