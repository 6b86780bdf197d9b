"""The private key that a command signs with: its option, its password, and what is wrong with where it lies."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgewright.errors import Finding

if TYPE_CHECKING:
    from edgewright.ship.signing.keys import PrivateKey


def read_key(path: Path) -> tuple[PrivateKey, tuple[Finding, ...]]:
    """The key in a file, and warnings about it; its password is asked for where the environment has none.

    Raises FleetError (`key-…`, `cannot-read`), and ClickException where what it needs is not installed.
    """
    need_signing()
    from edgewright.ship.signing.keys import password_from, private_key
    from edgewright.ship.signing.tracked import in_repository

    key = private_key(path, password_from(os.environ, partial(asked, f"password of {path}")))
    return key, tuple(in_repository(path, key))


def asked(question: str, *, twice: bool = False) -> bytes | None:
    """The password that a person types; None where nobody sits there."""
    if not sys.stdin.isatty():
        return None
    prompt: Callable[..., str] = click.prompt
    text = prompt(
        question, hide_input=True, confirmation_prompt=twice, default="", show_default=False, err=True
    )
    return text.encode()


def need_signing() -> None:
    """Raises ClickException where the packages that sign are not installed."""
    try:
        import cryptography  # noqa: F401
        import nacl  # noqa: F401
    except ModuleNotFoundError as error:
        text = f"{error.name} is not installed, which signatures need: pip install 'edgewright[publish]'"
        raise click.ClickException(text) from None
