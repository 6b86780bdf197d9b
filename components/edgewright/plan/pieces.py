"""What a device pulls for its workloads, piece by piece, and how many bytes each is where that is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from edgewright.artifact.lock import SOURCE, LockedVariant
from edgewright.errors import FieldPath
from edgewright.plan.plan import Deployed

_PACKING: Final = 16 * 1024
"""Bytes that packing adds to a file of a model at most: headers and filling of the tar layer, and its part of
the manifest and the config. A header is 512 bytes, two more and their records where a name is long."""


@dataclass(frozen=True, slots=True)
class Piece:
    """An image, or a form of a model as an image. `size` is what is pulled for it, None where nobody knows."""

    name: str
    size: int | None
    path: FieldPath


def pieces_of(workloads: Iterable[Deployed]) -> tuple[Piece, ...]:
    """What these workloads need on a device, each piece once."""
    found: dict[str, Piece] = {}
    for deployed in workloads:
        for piece in _pieces(deployed):
            found.setdefault(piece.name, piece)
    return tuple(found.values())


def _pieces(deployed: Deployed) -> Iterator[Piece]:
    image = deployed.image
    yield Piece(image.name, image.size, image.path)
    for tier in deployed.tiers:
        if tier.variant is not None:
            path: FieldPath = ("models", deployed.model)
            path = path if tier.variant == SOURCE else (*path, "variants", tier.variant)
            yield Piece(f"{deployed.model}/{tier.variant}", _size(tier.locked), path)


def _size(locked: LockedVariant | None) -> int | None:
    return sum(each.size + _PACKING for each in locked.files) if locked else None
