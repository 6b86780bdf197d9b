"""The inputs that the model was least sure of, kept in a folder for somebody to label: what it learns most from.

Each is an .npz file with a line of JSON beside it, and its name begins with how sure the answer was, in millionths:
a start needs no more than the names. Within so many bytes; where there is no room, the surest goes. All of it is
done in a thread, behind a queue that drops what is too much: no request waits, and none fails.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import re
import threading
import time
from bisect import insort
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import Full, Queue
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edgewright_runtime.protocol.datatypes import to_bytes

_NAME: Final = re.compile(r"((\d{7})-([0-9a-f]{32}))\.(npz|json)(\.part)?")
_WAITING: Final = 64
_PENDING: Final = 32 << 20
"""Inputs, and bytes of them, that wait to be written at most."""

_REST: Final = 4
"""How many times as long as it works the thread rests: a fifth of a core is the most that requests lose to it."""

_log = logging.getLogger("edgewright")


@dataclass(frozen=True, slots=True)
class Uncertain:
    """One input with the scores of its answer. `certainty` is between 0 and 1."""

    inputs: dict[str, NDArray[Any]]
    scores: NDArray[Any]
    certainty: float
    tier: str

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return sum(int(array.nbytes) for array in self.inputs.values())


_Kept: TypeAlias = "tuple[int, str, int]"
"""How sure in millionths, name without the ending, bytes of both files: in this order, the surest last."""


class Reservoir:
    """`told(outcome)` hears of each input: `kept`, `dropped` (no time to write it) or `failed` (no room on disk).
    Where `below` is given, an input is kept only if its answer was less sure than that, between 0 and 1."""

    def __init__(
        self, folder: Path, size: int, told: Callable[[str], None], below: float | None = None
    ) -> None:
        self._folder = folder
        self._size = size
        self._told = told
        self._queue: Queue[Uncertain | None] = Queue(_WAITING)
        self._pending = 0
        self._lock = threading.Lock()
        self._kept: list[_Kept] = []
        self._digests: set[str] = set()
        self._taken = 0
        self._found = False
        self._stopping = threading.Event()
        self._failing = False
        self._below = 2.0 if below is None else below
        self._full_at = self._below
        self._thread = threading.Thread(target=self._write_all, daemon=True, name="reservoir")
        self._thread.start()

    @property
    def taken(self) -> int:
        """Bytes that lie in the folder."""
        return self._taken

    def wants(self, certainty: float) -> bool:
        """Whether an input can be among the least certain."""
        return certainty < self._full_at

    def offer(self, each: Uncertain) -> None:
        """Keep an input where it is among the least certain. Returns at once, and never fails."""
        with self._lock:
            if self._pending + each.size > _PENDING:
                self._told("dropped")
                return
            self._pending += each.size
        try:
            self._queue.put_nowait(each)
        except Full:
            self._done(each)
            self._told("dropped")

    def stop(self, seconds: float = 0.5) -> None:
        """Write what waits, for a while."""
        self._stopping.set()
        with suppress(Full):
            self._queue.put(None, timeout=seconds)
            self._thread.join(seconds)

    def _write_all(self) -> None:
        self._safely(self._find)
        while (each := self._queue.get()) is not None:
            started = time.perf_counter()
            self._safely(partial(self._keep, each))
            self._done(each)
            self._stopping.wait(_REST * (time.perf_counter() - started))

    def _done(self, each: Uncertain) -> None:
        with self._lock:
            self._pending -= each.size

    def _safely(self, step: Callable[[], None]) -> None:
        """Whatever the disk does: one line when it begins, one when it ends."""
        try:
            step()
        except Exception as error:  # a tensor that cannot be written is no worse than a disk that is full
            self._told("failed")
            if not self._failing:
                reason = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
                _log.warning("uncertain inputs cannot be kept in %s: %s", self._folder, reason)
            self._failing = True

    def _find(self) -> None:
        """What lies there from before; what was cut off while it was written goes away."""
        self._kept, self._digests, self._taken = [], set(), 0
        self._folder.mkdir(parents=True, exist_ok=True)
        sizes = {
            each.name: each.stat().st_size for each in self._folder.iterdir() if _NAME.fullmatch(each.name)
        }
        for name, size in sizes.items():
            stem, certainty, digest, ending, part = _NAME.fullmatch(name).groups()  # type: ignore[union-attr]
            if part or f"{stem}.json" not in sizes or f"{stem}.npz" not in sizes:
                (self._folder / name).unlink()
            elif ending == "npz":
                self._add((int(certainty), stem, size + sizes[f"{stem}.json"]), digest)
        self._make_room(0)
        self._found = True

    def _keep(self, each: Uncertain) -> None:
        if not self._found:
            self._find()
        raw = _npz(each.inputs)
        digest = hashlib.sha256(raw).hexdigest()[:32]
        name = f"{round(each.certainty * 1_000_000):07d}-{digest}"
        line = json.dumps(_line(each)).encode() + b"\n"
        entry: _Kept = (int(name[:7]), name, len(raw) + len(line))
        if digest in self._digests or not self._has_room(entry):
            return
        self._make_room(entry[2])
        self._write(f"{name}.json", line)
        try:
            self._write(f"{name}.npz", raw)  # last: what has this file is whole
        except OSError:
            (self._folder / f"{name}.json").unlink(missing_ok=True)
            raise
        self._add(entry, digest)
        self._told("kept")
        if self._failing:
            _log.warning("uncertain inputs are kept in %s again", self._folder)
        self._failing = False

    def _add(self, entry: _Kept, digest: str) -> None:
        insort(self._kept, entry)
        self._digests.add(digest)
        self._taken += entry[2]

    def _has_room(self, entry: _Kept) -> bool:
        """Whether an input fits, where those that are surer go."""
        free = self._size - self._taken
        for certainty, _, size in reversed(self._kept):
            if free >= entry[2] or certainty <= entry[0]:
                break
            free += size
        if free < entry[2] <= self._size and self._kept:
            self._full_at = min(self._below, self._kept[-1][0] / 1_000_000)
        return free >= entry[2]

    def _make_room(self, size: int) -> None:
        while self._kept and self._taken + size > self._size:
            _, name, freed = self._kept[-1]
            for ending in (".npz", ".json"):
                (self._folder / f"{name}{ending}").unlink(missing_ok=True)
            self._kept.pop()
            self._digests.discard(name[8:])
            self._taken -= freed

    def _write(self, name: str, content: bytes) -> None:
        """The file, whole or not at all, also where the power goes off."""
        part = self._folder / f"{name}.part"
        try:
            with part.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(self._folder / name)
        except OSError:
            with suppress(OSError):
                part.unlink()
            raise


def _line(each: Uncertain) -> dict[str, Any]:
    return {
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "tier": each.tier,
        "certainty": round(each.certainty, 6),
        "scores": [round(float(score), 6) for score in each.scores],
    }


def _npz(inputs: dict[str, NDArray[Any]]) -> bytes:
    """The inputs under their names; BYTES as the protocol has them, for numpy would pickle them."""
    stream = io.BytesIO()
    plain = {
        name: np.frombuffer(to_bytes(array), np.uint8) if array.dtype.kind == "O" else array
        for name, array in inputs.items()
    }
    np.savez(stream, **plain)  # type: ignore[arg-type]
    return stream.getvalue()
