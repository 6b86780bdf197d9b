"""Fleets by chance: right ones of every kind, with a lock and the small files that they name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from hypothesis import strategies as st

from edgewright.artifact.lock import (
    SOURCE,
    Lock,
    LockedCalibration,
    LockedFile,
    LockedImage,
    LockedModel,
    LockedVariant,
    Tensor,
)
from edgewright.catalogue import Catalogue, load
from edgewright.fleet import Calibration, Fleet, Rollout, read_fleet, runtimes_of
from edgewright.plan import Plan, build_plan

CATALOGUE: Catalogue = load()

PUBLIC_KEY = """\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE48RFFav2m3cIyFDphaVn4FbxovPR
-----END PUBLIC KEY-----
"""
RULE = "def infer(inputs):\n    return {}\n"

names = st.from_regex(r"[a-z]([-a-z0-9]{0,14}[a-z0-9])?", fullmatch=True)
long_names = names | st.from_regex(r"[a-z][-a-z0-9]{61}[a-z0-9]", fullmatch=True)

_L4 = {"arch": "amd64", "cpu": 16, "memory": "64Gi", "gpu": "nvidia-l4"}
CLASSES: tuple[dict[str, Any], ...] = (
    {"board": "jetson-orin-nx-16gb", "software": {"jetpack": "6.2"}},
    {"board": "jetson-orin-nx-16gb"},
    {"host": _L4, "software": {"driver": "580.82.07"}},
    {"host": _L4, "software": {"driver": "470.1"}},
    {"host": {"arch": "arm64", "cpu": 8, "memory": "16Gi"}},
    {"board": "intel-n100-16gb", "software": {"os": "debian-13", "k3s": "v1.37.1+k3s1"}},
    {"board": "raspberry-pi-5-16gb"},
)


@dataclass(frozen=True)
class Drawn:
    """The values of a right fleet, and what lies beside it."""

    values: dict[str, Any]
    lock: Lock

    @property
    def fleet(self) -> Fleet:
        """The fleet, typed."""
        reading = read_fleet(self.values, CATALOGUE)
        assert not reading.findings, reading.findings
        assert reading.fleet is not None
        return reading.fleet

    @property
    def plan(self) -> Plan:
        """The plan, in which nothing may be wrong."""
        plan = build_plan(self.fleet, CATALOGUE, self.lock, texts=TEXTS)
        assert not [each for each in plan.findings if each.level == "error"], plan.findings
        return plan


TEXTS = {"keys/one.pub": PUBLIC_KEY, "keys/two.pub": PUBLIC_KEY, "rules/one.py": RULE}


def digest(text: str) -> str:
    """A digest that stands for some bytes."""
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def locked_variant(file: str, precision: str = "fp32", **other: Any) -> LockedVariant:
    """A form of a model, as if it had been looked at."""
    tensor = Tensor("x", "FP32", (-1, 4))
    artifacts = {each: digest(file + each) for each in ("amd64", "arm64")}
    whole: dict[str, Any] = {
        "artifacts": artifacts,
        "precision": precision,
        "inputs": (tensor,),
        "outputs": (tensor,),
    }
    return LockedVariant(file, digest(file), 1000, **(whole | other))


def locked(fleet: Fleet, *, images: bool = True) -> Lock:
    """A lock of everything that a fleet names."""
    models = {}
    for name, model in fleet.models.items():
        variants = {SOURCE: locked_variant(f"{model.source}/model.onnx")}
        for form, variant in model.variants.items():
            file = variant.source or f"{model.source}/model.{form}.onnx"
            variants[form] = locked_variant(
                file, variant.precision, calibration=_calibrated(variant.calibration)
            )
        golden = None
        if model.evaluation is not None:
            golden = LockedFile(model.evaluation.golden, digest(model.evaluation.golden), 10)
        models[name] = LockedModel(model.version, variants, golden=golden, license=model.license)
    used = {image for runtime in runtimes_of(fleet, CATALOGUE).values() for image in runtime.images.values()}
    return Lock(models, {name: LockedImage(digest(name)) for name in sorted(used)} if images else {})


def sized(lock: Lock, size: int | None) -> Lock:
    """The lock with so many bytes for each image on any architecture; without sizes for None."""
    sizes = {} if size is None else dict.fromkeys(("amd64", "arm64"), size)
    images = {name: replace(image, sizes=sizes) for name, image in lock.images.items()}
    return replace(lock, images=images)


def _calibrated(written: Calibration | None) -> LockedCalibration | None:
    if written is None:
        return None
    data = LockedFile(written.data, digest(written.data), 10)
    return LockedCalibration(written.method, written.per_channel, data)


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


milliseconds = st.integers(1, 5000).map(lambda number: f"{number}ms")
seconds = st.integers(1, 3600).map(lambda number: f"{number}s")
graces = st.integers(7, 3600).map(lambda number: f"{number}s")  # two to drain, and the longest p99
shares = st.integers(1, 1_000_000).map(lambda number: f"{number / 10_000:f}".rstrip("0").rstrip(".") + "%")


@st.composite
def rollouts(draw: st.DrawFn) -> dict[str, Any]:
    """A rollout of one to four rings, in whose middle any soak and any limit may be missing."""
    rings = draw(st.lists(long_names, min_size=1, max_size=4, unique=True))
    bounds = sorted(
        draw(st.lists(st.integers(1, 99), min_size=len(rings) - 1, max_size=len(rings) - 1, unique=True))
    )
    stages = []
    for ring, bound in zip(rings, [*bounds, 100], strict=True):
        stage: dict[str, Any] = {"ring": ring, "upTo": f"{bound}%"}
        soak = draw(_maybe(st.integers(60, 7 * 86_400)))
        if soak is not None:
            stage["soak"] = f"{soak}s"
            limits = draw(
                _maybe(
                    st.fixed_dictionaries(
                        {},
                        optional={
                            "accuracyDrop": shares.map(lambda text: text[:-1] + "pp"),
                            "latencyIncrease": shares,
                            "errorRate": shares,
                        },
                    )
                )
            )
            stage |= {} if limits is None else {"abortWhen": limits}
        stages.append(stage)
    fixed = {"accuracy": "91%", "p99": "30ms"}
    return {"stages": stages, **_given(against=draw(st.sampled_from([None, "previous", fixed])))}


@st.composite
def device_classes(draw: st.DrawFn) -> dict[str, Any]:
    """A class of any kind, with any gate that it can have."""
    gates: list[dict[str, Any]] = [
        {},
        {"signatureGate": "admission", "reserve": {"cpu": 1, "memory": "2Gi"}},
        {"signatureGate": "bundle", "offline": True},
    ]
    devices = draw(st.integers(1, 5000))
    return {**draw(st.sampled_from(CLASSES)), **draw(st.sampled_from(gates)), "devices": devices}


resources = st.fixed_dictionaries(
    {"cpu": st.sampled_from([1, "500m", 0.25]), "memory": st.sampled_from(["512Mi", "1.5Gi", "700M"])},
    optional={"ephemeralStorage": st.just("2Gi"), "engineCache": st.just("1Gi")},
)
startups = st.fixed_dictionaries({"load": seconds, "warmUp": st.integers(0, 50), "engineBuild": seconds})
batchings = st.fixed_dictionaries(
    {"maxBatch": st.integers(1, 64), "window": milliseconds}, optional={"concurrency": st.integers(1, 4)}
)
unsure = st.sampled_from(
    [
        {"below": "85%", "escalateTo": "https://hub.example/v2/models/m"},
        {"below": "50%", "keep": "256Mi"},
        {"below": "99%", "escalateTo": "http://10.20.0.7:8000/v2/models/m", "keep": "1Gi"},
    ]
)
monitorings = st.fixed_dictionaries(
    {},
    optional={
        "requestLog": st.fixed_dictionaries({"sample": shares}),
        "tracing": st.sampled_from(
            [
                {"endpoint": "http://collector.monitoring.svc:4318/v1/traces"},
                {"endpoint": "https://traces.example/v1/traces", "sample": "1%"},
            ]
        ),
    },
)


@st.composite
def workloads(draw: st.DrawFn, models: dict[str, dict[str, Any]], rollout: str | None) -> dict[str, Any]:
    """A workload that runs anywhere: on the CPU, by default or by the tiers that it names."""
    model = draw(st.sampled_from(sorted(models)))
    rule = draw(_maybe(st.just("rules/one.py")))
    forms = models[model].get("variants", {})
    able = [f"onnxruntime-cpu/{form}" for form, each in forms.items() if each["precision"] == "int8"]
    tiers = draw(_maybe(st.sampled_from([["onnxruntime-cpu"], *([form] for form in able)])))
    if tiers and rule:
        tiers = [*tiers, "rule"]
    return {
        "model": model,
        "resources": draw(resources),
        **_given(
            rollout=rollout if draw(st.booleans()) else None,
            expose=draw(_maybe(st.sampled_from(["none", "cluster"]))),
            latency=draw(_maybe(st.fixed_dictionaries({"p99": milliseconds}))),
            batching=draw(_maybe(batchings)),
            threads=draw(_maybe(st.integers(1, 8))),
            grpc=draw(_maybe(st.booleans())),
            responseCache=draw(_maybe(st.sampled_from(["64Mi", "8M"]))),
            whenUnsure=draw(_maybe(unsure)),
            startup=draw(_maybe(startups)),
            shutdown=draw(_maybe(st.fixed_dictionaries({"grace": graces}))),
            runtime="cpu" if tiers or draw(st.booleans()) else None,
            rule=rule,
            tiers=tiers,
        ),
    }


traffics = st.lists(
    st.fixed_dictionaries(
        {"cidr": st.sampled_from(["10.20.0.0/16", "2001:db8::/32"])},
        optional={"port": st.integers(1, 65535), "protocol": st.sampled_from(["TCP", "UDP", "SCTP"])},
    ),
    max_size=2,
)
networks = st.fixed_dictionaries(
    {"allow": st.fixed_dictionaries({}, optional={"egress": traffics, "ingress": traffics})},
    optional={"default": st.sampled_from(["deny", "allow"])},
)


@st.composite
def securities(draw: st.DrawFn, registry: str) -> dict[str, Any]:
    """Signers by key or by identity, registries, and traffic."""
    keys = [{"key": "keys/one.pub"}, {"key": "keys/two.pub"}][: draw(st.integers(1, 2))]
    identity = {"keyless": {"issuer": "https://issuer.example", "subject": "https://git.example/edge"}}
    signers = draw(st.sampled_from([None, keys, [identity]]))
    registries = [None, [f"{registry}/**"], [f"{registry}*", "docker.io/library/*"]]
    return _given(
        registries=draw(st.sampled_from(registries)),
        signatures=[{"images": [f"{registry}/**"], "anyOf": signers}] if signers else None,
        pods=draw(st.sampled_from([None, "baseline", "restricted"])),
        network=draw(networks),
    )


def _models() -> st.SearchStrategy[dict[str, dict[str, Any]]]:
    precision = st.fixed_dictionaries({"precision": st.sampled_from(["fp16", "int8"])})
    variants = st.dictionaries(long_names.filter(lambda name: name != SOURCE), precision, max_size=2)
    versions = st.sampled_from(["1.0.0", "3.4.0-rc.1+build.7"])
    model = st.fixed_dictionaries(
        {"version": versions, "source": st.just("models/m")}, optional={"variants": variants}
    )
    return st.dictionaries(long_names, model, min_size=1, max_size=2)


def _on(device_class: dict[str, Any]) -> dict[str, Any]:
    """What a workload has on a class: its GPU, where images can use it."""
    if device_class.get("software", {}).keys() & {"jetpack", "driver"} == set():
        return {}
    return {} if "470" in str(device_class) else {"resources": {"cpu": 1, "memory": "2Gi", "gpu": 1}}


fleet_names = long_names.map(lambda name: "x" if name.startswith(("kube-", "system-")) else name)


@st.composite
def drawn_fleets(draw: st.DrawFn) -> Drawn:
    """A right fleet of up to three classes, two models and three workloads."""
    registry = draw(st.sampled_from(["registry.example", "registry.example:5000/edge", "r.io/a/b-c.d"]))
    models = draw(_models())
    rollout = draw(_maybe(st.tuples(long_names, rollouts())))
    workload = workloads(models, rollout[0] if rollout else None)
    values: dict[str, Any] = {
        "apiVersion": "edgewright.dev/v1alpha1",
        "fleet": draw(fleet_names),
        "registry": registry,
        "deviceClasses": draw(st.dictionaries(long_names, device_classes(), min_size=1, max_size=3)),
        "models": models,
        "workloads": draw(st.dictionaries(long_names, workload, min_size=1, max_size=3)),
        "security": draw(securities(registry)),
        "delivery": {"interval": draw(seconds)},
        "monitoring": draw(monitorings),
    }
    if rollout is not None:
        values["rollouts"] = {rollout[0]: rollout[1]}
    if draw(st.booleans()):
        chosen = values["workloads"][draw(st.sampled_from(sorted(values["workloads"])))]
        for name in ("runtime", "tiers"):
            chosen.pop(name, None)
        chosen["on"] = {each: _on(kind) for each, kind in values["deviceClasses"].items()}
    fleet = read_fleet(values, CATALOGUE).fleet
    assert fleet is not None
    return Drawn(values, locked(fleet, images=draw(st.booleans())))


def first_rollout(fleet: Fleet) -> Rollout | None:
    """The only rollout of a drawn fleet, if it has one."""
    return next(iter(fleet.rollouts.values()), None)
