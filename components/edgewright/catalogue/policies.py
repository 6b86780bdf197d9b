"""The built-in policies: what anybody's Kyverno can be given as it stands, a folder each in policies/."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any, Final

from edgewright.document.document import read_document

_FOLDER: Final = Path(__file__).parents[1] / "policies"


def built_in_policy(name: str) -> dict[str, Any]:
    """The policy of a name as its file has it; whoever gets it may change it."""
    return copy.deepcopy(_read(name))


@cache
def _read(name: str) -> dict[str, Any]:
    path = _FOLDER / name / f"{name}.yaml"
    value: dict[str, Any] = read_document(path, f"{name}.yaml").value
    return value
