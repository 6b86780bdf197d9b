"""Answers that were given before, by what was asked: the same bytes get the same answer without asking a tier.

Bounded in bytes; what was used least recently goes first. Lives in one event loop.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Any, Final

from numpy.typing import NDArray

from edgewright_runtime.chain import Answer
from edgewright_runtime.protocol.datatypes import datatype_of, to_bytes
from edgewright_runtime.tiers.tier import Tensors

_ENTRY: Final = 1024  # bytes for the key, the names and Python's own for an answer; measured: about 900


def key_of(inputs: Tensors) -> bytes:
    """The digest of inputs: by their names, datatypes, shapes and bytes."""
    found = hashlib.sha256()
    for name, array in sorted(inputs.items()):
        raw = to_bytes(array)
        head = f"{len(name)}:{name} {datatype_of(array)} {list(array.shape)} {len(raw)}\n"
        found.update(head.encode())
        found.update(raw)
    return found.digest()


class ResponseCache:
    """The answers of one tier: where another one is the first that works, what was kept is forgotten."""

    def __init__(self, size: int) -> None:
        """`size` is how many bytes it takes at most."""
        self._size = size
        self._taken = 0
        self._answers: OrderedDict[bytes, tuple[Answer, int]] = OrderedDict()
        self._tier = ""

    def get(self, key: bytes, tier: str) -> Answer | None:
        """What `tier` answered before."""
        self._belong_to(tier)
        found = self._answers.get(key)
        if found is None:
            return None
        self._answers.move_to_end(key)
        return found[0]

    def put(self, key: bytes, answer: Answer, tier: str) -> None:
        """Keep an answer where it is `tier`'s, the first that works; what a lower one says is a makeshift."""
        self._belong_to(tier)
        size = _ENTRY + sum(_size(array) for array in answer.outputs.values())
        if answer.tier != tier or size > self._size or key in self._answers:
            return
        # A copy: the array may be a part of a whole batch's, which would be kept with it.
        outputs = {name: array.copy() for name, array in answer.outputs.items()}
        self._answers[key] = (Answer(outputs, answer.tier, answer.digest), size)
        self._taken += size
        while self._taken > self._size:
            self._taken -= self._answers.popitem(last=False)[1][1]

    @property
    def taken(self) -> int:
        """Bytes that are taken."""
        return self._taken

    def _belong_to(self, tier: str) -> None:
        if tier != self._tier:
            self._answers.clear()
            self._taken, self._tier = 0, tier


def _size(array: NDArray[Any]) -> int:
    if array.dtype.kind != "O":
        return int(array.nbytes)
    return sum(64 + len(value) for value in array.ravel())
