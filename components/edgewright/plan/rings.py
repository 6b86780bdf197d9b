"""Which ring a device is in: a hash of fleet, rollout and its name, below the share of the ring.

The hash depends on nothing else, so a device that joins or leaves moves no other one; rings are
nested because a device below 1% is below 10% too. Where a share leaves a ring of a class empty, the
device with the lowest hash that no earlier ring has stands in, so every class has canaries; a ring is
empty only where no device is left for it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import accumulate
from typing import Final

WHOLE: Final = 1_000_000
"""A share of 100% in millionths."""


def fraction(fleet: str, rollout: str, device: str) -> int:
    """The device's place between 0 and 2**64 - 1: the first eight bytes of a SHA-256."""
    text = f"{fleet}\0{rollout}\0{device}".encode()
    return int.from_bytes(sha256(text).digest()[:8], "big")


def assign(fleet: str, rollout: str, shares: Sequence[int], devices: Iterable[str]) -> list[list[str]]:
    """The devices of one class by ring, each sorted by name; `shares` are cumulative millionths, rising.

    A class with fewer devices than rings fills the first ones.
    """
    placed = sorted((fraction(fleet, rollout, device), device) for device in devices)
    return [sorted(device for _, device in ring) for ring in _split(placed, shares)]


def _split(placed: list[tuple[int, str]], shares: Sequence[int]) -> list[list[tuple[int, str]]]:
    rings: list[list[tuple[int, str]]] = []
    start = 0
    for share in shares:
        end = start
        while end < len(placed) and placed[end][0] * WHOLE < share << 64:
            end += 1
        if end == start and start < len(placed):
            end += 1  # the lowest hash that no earlier ring has
        rings.append(placed[start:end])
        start = end
    return rings


class RingCount:
    """How many devices of one class each ring has, counted from a stream in constant memory."""

    def __init__(self, fleet: str, rollout: str, shares: Sequence[int]) -> None:
        # The same bytes as in `fraction`; the part that all names share is hashed once.
        self._start = sha256(f"{fleet}\0{rollout}\0".encode())
        bounds = ((share << 64) // WHOLE + ((share << 64) % WHOLE > 0) for share in shares)
        self._bounds = list(
            accumulate(bounds, max)
        )  # of shares that do not rise, the first that is enough counts
        self._counts = [0] * (len(shares) + 1)  # the last one: beyond the last share
        self.devices = 0

    def add(self, device: str) -> None:
        """Count a device."""
        hashed = self._start.copy()
        hashed.update(device.encode())
        place = int.from_bytes(hashed.digest()[:8], "big")
        self.devices += 1
        self._counts[bisect_right(self._bounds, place)] += 1

    def counts(self) -> tuple[int, ...]:
        """Devices by ring; an empty ring takes one from the next that has any, as `assign` does."""
        counts, giver = list(self._counts), 0
        for ring in range(len(self._bounds)):
            if counts[ring] == 0:
                giver = max(giver, ring + 1)
                while giver < len(counts) and not counts[giver]:
                    giver += 1
                if giver < len(counts):
                    counts[ring], counts[giver] = 1, counts[giver] - 1
        return tuple(counts[: len(self._bounds)])


def expected_counts(devices: int, shares: Sequence[int]) -> tuple[int, ...]:
    """How many devices each ring has on average, where the inventory is unknown."""
    counts: list[int] = []
    placed = 0
    for share in shares:
        upto = min(devices, max(round(devices * share / WHOLE), placed + (placed < devices)))
        counts.append(upto - placed)
        placed = upto
    return tuple(counts)
