"""The name that somebody meant when they wrote another one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_MOST_NAMES: Final = 500  # among more, a guess costs more than it is worth


def did_you_mean(written: object, names: Iterable[str]) -> str | None:
    """The one of `names` that `written` was most likely to be, or None where none is near."""
    import difflib  # late: only a mistake needs it

    if not isinstance(written, str) or not 0 < len(written) <= 100:
        return None
    folded = {name.lower(): name for name in sorted(names)}
    if len(folded) > _MOST_NAMES:
        return None
    near = difflib.get_close_matches(written.lower(), folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else None
