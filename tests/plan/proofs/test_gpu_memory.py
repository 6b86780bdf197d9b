"""A card's own memory, whole and divided, to the byte."""

from __future__ import annotations

from typing import Any

import pytest
from tests.plan.proofs.figures import plan_with
from tests.small import found, only, smallest
from tests.strategies import CATALOGUE

from edgewright.artifact.lock import LockedMemory
from edgewright.plan import Plan

GIB = 2**30
L4 = 24 * GIB
CONTEXT = CATALOGUE.footprints["onnxruntime-cuda"].context_bytes
RULE = "gpu-memory-over-capacity"


def planned(
    bytes_of_model: int,
    count: int = 1,
    sharing: dict[str, Any] | None = None,
    card: str = "nvidia-l4",
    cards: int = 1,
) -> Plan:
    """Workloads that each take a context and a model of ONNX Runtime on CUDA, whose run takes nothing."""
    device_class: dict[str, Any] = {
        "host": {"arch": "amd64", "cpu": 16, "memory": "128Gi", "gpu": card, "gpus": cards},
        "software": {"driver": "580.82.07"},
    }
    workload = {
        "model": "digits",
        "runtime": "tensorrt",
        "tiers": ["onnxruntime-cuda"],
        "resources": {"cpu": 1, "memory": "24Gi", "gpu": 1},
    }
    values = smallest(
        deviceClasses={"box": device_class | ({"gpuSharing": sharing} if sharing else {})},
        workloads={f"w{index}": workload for index in range(count)},
    )
    return plan_with(values, LockedMemory(bytes_of_model, 0, 0, 0, 0))


SLICED = {"strategy": "time-slicing", "replicas": 2}
MPS = {"strategy": "mps", "replicas": 2}
MIG = {"strategy": "mig", "profile": "1g.6gb"}


@pytest.mark.rule("gpu-memory-over-capacity", "border")
@pytest.mark.parametrize(("over", "fits"), [(0, True), (1, False)])
@pytest.mark.parametrize(
    ("card", "count", "sharing", "most"),
    [
        ("nvidia-l4", 1, None, L4),
        ("nvidia-l4", 2, SLICED, L4 // 2),
        ("nvidia-l4", 1, MPS, L4 // 2),
        ("nvidia-a30", 1, MIG, 6 * GIB),
    ],
    ids=["whole", "time-slicing", "mps", "mig"],
)
def test_a_card_to_the_byte(
    card: str, count: int, sharing: dict[str, Any] | None, most: int, over: int, fits: bool
) -> None:
    plan = planned(most - CONTEXT + over, count, sharing, card)
    assert bool(found(plan.findings, RULE)) != fits


@pytest.mark.rule("gpu-memory-over-capacity", "passes")
def test_time_slices_share_what_mps_divides() -> None:
    assert not found(planned(L4 // 2 - CONTEXT, 2, SLICED).findings, RULE)
    assert not found(planned(L4 - CONTEXT, 1, SLICED).findings, RULE)
    assert found(planned(L4 - CONTEXT, 1, MPS).findings, RULE)


@pytest.mark.rule("gpu-memory-over-capacity", "passes")
def test_workloads_meet_on_a_card_only_where_it_is_shared() -> None:
    assert not found(planned(L4 - CONTEXT, 2, cards=2).findings, RULE)
    assert not found(planned(L4 // 2 - CONTEXT, 4, SLICED, cards=2).findings, RULE)
    assert found(planned(L4 // 2 - CONTEXT + 1, 4, SLICED, cards=2).findings, RULE)


def test_what_is_said_of_a_card() -> None:
    finding = only(planned(12 * GIB, 2, SLICED).findings, RULE)
    assert finding.path == ("workloads", "w0", "tiers")
    assert finding.message == "`box` needs 25Gi of GPU memory (`w0` 12.5Gi + `w1` 12.5Gi), and has 24Gi"
    assert [note.path for note in finding.notes] == [
        ("deviceClasses", "box", "host", "gpu"),
        ("workloads", "w1", "tiers"),
    ]


def test_what_is_said_of_a_share() -> None:
    finding = only(planned(12 * GIB, 1, MPS).findings, RULE)
    assert finding.message == "`w0` on `box` needs 12.5Gi of GPU memory, and has 12Gi"
    assert ("deviceClasses", "box", "gpuSharing", "replicas") in [note.path for note in finding.notes]


def test_a_workload_without_figures_is_left_out() -> None:
    values = smallest(
        deviceClasses={"box": {"host": {"arch": "amd64", "cpu": 4, "memory": "8Gi", "gpu": "nvidia-l4"}}},
    )
    plan = plan_with(values, None)
    assert not [each for each in plan.classes[0].proofs if each.rule == RULE]
