"""What the tiers of a workload take in memory, from the figures that fleet.lock has of their models.

The server keeps every tier of its configuration loaded, so that a fallback answers at once; its tiers are
summed, therefore, each with its own buffers. docs/memory.md has the formula and how it was measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.artifact.lock import LockedMemory
from edgewright.catalogue import Catalogue, Footprint
from edgewright.plan.plan import Deployed, PlannedTier
from edgewright.plan.tiers import RULE

SESSION_BYTES = 4 << 20
"""What a session takes beside weights and buffers: its graph and its kernels. Measured: under 2 MB."""

RUNS_FIFTHS = 13
"""Fifths of a run's memory that a session on the CPU holds: the first run leaves its buffers in the arena,
later ones have theirs in one planned block beside it, and up to three tenths are lost to gaps."""


ANOTHER_RUN_FIFTHS = 10
"""Fifths of a run's memory for each further batch that is answered at the same time. Measured: 8.4
at most."""


def session_bytes(memory: LockedMemory, batch: int, concurrency: int = 1) -> int | None:
    """The peak of a session of ONNX Runtime on the CPU, without the process that it is in; None where
    nobody knows how much a run takes."""
    run = memory.activations(batch)
    if run is None:
        return None
    fifths = RUNS_FIFTHS + ANOTHER_RUN_FIFTHS * (concurrency - 1)
    return SESSION_BYTES + max(memory.loading, memory.held - (-fifths * run // 5))


def device_bytes(footprint: Footprint, memory: LockedMemory, batch: int, concurrency: int = 1) -> int | None:
    """What a tier keeps in the accelerator's memory, without the context of its process."""
    run = memory.activations(batch)
    if run is None:
        return None
    return -(-footprint.device_weights_percent * memory.weights // 100) + run * concurrency


def host_bytes(footprint: Footprint, memory: LockedMemory, batch: int, concurrency: int = 1) -> int | None:
    """What a tier takes of the host's memory: a session on the CPU, or the weights on their way to a card."""
    if footprint.context_bytes:
        return None if memory.fixed is None else SESSION_BYTES + memory.weights
    return session_bytes(memory, batch, concurrency)


def known_tiers(
    deployed: Deployed, catalogue: Catalogue
) -> tuple[tuple[PlannedTier, Footprint, LockedMemory], ...] | None:
    """The tiers that load a model, with their figures; None where one of them has none."""
    found = []
    for tier in deployed.tiers:
        if tier.backend == RULE:
            continue
        footprint = catalogue.footprints.get(tier.backend)
        memory = tier.locked.memory if tier.locked else None
        if footprint is None or memory is None or memory.fixed is None:
            return None
        found.append((tier, footprint, memory))
    return tuple(found) or None


def on_device(deployed: Deployed, catalogue: Catalogue) -> Iterator[tuple[str, int]]:
    """What a workload takes of the accelerator's memory, by name; nothing where figures are missing."""
    tiers = [each for each in known_tiers(deployed, catalogue) or () if each[1].context_bytes]
    if not tiers:
        return
    yield "context", max(footprint.context_bytes for _, footprint, _ in tiers)
    for tier, footprint, memory in tiers:
        yield tier.tier, device_bytes(footprint, memory, *_batches(deployed)) or 0


def on_host(deployed: Deployed, catalogue: Catalogue) -> Iterator[tuple[str, int]]:
    """What a workload takes of the host's memory, by name; nothing where figures are missing."""
    tiers = known_tiers(deployed, catalogue)
    if not tiers:
        return
    yield "server", max(footprint.process_bytes for _, footprint, _ in tiers)
    for tier, footprint, memory in tiers:
        yield tier.tier, host_bytes(footprint, memory, *_batches(deployed)) or 0


def _batches(deployed: Deployed) -> tuple[int, int]:
    """How large they get, and how many there are at a time."""
    return deployed.batching.max_batch, deployed.batching.concurrency
