"""Whether a tier can be had, found out in a process of its own.

A driver that is missing does not raise, it ends the process: TensorRT's runtime dies by SIGSEGV without one. So
a child opens the tier, asks it as often as the configuration says and what it has golden answers for, and the
server looks at how it ended.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

from edgewright_runtime.chain import batch_of, check_outputs
from edgewright_runtime.config import Config, read_config
from edgewright_runtime.golden import check_golden
from edgewright_runtime.protocol.request import signature_of
from edgewright_runtime.tiers.opening import open_tier, warm_up_inputs

LIMIT: Final = 3600.0
"""Seconds that a child may take: an engine that is built on the device takes a quarter of an hour and more."""


RULE_LIMIT: Final = 30.0
"""Seconds that a child may take for a rule, which is plain Python: while it is tried, nobody is answered."""


@dataclass(frozen=True, slots=True)
class Probed:
    """What a child found: `fault` says why the tier cannot be had, and is empty where it can."""

    fault: str = ""
    opened: float = 0.0
    slowest: float = 0.0


def probe(config_file: Path, tier: str, limit: float = LIMIT) -> Probed:
    """Open a tier in a child process and ask it."""
    command = [sys.executable, "-m", "edgewright_runtime.probe", str(config_file), tier]
    try:
        ended = subprocess.run(
            command, capture_output=True, timeout=limit, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return Probed(f"no answer within {limit:g} s")
    if ended.returncode < 0:
        return Probed(f"it ends its process by {signal.Signals(-ended.returncode).name}")
    try:
        return Probed(**json.loads(ended.stdout.splitlines()[-1]))
    except (IndexError, TypeError, ValueError):
        said = ended.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        return Probed(f"it ends its process with code {ended.returncode}: {' '.join(said)[:300]}")


def _try(config: Config, name: str) -> Probed:
    tier_config = next(each for each in config.tiers if each.name == name)
    started = perf_counter()
    tier = open_tier(config, tier_config)
    opened, slowest = perf_counter() - started, 0.0
    signature, inputs = signature_of(config), warm_up_inputs(config)
    for _ in range(max(1, config.warm_up)):
        started = perf_counter()
        check_outputs(tier.run(inputs), signature.outputs, batch_of(inputs, signature))
        slowest = max(slowest, perf_counter() - started)
    if tier_config.model is not None and tier_config.model.golden is not None:
        check_golden(tier, tier_config.model, signature)
    return Probed("", opened, slowest)


def main(arguments: list[str]) -> int:
    """The child: one line of JSON on standard output."""
    config_file, name = arguments
    answers = os.dup(1)
    os.dup2(2, 1)  # what a driver prints is no answer
    try:
        found = _try(read_config(Path(config_file)), name)
    except Exception as error:  # whatever a driver, a runtime or a rule may throw
        found = Probed(" ".join(f"{type(error).__name__}: {error}".split())[:400])
    with os.fdopen(answers, "w", encoding="utf-8") as out:
        out.write(json.dumps({"fault": found.fault, "opened": found.opened, "slowest": found.slowest}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
