"""Signing and verifying, each second: by us, alone and in a registry, and by cosign."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from figures import median, table
from process import measure

HERE: Final = Path(__file__).parent
_COSIGNS: Final = 10


def signatures(count: int, rounds: int, folder: Path) -> str:
    """The table of the rates, out of a program that does only that."""
    found: list[dict[str, float]] = []
    for _ in range(rounds):
        words: list[str | Path] = [sys.executable, HERE / "signing.py", str(count), str(_COSIGNS)]
        measure(words, folder / "signing.out")
        found.append(json.loads((folder / "signing.out").read_text()))
    rows = [
        [what, f"{median(rates):,.0f} /s ({min(rates):,.0f} to {max(rates):,.0f})"]
        for what in found[0]
        for rates in [[each[what] for each in found]]
    ]
    return table([f"{count} signatures, one after the other", "each second"], rows)
