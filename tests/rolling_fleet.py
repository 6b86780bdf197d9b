"""A fleet with a rollout, its lock and its inventory in a folder: what the tests of rings begin with."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.strategies import CATALOGUE, PUBLIC_KEY, locked

from edgewright.artifact.lock_file import lock_values
from edgewright.artifact.strict import time_text
from edgewright.assembly import assemble
from edgewright.assembly.publication.classes import class_publications
from edgewright.assembly.rings import read_rings_of, rings_beside
from edgewright.document.emit import emit
from edgewright.fleet import read_fleet
from edgewright.ship.follow import Followed, follow, wanted_tags
from edgewright.ship.registry import Access, Client
from edgewright.ship.signing.keys import PrivateKey
from edgewright.ship.signing.sign import sign

START = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)

FLEET = """\
apiVersion: edgewright.dev/v1alpha1
fleet: tiny
registry: {registry}/tiny
platform: {{argoRollouts: 1.10.1, flux: 2.9.5}}
inventory: stacks/inventory.csv
deviceClasses:
  kiosk: {{board: intel-n100-8gb, reserve: {{cpu: 500m, memory: 1536Mi}}}}
  desk: {{board: intel-n100-16gb, reserve: {{cpu: 500m, memory: 1536Mi}}}}
models:
  digits:
    version: {version}
    source: models/digits.onnx
    evaluation: {{golden: models/digits.npz, metric: accuracy, floor: 90%}}
workloads:
  read:
    model: digits
    rollout: careful
    load: {{requests: 5/s, labelled: 20%}}
    resources: {{cpu: 1, memory: 512Mi}}
rollouts:
  careful:
    stages:
    - {{ring: canary, upTo: 5%, soak: 24h, abortWhen: {{accuracyDrop: 3pp, latencyIncrease: 50%, errorRate: 5%}}}}
    - {{ring: early, upTo: 20%, soak: 72h, abortWhen: {{accuracyDrop: 3pp, latencyIncrease: 50%, errorRate: 5%}}}}
    - {{ring: everyone, upTo: 100%}}
security:
  signatures:
  - images: ["{registry}/tiny/**"]
    anyOf: [{{key: fleet.pub}}]
"""


def write_fleet(
    folder: Path, *, registry: str = "registry.example", version: str = "1.0.0", key: str = PUBLIC_KEY
) -> None:
    """The fleet with everything that it names; another version of the model renders to something else."""
    text = FLEET.format(registry=registry, version=version)
    (folder / "fleet.yaml").write_text(text)
    (folder / "fleet.pub").write_text(key)
    fleet = read_fleet(yaml.safe_load(text), CATALOGUE).fleet
    assert fleet is not None
    (folder / "fleet.lock").write_text(emit(lock_values(locked(fleet))))
    (folder / "stacks").mkdir(exist_ok=True)
    rows = [f"{name}-{number:03},{name}" for name in ("kiosk", "desk") for number in range(100)]
    (folder / "stacks" / "inventory.csv").write_text("\n".join(["name,class", *rows]) + "\n")


def publish(address: str, folder: Path, key: PrivateKey | None) -> dict[str, str]:
    """Push what the fleet renders to now, signed where there is a key: class ⇒ digest. No tag is moved."""
    assembled = assemble(folder / "fleet.yaml", today=START.date())
    assert assembled.plan is not None
    digests: dict[str, str] = {}
    with Client(Access()) as client:
        for each in class_publications(assembled.plan, assembled.manifests):
            if each.kind == "manifests" and each.artifact is not None:
                repository = client.repository(each.repository)
                repository.push(each.artifact)
                if key is not None:
                    sign(repository, each.digest, key)
                digests[each.classes[0]] = each.digest
    return digests


def follow_rings(folder: Path = Path()) -> Followed:
    """What `publish` does at its end: the tags follow stacks/rings.yaml."""
    assembled = assemble(folder / "fleet.yaml", today=START.date())
    assert assembled.plan is not None
    read = read_rings_of(assembled.plan, rings_beside(folder / "fleet.yaml"), START + 999 * DAY)
    assert not read.findings
    with Client(Access()) as client:
        return follow(client, wanted_tags(assembled.plan, read.rings))


def rings(folder: Path = Path()) -> dict[str, Any]:
    """The classes of stacks/rings.yaml as plain values."""
    found: dict[str, Any] = yaml.safe_load((folder / "stacks" / "rings.yaml").read_text())["classes"]
    return found


def write_evidence(
    file: Path, ring: str, start: datetime, end: datetime, devices: dict[str, int], **changes: Any
) -> None:
    """Good figures of a ring, as stacks/rings.yaml beside has it; `changes` are those of the ring's own."""
    classes: dict[str, Any] = {}
    for name, count in devices.items():
        state = rings()[name]["rings"][ring]
        figures = {
            "requests": 200_000,
            "errors": 20,
            "labelled": 40_000,
            "correct": 36_800,
            "p99Microseconds": 30_000,
        }
        workload = {"ring": {"digest": state["digest"], **figures, **changes}}
        if "previous" in state:
            workload["against"] = {"digest": state["previous"]["digest"], **figures}
        classes[name] = {
            "from": time_text(start), "until": time_text(end), "devices": count, "workloads": {"read": workload},
        }  # fmt: skip
    values = {"evidenceVersion": 1, "fleet": "tiny", "rollout": "careful", "ring": ring, "classes": classes}
    file.write_text(json.dumps(values, indent=2))


def at(monkeypatch: pytest.MonkeyPatch, time: datetime) -> None:
    """Let commands be given at a time."""
    monkeypatch.setattr("edgewright.assembly.day.now", lambda: time)
