"""No field silently does nothing: it changes what comes out, or it is named as not rendered yet."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.small import GONE, changed, plan_of, smallest
from tests.strategies import PUBLIC_KEY, RULE, digest, locked_variant

from edgewright.artifact.lock import Lock, LockedCalibration, LockedFile, LockedImage, LockedModel
from edgewright.artifact.lock_file import lock_values
from edgewright.assembly import Assembled, assemble
from edgewright.errors import FieldPath
from edgewright.fleet import Fleet
from edgewright.fleet.fields import part_of, walk
from edgewright.render import files_of, not_rendered_yet

Path_ = tuple[str | int, ...]

LIMITS = {"accuracyDrop": "3pp", "latencyIncrease": "50%", "errorRate": "5%"}
STAGE = {"ring": "canary", "upTo": "1%", "soak": "24h", "abortWhen": LIMITS}
KEYLESS = {"keyless": {"issuer": "https://issuer.example", "subject": "me"}}
TRAFFIC = [{"cidr": "10.0.0.0/8", "port": 443, "protocol": "TCP"}]
SHARES = ("gpuMemory", "memory", "cpuThrottling")
PARTS = ("kyverno", "argoRollouts", "flux", "prometheus", "nvidiaDevicePlugin")
SMALL = {"cpu": 1, "memory": "1Gi", "ephemeralStorage": "2Gi", "engineCache": "2Gi"}
SAID: dict[str, Any] = {
    "rollout": "careful",
    "expose": "cluster",
    "load": {"requests": "5/s", "labelled": "5%"},
    "latency": {"p99": "40ms", "stated": {"onnxruntime-cpu/small": "9ms"}},
    "draw": "14W",
    "batching": {"maxBatch": 8, "window": "2ms", "concurrency": 2},
    "threads": 1,
    "grpc": True,
    "responseCache": "64Mi",
    "startup": {"load": "60s", "warmUp": 1000, "engineBuild": "15m"},
    "shutdown": {"grace": "90s"},
    "whenUnsure": {"below": "85%", "escalateTo": "https://hub.example/v2/models/digits", "keep": "1Gi"},
    "rule": "rules/one.py",
    "runtime": "server",
    "tiers": ["onnxruntime-cpu/small", "rule"],
    "resources": {**SMALL, "gpu": 0},
}
BASE: dict[str, Any] = {
    "apiVersion": "edgewright.dev/v1alpha1",
    "fleet": "acme",
    "registry": "registry.example/edge",
    "platform": {**dict.fromkeys(PARTS, "1.0.0"), "kyverno": "1.19.0"},
    "deviceClasses": {
        "box": {
            "host": {"arch": "amd64", "cpu": 4, "memory": "8Gi", "gpu": "nvidia-l4", "gpus": 1, "numaNodes": 1},
            "software": {"k3s": "v1.36.2+k3s1", "driver": "580.82.07", "os": "debian-13"},
            "gpuSharing": {"strategy": "time-slicing", "replicas": 2},
            "cpuManager": {"policy": "static", "topology": "single-numa-node"},
            "storage": "64Gi",
            "power": {"budget": "100W", "rest": "10W", "idle": "20W"},
            "battery": {"capacity": "1kWh", "lasts": "8h"},
            "reserve": {"cpu": 1, "memory": "2Gi", "storage": "12Gi"},
            "signatureGate": "delivery",
            "devices": 1000,
            "link": {"bandwidth": "20Mbit/s", "window": "8h"},
            "offline": False,
        },
        "cam": {
            "board": "jetson-orin-nx-16gb",
            "software": {"jetpack": "6.2"},
            "powerMode": "25W",
            "reserve": {"cpu": 1, "memory": "2Gi"},
            "signatureGate": "admission",
        },
        "mig": {
            "host": {"arch": "amd64", "cpu": 4, "memory": "8Gi", "gpu": "nvidia-a30"},
            "software": {"driver": "580.82.07"},
            "gpuSharing": {"strategy": "mig", "profile": "1g.6gb"},
            "power": {"rest": "10W", "idle": "5W"},
            "battery": {"capacity": "1kWh", "lasts": "1h"},
        },
    },
    "models": {
        "digits": {
            "version": "1.0.0",
            "license": "Apache-2.0",
            "source": "models/digits",
            "measured": "models/measured.csv",
            "evaluation": {"golden": "models/golden.npz", "metric": "accuracy", "floor": "90%"},
            "variants": {
                "small": {
                    "precision": "int8",
                    "source": "models/digits/small.onnx",
                    "calibration": {"data": "models/c.npz", "method": "minmax", "perChannel": True},
                    "maxDrop": "1pp",
                }
            },
        },
        "other": {"version": "1.0.0", "source": "models/other"},
    },
    "runtimes": {
        "server": {
            "backends": ["onnxruntime-cpu"],
            "images": {"jetpack6": "server-jetpack", "amd64-cuda13": "server-cuda", "amd64": "server"},
            "tag": "1.4",
        }
    },
    "workloads": {
        "read": {**SAID, "model": "digits", "on": {"cam": {}, "box": {**SAID, "model": "digits"}, "mig": {}}},
        "more": {
            "model": "other",
            "runtime": "server",
            "resources": {"cpu": "100m", "memory": "64Mi", "gpu": 1},
            "on": {"cam": {}},
        },
    },
    "rollouts": {
        "careful": {
            "stages": [STAGE, {"ring": "everyone", "upTo": "100%"}],
            "against": {"accuracy": "91%", "p99": "30ms"},
            "unreachable": {"tolerate": "5%"},
            "onAbort": "rollback",
        }
    },
    "security": {
        "registries": ["registry.example/edge/**"],
        "signatures": [
            {"images": ["registry.example/edge/**"], "anyOf": [{"key": "keys/one.pub"}]},
            {"images": ["elsewhere.example/*"], "anyOf": [KEYLESS]},
        ],
        "pods": "restricted",
        "network": {
            "default": "deny",
            "allow": {"egress": TRAFFIC, "ingress": TRAFFIC},
        },
        "policies": ["require-digests"],
    },
    "delivery": {"engine": "flux", "interval": "10m"},
    "monitoring": {
        "scrapeInterval": "15s",
        "alerts": {
            "gpuTemperature": {"warning": "75C", "critical": "83C"},
            **{name: {"warning": "70%", "critical": "90%"} for name in SHARES},
            "restartsPerHour": {"warning": 2, "critical": 5},
        },
        "requestLog": {"sample": "0.1%"},
        "tracing": {"endpoint": "http://collector.monitoring.svc:4318/v1/traces", "sample": "1%"},
    },
}  # fmt: skip

WORKLOAD: dict[str, Any] = {
    "model": "other",
    "rollout": "quick",
    "expose": "none",
    "load.requests": "6/s",
    "load.labelled": "1%",
    "latency.p99": "90ms",
    "draw": "900W",
    "latency.stated": {"onnxruntime-cpu/small": "8ms"},
    "batching.maxBatch": 9,
    "batching.window": "3ms",
    "batching.concurrency": 3,
    "threads": 2,
    "grpc": False,
    "responseCache": "65Mi",
    "startup.load": "300s",
    "startup.warmUp": 2000,
    "startup.engineBuild": "30m",
    "shutdown.grace": "91s",
    "whenUnsure.below": "86%",
    "whenUnsure.escalateTo": "https://other.example/v2",
    "whenUnsure.keep": "2Gi",
    "rule": "rules/two.py",
    "runtime": "cpu",
    "tiers": ["rule", "onnxruntime-cpu/small"],
    "resources.cpu": 2,
    "resources.memory": "2Gi",
    "resources.gpu": 1,
    "resources.ephemeralStorage": "3Gi",
    "resources.engineCache": "3Gi",
}
ALERTS = {"gpuTemperature": ("76C", "84C"), "restartsPerHour": (3, 6)}
OTHER: dict[str, Any] = {
    "fleet": "other",
    "registry": "registry.example/edge/below",
    **{f"platform.{name}": "9.9.9" for name in BASE["platform"]},
    "deviceClasses.*.board": "jetson-orin-nx-8gb",
    "deviceClasses.*.host.arch": "arm64",
    "deviceClasses.*.host.cpu": 1,
    "deviceClasses.*.host.memory": "1Gi",
    "deviceClasses.*.host.gpu": "nvidia-l4",
    "deviceClasses.*.host.gpus": 2,
    "deviceClasses.*.host.numaNodes": 4,
    "deviceClasses.*.software.k3s": "v1.37.1+k3s1",
    "deviceClasses.*.software.jetpack": "5.1",
    "deviceClasses.*.software.driver": "470.1",
    "deviceClasses.*.software.os": "debian-12",
    "deviceClasses.*.powerMode": "15W",
    "deviceClasses.*.gpuSharing.strategy": "mps",
    "deviceClasses.*.gpuSharing.replicas": 3,
    "deviceClasses.*.gpuSharing.profile": "2g.12gb",
    "deviceClasses.*.reserve.cpu": "1100m",
    "deviceClasses.*.reserve.memory": "3Gi",
    "deviceClasses.*.reserve.storage": "63Gi",
    "deviceClasses.*.cpuManager.policy": "none",
    "deviceClasses.*.cpuManager.topology": "none",
    "deviceClasses.*.storage": "1Gi",
    "deviceClasses.*.power.budget": "1W",
    "deviceClasses.*.power.peak": "900W",
    "deviceClasses.*.power.rest": "900W",
    "deviceClasses.*.power.idle": "900W",
    "deviceClasses.*.battery.capacity": "1Wh",
    "deviceClasses.*.battery.lasts": "9d",
    "deviceClasses.*.signatureGate": "admission",
    "deviceClasses.*.devices": 2000,
    "deviceClasses.*.link.bandwidth": "10Mbit/s",
    "deviceClasses.*.link.window": "9h",
    "deviceClasses.*.stick": "32G",
    "deviceClasses.*.offline": True,
    "catalogue": "hardware.json",
    "inventory": "inventory.csv",
    "models.*.version": "1.0.1",
    "models.*.license": "MIT",
    "models.*.source": "models/elsewhere",
    "models.*.measured": "models/other.csv",
    "models.*.evaluation.golden": "models/other.npz",
    "models.*.evaluation.floor": "99%",
    "models.*.variants.*.precision": "fp32",
    "models.*.variants.*.source": "models/other.onnx",
    "models.*.variants.*.calibration.data": "models/d.npz",
    "models.*.variants.*.calibration.method": "entropy",
    "models.*.variants.*.calibration.perChannel": False,
    "models.*.variants.*.maxDrop": "0.1pp",
    "runtimes.*.backends": ["onnxruntime-cpu", "tensorrt"],
    "runtimes.*.images": {"jetpack6": "x", "amd64-cuda13": "y", "amd64": "z"},
    "runtimes.*.tag": "1.5",
    **{f"workloads.*.{name}": value for name, value in WORKLOAD.items()},
    **{f"workloads.*.on.*.{name}": value for name, value in WORKLOAD.items()},
    "rollouts.*.stages.0.ring": "first",
    "rollouts.*.stages.0.upTo": "2%",
    "rollouts.*.stages.0.soak": "25h",
    "rollouts.*.stages.0.abortWhen.accuracyDrop": "4pp",
    "rollouts.*.stages.0.abortWhen.latencyIncrease": "51%",
    "rollouts.*.stages.0.abortWhen.errorRate": "6%",
    "rollouts.*.against.accuracy": "92%",
    "rollouts.*.against.p99": "31ms",
    "rollouts.*.unreachable.tolerate": "6%",
    "rollouts.*.onAbort": "pause",
    "security.registries": ["registry.example/**"],
    "security.signatures.0.images": ["registry.example/**"],
    "security.signatures.0.anyOf.0.key": "keys/two.pub",
    "security.signatures.0.anyOf.0.keyless.issuer": "https://other.example",
    "security.signatures.0.anyOf.0.keyless.subject": "you",
    "security.pods": "baseline",
    "security.network.default": "allow",
    **{
        f"security.network.allow.{way}.0.{name}": value
        for way in ("egress", "ingress")
        for name, value in (("cidr", "11.0.0.0/8"), ("port", 444), ("protocol", "UDP"))
    },
    "security.policies": ["require-probes"],
    "delivery.engine": "argocd",
    "delivery.interval": "11m",
    "monitoring.scrapeInterval": "16s",
    "monitoring.requestLog.sample": "0.2%",
    "monitoring.tracing.endpoint": "http://collector.other.svc:4318/v1/traces",
    "monitoring.tracing.sample": "2%",
    **{
        f"monitoring.alerts.{name}.{level}": value
        for name in BASE["monitoring"]["alerts"]
        for level, value in zip(("warning", "critical"), ALERTS.get(name, ("71%", "91%")), strict=True)
    },
}
"""Every leaf of the language ⇒ another value, as good as the one that BASE has."""

READ: Path_ = ("workloads", "read")
BUILDS: dict[Path_, Any] = {
    ("runtimes", "server", "backends"): ["onnxruntime-cpu", "tensorrt"],
    ("workloads", "more", "resources", "gpu"): 0,
    **{
        (*path, *below): value
        for path in (READ, (*READ, "on", "box"))
        for below, value in ((("tiers",), ["tensorrt/small"]), (("resources", "gpu"), 1))
    },
}
"""The tier that an engine is built for: without one, there is nothing to wait for."""

ONE_VALUE = {"apiVersion", "models.*.evaluation.metric"}

MADE_BY = "models.*.variants.*.calibration."
"""What variants are made by, before anything is rendered: tests/workshop/test_making.py shows what it does."""

_IDENTITY = "security.signatures.0.anyOf.0.keyless"
WHERE: dict[str, tuple[str, ...]] = {
    "deviceClasses.*.board": ("cam",),
    "deviceClasses.*.host.gpu": ("mig",),
    "deviceClasses.*.software.jetpack": ("cam",),
    "deviceClasses.*.powerMode": ("cam",),
    "deviceClasses.*.gpuSharing.profile": ("mig",),
}
NAMES: dict[str, tuple[str, ...]] = {
    "deviceClasses": ("box",),
    "models": ("digits", "small"),
    "runtimes": ("server",),
    "workloads": ("read", "box"),
    "rollouts": ("careful",),
}


def concrete(pattern: str) -> Path_:
    """The path of a pattern in BASE, whose second signer is the one without a key."""
    steps = pattern.split(".")
    names = iter(WHERE.get(pattern, NAMES.get(steps[0], ())))
    path: list[str | int] = [next(names) if step == "*" else 0 if step == "0" else step for step in steps]
    if pattern.startswith(_IDENTITY):
        path[2] = 1
    return tuple(path)


def leaves() -> set[str]:
    found = set()
    for path, field in walk(Fleet):
        if part_of(field.annotation) is None:
            found.add(".".join(map(str, path)))
    return found - ONE_VALUE


def test_every_field_of_the_language_is_tried() -> None:
    assert set(OTHER) == leaves()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What lies beside the fleet."""
    folder = tmp_path_factory.mktemp("fleet")
    for name in ("keys", "rules"):
        (folder / name).mkdir()
    (folder / "keys/one.pub").write_text(PUBLIC_KEY)
    (folder / "keys/two.pub").write_text(PUBLIC_KEY.replace("E48R", "F48R"))
    (folder / "rules/one.py").write_text(RULE)
    (folder / "rules/two.py").write_text(RULE + "# other\n")
    image = {"server-jetpack": {"onnxruntime": "1.23.0", "sources": ["our bench"]}}
    image["runtime-cpu"] = image["server-jetpack"]  # in place of the built-in one, which is said
    (folder / "hardware.json").write_text(json.dumps({"images": image}))
    (folder / "inventory.csv").write_text("name,class\na,box\nb,box\nc,cam\nm,mig\n")
    variants = {
        "source": locked_variant("models/digits/model.onnx", accuracy=950_000),
        "small": locked_variant(
            "models/digits/small.onnx",
            "int8",
            accuracy=945_000,
            calibration=LockedCalibration("minmax", True, LockedFile("models/c.npz", digest("c"), 10)),
        ),
    }
    golden = LockedFile("models/golden.npz", digest("golden"), 10)
    measured = LockedFile("models/measured.csv", digest("measured"), 10)
    models = {
        "digits": LockedModel("1.0.0", variants, golden=golden, measured=measured, license="Apache-2.0"),
        "other": LockedModel("1.0.0", {"source": locked_variant("models/other/model.onnx")}),
    }
    names = ("server", "server-cuda", "server-jetpack", "runtime-cpu", "x", "y", "z")
    images = {
        name: LockedImage(digest(name), tag="1.4" if name.startswith("server") else "latest")
        for name in names
    }
    (folder / "fleet.lock").write_text(json.dumps(lock_values(Lock(models, images))))
    return folder


def assembled(folder: Path, values: dict[str, Any]) -> Assembled:
    file = folder / "fleet.yaml"
    file.write_text(json.dumps(values))
    return assemble(file, today=date(2026, 11, 1), unlocked=True)


def outcome(made: Assembled) -> object:
    """Everything that a user sees of it but for what is named as not rendered yet."""
    assert made.plan is not None
    findings = {
        (each.rule, each.path, each.message) for each in made.findings if each.rule != "not-rendered-yet"
    }
    rings = {planned.name: [ring.devices for ring in planned.rings] for planned in made.plan.classes}
    proofs = [
        (each.class_name, each.workload, each.what, each.needed, each.available)
        for planned in made.plan.classes
        for each in planned.proofs
    ]
    return files_of(made.plan, made.manifests), findings, rings, proofs


def named(made: Assembled) -> list[FieldPath]:
    return [each.path for each in made.findings if each.rule == "not-rendered-yet"]


def test_the_base_renders(folder: Path) -> None:
    made = assembled(folder, BASE)
    assert made.manifests, [each for each in made.findings if each.level == "error"]
    told = {"gate-loses", "not-rendered-yet", "no-effect", "size-unknown", "threads-over-cpu"}
    assert {each.rule for each in made.findings} <= told


@pytest.mark.parametrize("pattern", sorted(each for each in OTHER if not each.startswith(MADE_BY)))
def test_a_field_does_something_or_is_named(pattern: str, folder: Path) -> None:
    path = concrete(pattern)
    base = changed(BASE, BUILDS) if path[-1] == "engineBuild" else BASE
    before = assembled(folder, base)
    after = assembled(folder, changed(base, {path: OTHER[pattern]}))
    if outcome(before) == outcome(after):
        starts = [start for start in (*named(before), *named(after)) if path[: len(start)] == start]
        assert starts, f"{pattern} silently does nothing"


NAMED = (
    "platform",
    "deviceClasses.*.software.driver",
    "deviceClasses.*.software.os",
    "deviceClasses.*.gpuSharing.profile",
    "workloads.*.load",
    "rollouts.*.unreachable",
    "security.policies",
    "security.registries",
    "monitoring.scrapeInterval",
    "monitoring.alerts",
)


def test_what_is_named_is_named_at_its_field(folder: Path) -> None:
    made = assembled(folder, BASE)
    assert {concrete(pattern) for pattern in NAMED} <= set(named(made))
    assert all(each.level == "info" for each in made.findings if each.rule == "not-rendered-yet")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({("delivery", "engine"): "ocm"}, ("delivery", "engine")),
        ({("rollouts", "careful", "onAbort"): "pause"}, ("rollouts", "careful", "onAbort")),
        ({("rollouts", "careful", "stages", 1, "soak"): "1h"}, ("rollouts", "careful", "stages", 1, "soak")),
        (
            {
                ("deviceClasses", "box", "offline"): True,
                ("deviceClasses", "box", "signatureGate"): "bundle",
                ("deviceClasses", "box", "link"): GONE,
            },
            ("deviceClasses", "box", "offline"),
        ),
        (
            {("deviceClasses", "cam", "signatureGate"): "delivery"},
            ("security", "signatures", 1, "images"),
        ),
    ],
)  # fmt: skip
def test_what_is_named_once_it_is_written(change: dict[Path_, Any], path: Path_, folder: Path) -> None:
    assert path not in named(assembled(folder, BASE))
    assert path in named(assembled(folder, changed(BASE, change)))


@pytest.mark.parametrize(
    ("gates", "listed"),
    [
        (("admission", "admission"), None),
        (("admission", "delivery"), "which `c1` has not"),
        (("delivery", "delivery"), "which `c0`, `c1` have not"),
        (("delivery",) * 5, "which `c0`, `c1`, `c2` and 2 more have not"),
    ],
)
def test_registries_are_named_with_the_classes_that_do_not_enforce_them(
    gates: tuple[str, ...], listed: str | None
) -> None:
    classes = {
        f"c{index}": {"board": "intel-n100-8gb", "signatureGate": gate} for index, gate in enumerate(gates)
    }
    values = smallest(deviceClasses=classes, security={"registries": ["registry.example/**"]})
    messages = [each.message for each in not_rendered_yet(plan_of(values)) if each.path[-1] == "registries"]
    assert len(messages) == (listed is not None)
    assert all(listed in message for message in messages if listed)


def test_defaults_are_not_named(folder: Path) -> None:
    assert named(assembled(folder, smallest())) == []
