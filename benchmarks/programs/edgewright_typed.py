"""The Deployments by Edgewright's typed Python: python edgewright_typed.py COUNT [all].

Each workload also gets an account, a configuration, a network policy and a service. They are rendered
either way, because nothing renders less; they are written where `all` is said, and left out where not.
"""

from __future__ import annotations

import sys

from edgewright.artifact.lock import Lock, LockedImage, LockedModel, LockedVariant
from edgewright.catalogue import load
from edgewright.document.emit import emit_documents
from edgewright.errors import FleetError
from edgewright.fleet import (
    Cpu,
    DeviceClass,
    Fleet,
    Host,
    Memory,
    Model,
    Reserve,
    Resources,
    Workload,
    check_fleet,
)
from edgewright.plan import build_plan
from edgewright.render import render

DIGEST = "sha256:" + "ab" * 32


def workload(index: int) -> Workload:
    step = index % 8
    resources = Resources(cpu=Cpu(f"{100 + 50 * step}m"), memory=Memory(f"{256 + 64 * step}Mi"))
    return Workload(model="defects", expose="cluster", resources=resources)


def fleet(count: int) -> Fleet:
    host = Host(arch="amd64", cpu=4096, memory=Memory("1024Ti"))
    gateway = DeviceClass(host=host, reserve=Reserve(cpu=Cpu("1"), memory=Memory("1Gi")))
    return Fleet(
        fleet="acme",
        registry="registry.acme.example/edge",
        device_classes={"gateway": gateway},
        models={"defects": Model(version="1.0.0", source="models/defects.onnx")},
        workloads={f"inspect-{index:04}": workload(index) for index in range(count)},
    )


def lock() -> Lock:
    source = LockedVariant("models/defects.onnx", DIGEST, 100_000, {"amd64": DIGEST}, "fp32", (), ())
    models = {"defects": LockedModel("1.0.0", {"source": source})}
    return Lock(models=models, images={"runtime-cpu": LockedImage(DIGEST)})


def main(count: int, *, everything: bool) -> None:
    catalogue = load()
    wanted = fleet(count)
    plan = build_plan(wanted, catalogue, lock())
    findings = [*check_fleet(wanted, catalogue), *plan.findings]
    errors = [finding for finding in findings if finding.level == "error"]
    if errors:
        raise FleetError(errors)
    bodies = (manifest.body for manifest in render(plan))
    sys.stdout.write(emit_documents(body for body in bodies if everything or body["kind"] == "Deployment"))


main(int(sys.argv[1]), everything="all" in sys.argv[2:])
