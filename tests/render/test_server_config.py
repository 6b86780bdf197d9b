"""The configuration of the server: every one that is rendered fits the schema, and the schema is strict."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator
from tests.small import ROOT, fleet_of, plan_of, smallest
from tests.strategies import PUBLIC_KEY, TEXTS, Drawn, digest, drawn_fleets, locked

from edgewright.artifact.lock import LockedFile
from edgewright.assembly import assemble
from edgewright.render import Manifest, render

SCHEMA = json.loads((ROOT / "runtime_images/edgewright_runtime/server_config.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)
Config = dict[str, Any]


def configurations(manifests: list[Manifest]) -> list[Config]:
    maps = [each.body for each in manifests if each.body["kind"] == "ConfigMap"]
    assert maps
    return [json.loads(each["data"]["server.json"]) for each in maps]


def config(**changes: Any) -> Config:
    (one,) = configurations(render(plan_of(smallest(**changes))))
    return one


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_every_object_of_the_schema_is_closed_and_every_field_explained() -> None:
    def walk(node: Any, name: str) -> None:
        if isinstance(node, dict):
            if node.get("type") == "object":
                assert node["additionalProperties"] is False, name
                for field, kid in node["properties"].items():
                    assert "description" in kid or "const" in kid or "oneOf" in kid, (name, field)
            for key, kid in node.items():
                walk(kid, f"{name}.{key}")
        elif isinstance(node, list):
            for kid in node:
                walk(kid, name)

    walk(SCHEMA, "")


def test_the_example_fits() -> None:
    assembled = assemble(ROOT / "fleet.yaml", today=date(2026, 11, 1), unlocked=True)
    for each in configurations(list(assembled.manifests)):
        VALIDATOR.validate(each)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(drawn_fleets())
def test_any_configuration_fits(drawn: Drawn) -> None:
    for each in configurations(render(drawn.plan)):
        VALIDATOR.validate(each)


def test_what_it_says() -> None:
    values: dict[str, Any] = {
        "workloads__read__latency": {"p99": "40ms"},
        "workloads__read__batching": {"maxBatch": 8, "window": "2ms"},
        "workloads__read__startup": {"warmUp": 7},
        "workloads__read__shutdown": {"grace": "90s"},
        "workloads__read__rule": "rules/one.py",
        "workloads__read__resources": {"cpu": 1, "memory": "1Gi", "engineCache": "2Gi"},
    }
    one = config(**values)
    model, rule = one.pop("tiers")
    assert one == {
        "schemaVersion": 1,
        "fleet": "tiny",
        "deviceClass": "kiosk",
        "workload": "read",
        "model": {"name": "digits", "version": "1.0.0"},
        "http": {"port": 8080},
        "batching": {"maxBatch": 8, "windowMilliseconds": 2},
        "warmUpRequests": 7,
        "graceMilliseconds": 90_000,
        "latencyP99Milliseconds": 40,
        "engineCache": {"folder": "/var/cache/edgewright", "bytes": 2**31},
    }
    assert rule == {"name": "rule", "backend": "rule", "rule": "/etc/edgewright/rule.py"}
    assert (model["name"], model["backend"]) == ("onnxruntime-cpu", "onnxruntime-cpu")
    assert model["model"]["file"] == "/models/source/models/model.onnx"
    assert model["model"]["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1, 4]}]


def test_an_unlocked_form_has_its_folder_only() -> None:
    from edgewright.artifact.lock import Lock

    (one,) = configurations(render(plan_of(smallest(), Lock())))
    assert one["tiers"][0]["model"] == {"folder": "/models/source"}
    VALIDATOR.validate(one)


def test_files_of_weights_are_pinned_where_the_image_has_them() -> None:
    values = smallest(models__digits__source="models/digits")
    lock = locked(fleet_of(values))
    model = lock.models["digits"]
    weights = tuple(LockedFile(f"models/digits/{name}", digest(name), 5) for name in ("w.bin", "more/w.bin"))
    heavy = replace(model, variants={"source": replace(model.variants["source"], weights=weights)})
    (one,) = configurations(render(plan_of(values, replace(lock, models={"digits": heavy}))))
    assert [each["file"] for each in one["tiers"][0]["model"]["weights"]] == [
        "/models/source/models/w.bin",
        "/models/source/models/more/w.bin",
    ]
    VALIDATOR.validate(one)


KEYED = [
    {"images": ["registry.example/tiny/**"], "anyOf": [{"key": "keys/one.pub"}, {"key": "keys/two.pub"}]}
]
KEYLESS = {"keyless": {"issuer": "https://issuer.example", "subject": "me"}}
MIXED = [{"images": ["registry.example/tiny/**"], "anyOf": [{"key": "keys/one.pub"}, KEYLESS]}]
OTHERS = [{"images": ["registry.example/tiny/manifests/**"], "anyOf": [{"key": "keys/one.pub"}]}]


def signed_config(signatures: list[Any], *, signed: bool = True) -> Config:
    """The configuration of a model with a signature beside it, as the lock has it."""
    values = smallest(security__signatures=signatures)
    lock = locked(fleet_of(values))
    model = lock.models["digits"]
    source = replace(
        model.variants["source"], signature=LockedFile("model.sig", digest("s"), 5) if signed else None
    )
    models = {"digits": replace(model, variants={"source": source})}
    plan = replace(plan_of(values, replace(lock, models=models)), texts=TEXTS)
    (one,) = configurations(render(plan))
    VALIDATOR.validate(one)
    return one


def test_a_signed_form_has_to_be_signed_by_one_of_the_keys() -> None:
    assert signed_config(KEYED)["tiers"][0]["model"]["signedBy"] == [PUBLIC_KEY, PUBLIC_KEY]


@pytest.mark.parametrize(("rules", "signed"), [(KEYED, False), (MIXED, True), (OTHERS, True), ([], True)])
def test_what_no_key_has_to_have_signed_is_not_asked_for(rules: list[Any], signed: bool) -> None:
    assert "signedBy" not in signed_config(rules, signed=signed)["tiers"][0]["model"]


def test_golden_answers_are_compared_where_a_form_has_them() -> None:
    lock = locked(fleet_of(smallest()))
    model = lock.models["digits"]
    for answers in (None, LockedFile("m/model.onnx.answers.npz", digest("a"), 7)):
        source = replace(model.variants["source"], answers=answers)
        plan = plan_of(
            smallest(), replace(lock, models={"digits": replace(model, variants={"source": source})})
        )
        (one,) = configurations(render(plan))
        VALIDATOR.validate(one)
        promised = {"file": "/models/source/models/answers.npz", "digest": digest("a")}
        assert one["tiers"][0]["model"].get("golden") == (promised if answers else None)


def test_unsure_answers_are_escalated_where_there_is_a_network() -> None:
    unsure = {"below": "85%", "escalateTo": "https://hub.example/v2/models/digits"}
    one = config(workloads__read__whenUnsure=unsure)
    assert one["whenUnsure"] == {"belowMillionths": 850_000, "escalateTo": unsure["escalateTo"]}
    VALIDATOR.validate(one)
    offline = {"board": "intel-n100-8gb", "offline": True, "signatureGate": "bundle"}
    assert "whenUnsure" not in config(workloads__read__whenUnsure=unsure, deviceClasses__kiosk=offline)


def test_what_is_off_is_not_there() -> None:
    parts = {"grpc", "threads", "concurrency", "responseCache", "whenUnsure", "reservoir", "log", "tracing"}
    assert not parts & config().keys()
    assert not parts & config(workloads__read__grpc=False, workloads__read__batching={"maxBatch": 2}).keys()


def test_what_is_on_is_said() -> None:
    one = config(
        workloads__read__grpc=True,
        workloads__read__threads=1,
        workloads__read__batching={"maxBatch": 8, "concurrency": 2},
        workloads__read__responseCache="64Mi",
        workloads__read__whenUnsure={"below": "85%", "keep": "512Mi"},
        workloads__read__resources={"cpu": 2, "memory": "512Mi"},
        monitoring={
            "requestLog": {"sample": "0.1%"},
            "tracing": {"endpoint": "http://collector.monitoring.svc:4318/v1/traces", "sample": "1%"},
        },
    )
    VALIDATOR.validate(one)
    assert one["grpc"] == {"port": 9000}
    assert (one["threads"], one["concurrency"]) == (1, 2)
    assert one["responseCache"] == {"bytes": 64 << 20}
    assert one["reservoir"] == {
        "folder": "/var/lib/edgewright/unsure",
        "bytes": 512 << 20,
        "belowMillionths": 850_000,
    }
    assert "whenUnsure" not in one
    assert one["log"] == {"sampleMillionths": 1000}
    assert one["tracing"] == {
        "endpoint": "http://collector.monitoring.svc:4318/v1/traces",
        "sampleMillionths": 10_000,
    }


def test_a_class_replaces_what_the_workload_says_as_a_whole() -> None:
    one = config(
        workloads__read__grpc=True,
        workloads__read__responseCache="64Mi",
        workloads__read__whenUnsure={"below": "85%", "keep": "512Mi"},
        workloads__read__on={"kiosk": {"grpc": False, "whenUnsure": {"below": "50%", "keep": "1Gi"}}},
    )
    assert "grpc" not in one
    assert one["responseCache"] == {"bytes": 64 << 20}
    assert (one["reservoir"]["bytes"], one["reservoir"]["belowMillionths"]) == (1 << 30, 500_000)


def test_an_offline_class_keeps_and_traces_in_its_own_cluster() -> None:
    offline = {"board": "intel-n100-8gb", "offline": True, "signatureGate": "bundle"}
    unsure = {"below": "85%", "escalateTo": "https://hub.example/v2/models/digits", "keep": "512Mi"}

    def of(endpoint: str) -> Config:
        monitoring = {"tracing": {"endpoint": endpoint}}
        changes: dict[str, Any] = {"deviceClasses__kiosk": offline, "workloads__read__whenUnsure": unsure}
        return config(**changes, monitoring=monitoring)

    near, far = of("http://collector.monitoring.svc:4318/v1/traces"), of("https://traces.example/v1/traces")
    assert {"tracing", "reservoir"} <= near.keys()
    assert "whenUnsure" not in near
    assert "tracing" not in far


GONE = "(left out)"
WRONG = [
    (("schemaVersion",), 2),
    (("schemaVersion",), "1"),
    (("fleet",), "No Name"),
    (("fleet",), GONE),
    (("more",), 1),
    (("model", "version"), GONE),
    (("model", "url"), "https://x"),
    (("http", "port"), 80),
    (("http", "port"), "8080"),
    (("tiers",), []),
    (("tiers", 0, "name"), "rule"),
    (("tiers", 0, "backend"), GONE),
    (("tiers", 0, "rule"), "/etc/edgewright/rule.py"),
    (("tiers", 0, "model", "digest"), GONE),
    (("tiers", 0, "model", "digest"), "sha256:abc"),
    (("tiers", 0, "model", "digest"), "sha256:" + "A" * 64),
    (("tiers", 0, "model", "file"), "model.onnx"),
    (("tiers", 0, "model", "precision"), "fp8"),
    (("tiers", 0, "model", "inputs"), []),
    (("tiers", 0, "model", "inputs", 0, "datatype"), "float"),
    (("tiers", 0, "model", "inputs", 0, "shape", 0), -2),
    (("tiers", 0, "model", "inputs", 0, "shape", 0), 1.5),
    (("tiers", 0, "model", "weights"), []),
    (("tiers", 0, "model", "signedBy"), []),
    (("tiers", 0, "model", "signedBy"), "a key"),
    (("tiers", 0, "model", "golden"), {"file": "/models/source/models/golden.npz"}),
    (("tiers", 1, "rule"), GONE),
    (("tiers", 1, "backend"), "onnxruntime-cpu"),
    (("batching", "maxBatch"), 0),
    (("batching", "windowMilliseconds"), -1),
    (("batching", "windowMilliseconds"), 0.5),
    (("warmUpRequests",), -1),
    (("graceMilliseconds",), "90s"),
    (("latencyP99Milliseconds",), None),
    (("whenUnsure",), {"belowMillionths": 850_000}),
    (("whenUnsure",), {"belowMillionths": 1_000_001, "escalateTo": "https://x/v2/models/y"}),
    (("whenUnsure",), {"belowMillionths": 850_000, "escalateTo": "file:///etc/passwd"}),
    (("engineCache",), {"folder": "cache", "bytes": 1}),
    (("engineCache",), {"folder": "/cache"}),
    (("engineCache",), {"folder": "/cache", "bytes": 0}),
    (("concurrency",), 0),
    (("concurrency",), 65),
    (("reservoir",), {"folder": "/kept", "bytes": 1, "belowMillionths": 1_000_001}),
]


@pytest.mark.parametrize(("path", "value"), WRONG, ids=[f"{path}={value}" for path, value in WRONG])
def test_what_the_schema_refuses(path: tuple[str | int, ...], value: object) -> None:
    wrong = copy.deepcopy(config(workloads__read__rule="rules/one.py"))
    assert VALIDATOR.is_valid(wrong)
    holder: Any = wrong
    for step in path[:-1]:
        holder = holder[step]
    if value is GONE:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    assert not VALIDATOR.is_valid(wrong)
