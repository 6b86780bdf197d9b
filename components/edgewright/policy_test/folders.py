"""Folders of policies of the user's own, and the tests that lie in them: `kyverno test` asks for what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from edgewright.errors import FieldPath, Finding, FleetError
from edgewright.fleet import Fleet
from edgewright.ship.kyverno import Tried, try_folder
from edgewright.ship.tools import Tool

_POLICIES: FieldPath = ("security", "policies")


def folders_of(fleet: Fleet) -> Iterator[tuple[str, FieldPath]]:
    """Each folder that a fleet names, and where."""
    for index, name in enumerate(fleet.security.policies):
        if name.startswith("./"):
            yield name, (*_POLICIES, index)


@dataclass(frozen=True, slots=True)
class OwnTests:
    """What Kyverno says of the tests in each folder, and what is wrong with them. `refusing` are the policies
    of which a test that holds shows that they refuse something, as they are named there."""

    said: Mapping[str, tuple[Tried, ...]]
    refusing: frozenset[str]
    findings: tuple[Finding, ...]


def try_folders(fleet: Fleet, base: Path, kyverno: Tool) -> OwnTests:
    """What comes of the tests in each folder below `base`."""
    said: dict[str, tuple[Tried, ...]] = {}
    findings: list[Finding] = []
    refusing: set[str] = set()
    for name, path in folders_of(fleet):
        try:
            said[name] = try_folder(kyverno, base / name)
        except FleetError as error:
            findings.append(_failed(f"`{name}` has no tests that Kyverno could run: {error}", path))
            continue
        broken = {each.policy for each in said[name] if not each.holds}
        refusing |= set(_refusing(base / name)) - broken
        for each in said[name]:
            if not each.holds:
                what = f"`{each.policy}` and {each.resource}" if each.resource else f"`{each.policy}`"
                findings.append(_failed(f"a test of `{name}` does not hold, of {what}: {each.reason}", path))
    return OwnTests(said, frozenset(refusing), tuple(findings))


def _refusing(folder: Path) -> Iterator[str]:
    """The policies that a test in a folder wants a refusal of; Kyverno has read the tests before."""
    for file in sorted(folder.rglob("kyverno-test.yaml")):
        for document in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            for result in (document or {}).get("results", []):
                if result.get("result") == "fail":
                    yield result["policy"]


def _failed(message: str, path: FieldPath) -> Finding:
    remedy = "`kyverno test` in that folder shows the rest; each policy needs a kyverno-test.yaml beside it"
    return Finding("policy-test-failed", "error", message, remedy, path, waivable=False)
