"""The last tier: a function `infer` in a Python file of the fleet's, without any model."""

from __future__ import annotations

import hashlib
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgewright_runtime.tiers.tier import Tensors, TierFault


@dataclass(frozen=True, slots=True)
class RuleTier:
    """A rule that was loaded. `outputs` are the names that it has to answer; whatever else it says is left out."""

    name: str
    digest: str
    infer: Callable[[dict[str, object]], Tensors]
    outputs: tuple[str, ...]
    _free: Lock = field(default_factory=Lock)

    def run(self, inputs: Tensors) -> Tensors:
        """What the rule says. It can change neither what it was asked nor, later, what it has answered: both are
        others' by then. Raises TierFault where its last run goes on: it would take a thread each time."""
        if not self._free.acquire(blocking=False):
            raise TierFault("its last run has not ended yet")
        try:
            found = self.infer({name: _frozen(array) for name, array in inputs.items()})
        except Exception:
            raise
        except BaseException as error:  # SystemExit would end the thread, and nobody would hear of it
            raise TierFault(f"it ends itself by {type(error).__name__}") from None
        finally:
            self._free.release()
        if not isinstance(found, Mapping):
            raise TierFault(f"it answers with {type(found).__name__}, not with tensors by their names")
        return {
            name: np.array(found[name]) for name in self.outputs if isinstance(found.get(name), np.ndarray)
        }

    def stop(self) -> None:
        """Python cannot be stopped from outside; a rule is short."""


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    """The same tensor, not to be written to."""
    view: NDArray[Any] = array.view()
    view.flags.writeable = False
    return view


def load_rule(name: str, file: Path, outputs: Sequence[str]) -> RuleTier:
    """The rule in a file, which has been reviewed with the fleet. Raises TierFault."""
    try:
        source = file.read_bytes()
        module = types.ModuleType("edgewright_rule")
        exec(compile(source, str(file), "exec"), module.__dict__)
    except BaseException as error:  # a file of somebody else's: whatever it does
        raise TierFault(f"{file} cannot be loaded: {type(error).__name__}: {error}") from error
    infer = getattr(module, "infer", None)
    if not callable(infer):
        raise TierFault(f"{file} has no function `infer`")
    return RuleTier(name, f"sha256:{hashlib.sha256(source).hexdigest()}", infer, tuple(outputs))
