"""From a configuration to a chain that answers, step by step; what health endpoints say meanwhile.

Ready means: every file of the model has the promised digest, at least one tier answers, every tier that does was
warmed up, and the time of its answers is known.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, sleep
from typing import Any, Final

from edgewright_runtime.chain import FIRST_PAUSE, LONGEST_PAUSE, Chain, Link
from edgewright_runtime.config import Config, TierConfig
from edgewright_runtime.log import Log
from edgewright_runtime.probe import LIMIT, RULE_LIMIT, probe
from edgewright_runtime.promise import broken_promises, identities
from edgewright_runtime.protocol.request import signature_of
from edgewright_runtime.tiers.opening import open_tier, warm_up_inputs
from edgewright_runtime.tiers.tier import Tier, TierFault

LEAST_LIMIT: Final = 0.25
"""Seconds that a tier may always take, however fast it was when it was warmed up."""


@dataclass(slots=True)
class Readiness:
    """What is known so far. Written by the thread that starts, read by whoever asks."""

    step: str = "starting"
    faults: list[str] = field(default_factory=list)
    tiers: dict[str, str] = field(default_factory=dict)
    p99: float | None = None
    chain: Chain | None = None
    draining: bool = False

    @property
    def ready(self) -> bool:
        """Whether requests may come."""
        return self.chain is not None and not self.draining

    @property
    def values(self) -> dict[str, Any]:
        """What the readiness endpoint says."""
        values: dict[str, Any] = {"ready": self.ready, "step": "draining" if self.draining else self.step}
        if self.tiers:
            values["tiers"] = self.tiers
        if self.p99 is not None:
            values["warmUpP99Milliseconds"] = round(self.p99 * 1000, 3)
        if self.faults:
            values["faults"] = self.faults
        return values


def get_ready(
    config: Config, config_file: Path, readiness: Readiness, told: Callable[[str, str], None], log: Log
) -> None:
    """Fill `readiness`; the chain comes last, and where the model is not the promised one, never.

    Until then everything is tried again, after a second and then ever less often: a mount can be late, and a GPU be
    full of the server whose place this one takes.
    """
    pause = FIRST_PAUSE
    while not _got_ready(config, config_file, readiness, told, log):
        sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def _got_ready(
    config: Config, config_file: Path, readiness: Readiness, told: Callable[[str, str], None], log: Log
) -> bool:
    readiness.step = "checking the model"
    before = identities(config)
    readiness.faults = broken_promises(config)
    if readiness.faults:
        readiness.step = "the model is not the one that was promised"
        log.event("not-ready", "error", reason=readiness.step, faults=readiness.faults)
        return False
    links: list[Link] = []
    times: list[float] = []
    for tier_config in config.tiers:
        readiness.step = f"trying {tier_config.name}"
        try:
            tier, measured = _opened(config, config_file, tier_config)
        except Exception as error:  # whatever a driver, a runtime or a rule may throw
            readiness.tiers[tier_config.name] = str(error)
            log.event("tier-not-there", "warning", tier=tier_config.name, reason=str(error))
            continue
        readiness.tiers[tier_config.name] = "ready"
        # A rule answers one batch after the other: nobody has to write it for several threads.
        lanes = config.concurrency if tier_config.rule is None else 1
        links.append(Link(tier, _limit(config, measured), lanes=lanes, known=warm_up_inputs(config)))
        times = times or measured  # the first tier is the one that answers
    changed = identities(config) != before  # what was opened may be another than what was checked
    if changed or not links:
        readiness.step = "the model changed while it was opened" if changed else "no tier is to be had"
        log.event("not-ready", "error", reason=readiness.step)
        return False
    readiness.p99 = sorted(times)[max(0, -(-99 * len(times) // 100) - 1)] if times else None
    readiness.step = "ready"
    gc.collect()
    gc.freeze()  # what stays for ever is not looked through again and again while requests wait
    readiness.chain = Chain(links, signature_of(config), told)
    log.event("ready", **{name: value for name, value in readiness.values.items() if name != "step"})
    return True


def _opened(config: Config, config_file: Path, tier_config: TierConfig) -> tuple[Tier, list[float]]:
    """A tier that answered in a child, opened here and warmed up, and how long each answer took."""
    found = probe(config_file, tier_config.name, LIMIT if tier_config.rule is None else RULE_LIMIT)
    if found.fault:
        raise TierFault(found.fault)
    tier = open_tier(config, tier_config)
    inputs, times = warm_up_inputs(config), []
    for _ in range(max(1, config.warm_up)):
        started = perf_counter()
        tier.run(inputs)
        times.append(perf_counter() - started)
    tier.run(warm_up_inputs(config, config.max_batch))
    return tier, times


def _limit(config: Config, times: list[float]) -> float:
    """How long a batch may take before the next tier is asked: what was promised to whoever waits, and where
    nothing was, ten times the slowest answer of the warm-up for each request of a full batch."""
    if config.p99 is not None:
        return max(LEAST_LIMIT, config.p99 * 2)
    return max(LEAST_LIMIT, 10 * max(times) * config.max_batch)
