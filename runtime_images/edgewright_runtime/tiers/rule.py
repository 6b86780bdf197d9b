"""The last tier: a function `infer` in a Python file of the fleet's, without any model."""

from __future__ import annotations

import hashlib
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edgewright_runtime.tiers.tier import Tensors, TierFault


@dataclass(frozen=True, slots=True)
class RuleTier:
    """A rule that was loaded."""

    name: str
    digest: str
    infer: Callable[[dict[str, object]], Tensors]

    def run(self, inputs: Tensors) -> Tensors:
        """What the rule says."""
        return self.infer(dict(inputs))

    def stop(self) -> None:
        """Python cannot be stopped from outside; a rule is short."""


def load_rule(name: str, file: Path) -> RuleTier:
    """The rule in a file, which has been reviewed with the fleet. Raises TierFault."""
    try:
        source = file.read_bytes()
        module = types.ModuleType("edgewright_rule")
        exec(compile(source, str(file), "exec"), module.__dict__)
    except Exception as error:  # a file of somebody else's: whatever it does
        raise TierFault(f"{file} cannot be loaded: {type(error).__name__}: {error}") from error
    infer = getattr(module, "infer", None)
    if not callable(infer):
        raise TierFault(f"{file} has no function `infer`")
    return RuleTier(name, f"sha256:{hashlib.sha256(source).hexdigest()}", infer)
