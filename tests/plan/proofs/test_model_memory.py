"""A limit against what the server and its tiers take, to the byte."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.plan.proofs.figures import plan_with
from tests.small import found, only, smallest
from tests.strategies import CATALOGUE

from edgewright.artifact.lock import LockedMemory
from edgewright.plan import Plan
from edgewright.plan.footprint import SESSION_BYTES, session_bytes

MIB = 2**20
MEMORY = LockedMemory(weights=100 * MIB, loading=200 * MIB, held=200 * MIB, fixed=3 * MIB, per_item=5 * MIB)
SERVER = CATALOGUE.footprints["onnxruntime-cpu"].process_bytes
NEEDED = SERVER + SESSION_BYTES + 200 * MIB - (-13 * (3 + 5 * 8) * MIB // 5)
JETSON = {"board": "jetson-orin-nx-16gb", "software": {"jetpack": "6.2"}}
L4 = {
    "host": {"arch": "amd64", "cpu": 8, "memory": "64Gi", "gpu": "nvidia-l4"},
    "software": {"driver": "580.82.07"},
}


def on_cpu(limit: str, memory: LockedMemory | None = MEMORY, **more: Any) -> Plan:
    resources = {"cpu": 1, "memory": limit}
    workload = {"model": "digits", "runtime": "cpu", "resources": resources, "batching": {"maxBatch": 8}}
    return plan_with(smallest(workloads={"read": workload | more}), memory)


def on_gpu(device_class: dict[str, Any], limit: str, tiers: list[str], rule: str | None = None) -> Plan:
    workload = {
        "model": "digits",
        "runtime": "tensorrt",
        "tiers": tiers,
        "batching": {"maxBatch": 8},
        "resources": {"cpu": 1, "memory": limit, "gpu": 1},
    }
    values = smallest(deviceClasses={"box": device_class}, workloads={"read": workload})
    if rule:
        values["workloads"]["read"] |= {"rule": rule, "tiers": [*tiers, "rule"]}
    return plan_with(values, MEMORY)


@pytest.mark.rule("model-memory", "passes")
def test_a_limit_with_room_is_quiet_and_its_bar_is_drawn() -> None:
    plan = on_cpu("4Gi")
    assert not found(plan.findings, "model-memory")
    (proof,) = [each for each in plan.classes[0].proofs if each.rule == "model-memory"]
    assert (proof.needed, proof.available) == (NEEDED, 4 * 2**30)


@pytest.mark.rule("model-memory", "border")
@pytest.mark.parametrize(("under", "fits"), [(0, True), (1, False)])
def test_a_limit_to_the_byte(under: int, fits: bool) -> None:
    assert bool(found(on_cpu(f"{NEEDED - under}B").findings, "model-memory")) != fits


def test_what_is_said_and_that_its_number_fits() -> None:
    finding = only(on_cpu("256Mi").findings, "model-memory")
    assert finding.level == "error"
    assert finding.waivable
    assert finding.path == ("workloads", "read", "resources", "memory")
    assert finding.message == (
        "`read` on `kiosk` needs 415.8Mi of memory (server 100Mi + onnxruntime-cpu 315.8Mi), and has 256Mi"
    )
    assert finding.remedy == "write `memory: 416Mi`, a smaller `maxBatch`, or fewer tiers"
    assert not found(on_cpu("416Mi").findings, "model-memory")
    assert not found(on_cpu("384Mi", batching={"maxBatch": 1}).findings, "model-memory")


@pytest.mark.parametrize(
    "memory",
    [None, LockedMemory(weights=100 * MIB, loading=200 * MIB, held=200 * MIB)],
    ids=["no figures", "no activations"],
)
def test_without_figures_nothing_is_invented(memory: LockedMemory | None) -> None:
    plan = on_cpu("1Mi", memory)
    assert not [each for each in plan.classes[0].proofs if each.rule == "model-memory"]
    assert not found(plan.findings, "model-memory")


def test_every_tier_is_loaded_at_once_and_a_rule_is_none() -> None:
    cpu = NEEDED - SERVER
    plan = on_gpu(L4, "8Gi", ["tensorrt", "onnxruntime-cuda", "onnxruntime-cpu"], "rules/one.py")
    (proof,) = [each for each in plan.classes[0].proofs if each.rule == "model-memory"]
    assert {term.name: term.amount for term in proof.needs} == {
        "server": CATALOGUE.footprints["onnxruntime-cuda"].process_bytes,
        "tensorrt": SESSION_BYTES + 100 * MIB,
        "onnxruntime-cuda": SESSION_BYTES + 100 * MIB,
        "onnxruntime-cpu": cpu,
    }


def test_where_memory_is_shared_the_gpus_part_is_in_the_limit() -> None:
    plan = on_gpu(JETSON, "8Gi", ["tensorrt", "onnxruntime-cpu"])
    (proof,) = [each for each in plan.classes[0].proofs if each.rule == "model-memory"]
    on_gpu_ = {term.name: term.amount for term in proof.needs if term.name.endswith("GPU")}
    assert on_gpu_ == {
        "context on the GPU": CATALOGUE.footprints["tensorrt"].context_bytes,
        "tensorrt on the GPU": 2 * 100 * MIB + 43 * MIB,
    }


@pytest.mark.rule("model-memory", "border")
@pytest.mark.parametrize(("under", "fits"), [(0, True), (1, False)])
def test_a_shared_limit_to_the_byte(under: int, fits: bool) -> None:
    server = CATALOGUE.footprints["tensorrt"].process_bytes
    needed = server + SESSION_BYTES + 100 * MIB + 600 * MIB + 243 * MIB
    plan = on_gpu(JETSON, f"{needed - under}B", ["tensorrt"])
    assert bool(found(plan.findings, "model-memory")) != fits


@pytest.mark.parametrize(("under", "fits"), [(0, True), (1, False)])
def test_batches_at_the_same_time_count_to_the_byte(under: int, fits: bool) -> None:
    """Each further one takes twice what a run does."""
    needed = SERVER + SESSION_BYTES + 200 * MIB - (-(13 + 2 * 10) * (3 + 5 * 8) * MIB // 5)
    plan = on_cpu(f"{needed - under}B", batching={"maxBatch": 8, "concurrency": 3})
    assert bool(found(plan.findings, "model-memory")) != fits


def test_each_batch_takes_a_run_of_the_gpu() -> None:
    values = smallest(
        deviceClasses={"box": JETSON},
        workloads__read__runtime="tensorrt",
        workloads__read__tiers=["tensorrt"],
        workloads__read__batching={"maxBatch": 8, "concurrency": 3},
        workloads__read__resources={"cpu": 1, "memory": "8Gi", "gpu": 1},
    )
    (proof,) = [each for each in plan_with(values, MEMORY).classes[0].proofs if each.rule == "model-memory"]
    assert {term.name: term.amount for term in proof.needs}["tensorrt on the GPU"] == (200 + 3 * 43) * MIB


PARTS = {
    "grpc": True,
    "responseCache": "64Mi",
    "whenUnsure": {"below": "85%", "keep": "1Gi"},
}
TRACED = {"tracing": {"endpoint": "http://collector.monitoring.svc:4318/v1/traces"}}


def beside(**more: Any) -> dict[str, int]:
    """What a workload takes beside its tiers, by name."""
    plan = plan_with(smallest(workloads__read__resources={"cpu": 1, "memory": "4Gi"}, **more), MEMORY)
    (proof,) = [each for each in plan.classes[0].proofs if each.rule == "model-memory"]
    return {term.name: term.amount for term in proof.needs if term.name not in ("server", "onnxruntime-cpu")}


def test_what_is_on_beside_the_tiers_is_in_the_limit() -> None:
    assert beside() == {}
    parts = {f"workloads__read__{name}": value for name, value in PARTS.items()}
    assert beside(monitoring=TRACED, **parts) == {
        "gRPC": 24 * MIB,
        "tracing": 16 * MIB,
        "answers from before": 64 * MIB,
        "inputs that wait to be kept": 65 * 16 + 2 * 16,  # of four numbers of four bytes
    }


def test_a_collector_out_of_reach_takes_no_memory() -> None:
    offline = {"board": "intel-n100-8gb", "offline": True, "signatureGate": "bundle"}
    far = {"tracing": {"endpoint": "https://traces.example/v1/traces"}}
    assert beside(monitoring=far, deviceClasses__kiosk=offline) == {}
    assert beside(monitoring=TRACED, deviceClasses__kiosk=offline) == {"tracing": 16 * MIB}


def test_what_is_on_has_to_fit_alone_where_nobody_knows_the_tiers() -> None:
    finding = only(on_cpu("32Mi", None, responseCache="64Mi").findings, "model-memory")
    assert ("workloads", "read", "responseCache") in [each.path for each in finding.notes]
    assert not found(on_cpu("64Mi", None, responseCache="64Mi").findings, "model-memory")


sizes = st.integers(0, 2**40)
batches = st.integers(1, 512)


@given(sizes, sizes, sizes, st.integers(0, 2**32), batches, batches)
def test_a_larger_batch_never_takes_less(
    loading: int, held: int, fixed: int, each: int, one: int, other: int
) -> None:
    memory = LockedMemory(0, loading, held, fixed, each)
    small, large = (session_bytes(memory, batch) or 0 for batch in sorted((one, other)))
    assert small <= large
    run = fixed + each * min(one, other)
    assert 5 * (small - SESSION_BYTES) >= max(5 * loading, 5 * held + 13 * run)
    assert 5 * (small - SESSION_BYTES) < max(5 * loading, 5 * held + 13 * run) + 5
