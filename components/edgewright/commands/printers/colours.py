"""The few colours that a terminal is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_COLOURS: Final[Mapping[str, str]] = {
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "strong": "1",
    "faint": "2",
    "good": "32",
}


def painted(style: str, text: str, *, colour: bool) -> str:
    """The text in one of the styles, where colour is wanted; nothing stays nothing."""
    return f"\x1b[{_COLOURS[style]}m{text}\x1b[0m" if colour and text else text
