"""The example fleet, as everything here tries it."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from edgewright.assembly import Assembled, assemble  # noqa: E402
from edgewright.errors import Finding  # noqa: E402
from edgewright.ship.tools import Tool, find_tool  # noqa: E402


@pytest.fixture(scope="session")
def example() -> Assembled:
    """The fleet of the repository, rendered; what is not locked has digests that nobody has."""
    return assemble(ROOT / "fleet.yaml", today=date(2026, 11, 1), unlocked=True)


def _tool(name: str) -> Tool:
    found = find_tool(name)
    if isinstance(found, Finding):
        pytest.skip(f"{found.message}: {found.remedy}")
    return found


@pytest.fixture(scope="session")
def kyverno() -> Tool:
    """The real Kyverno."""
    return _tool("kyverno")


@pytest.fixture(scope="session")
def registry() -> Tool:
    """The real registry."""
    return _tool("registry")
