"""What is off by default: no part of it is on and has no effect without being named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.small import fleet_of, found, plan_of, smallest
from tests.strategies import locked, locked_variant

from edgewright.artifact.lock import LockedModel, Tensor
from edgewright.plan import optional_parts
from edgewright_runtime import cache, reservoir

OFFLINE = {"board": "intel-n100-8gb", "offline": True, "signatureGate": "bundle"}
CLOUD = "https://hub.example/v2/models/digits"
TRACES = "https://traces.example/v1/traces"
AT = ("workloads", "read")


def told(*tensors: Tensor, **changes: Any) -> dict[tuple[str | int, ...], str]:
    """Where something has no effect, and why; the model's inputs and outputs are `tensors`, where there are any."""
    values = smallest(**changes)
    lock = locked(fleet_of(values))
    if tensors:
        form = locked_variant("models/digits.onnx", inputs=tensors, outputs=tensors)
        lock = replace(lock, models={"digits": LockedModel("1.0.0", {"source": form})})
    findings = found(plan_of(values, lock).findings, "no-effect")
    assert all(each.level == "warning" and each.on_key and each.remedy for each in findings)
    return {each.path: each.message for each in findings}


def test_grpc_is_heard_where_a_service_leads_to_it() -> None:
    assert told(workloads__read__grpc=True) == {(*AT, "grpc"): "`grpc` has no effect: no service leads to it"}
    assert told(workloads__read__grpc=False) == {}
    assert told(workloads__read__grpc=True, workloads__read__expose="cluster") == {}


def test_what_has_an_effect_on_one_class_has_one() -> None:
    classes = {"kiosk": {"board": "intel-n100-8gb"}, "other": {"board": "intel-n100-8gb"}}
    on = {"kiosk": {}, "other": {"expose": "cluster"}}
    assert told(deviceClasses=classes, workloads__read__grpc=True, workloads__read__on=on) == {}


@pytest.mark.parametrize(("size", "fits"), [("1040B", True), ("1039B", False)])
def test_an_answer_has_to_fit_to_the_byte(size: str, fits: bool) -> None:
    assert (told(workloads__read__responseCache=size) == {}) == fits


@pytest.mark.parametrize(("size", "fits"), [("17B", True), ("16B", False)])
def test_an_input_has_to_fit(size: str, fits: bool) -> None:
    assert (told(workloads__read__whenUnsure={"below": "85%", "keep": size}) == {}) == fits


@pytest.mark.parametrize("tensor", [Tensor("x", "BYTES", (-1, 4)), Tensor("x", "FP32", (-1, -1))])
def test_of_what_nobody_knows_the_size_nothing_is_said(tensor: Tensor) -> None:
    scores = Tensor("s", "FP32", (-1, 2))
    changes = {
        "workloads__read__responseCache": "1B",
        "workloads__read__whenUnsure": {"below": "1%", "keep": "1B"},
    }
    assert told(scores, tensor, **changes) == {}


@pytest.mark.parametrize(
    ("first", "scores"),
    [
        (Tensor("y", "FP32", (-1, 4)), True),
        (Tensor("y", "FP16", (-1, 1)), True),
        (Tensor("y", "FP64", (1, 4)), True),
        (Tensor("y", "INT64", (-1, 4)), False),
        (Tensor("y", "FP32", (-1, 4, 4)), False),
        (Tensor("y", "FP32", (4,)), False),
    ],
)
def test_nobody_is_unsure_without_scores(first: Tensor, scores: bool) -> None:
    unsure = {"below": "85%", "keep": "1Gi"}
    expected = set() if scores else {(*AT, "whenUnsure")}
    assert set(told(first, workloads__read__whenUnsure=unsure)) == expected


def test_nothing_is_below_nothing() -> None:
    unsure = {"below": "0%", "keep": "1Gi"}
    assert set(told(workloads__read__whenUnsure=unsure)) == {(*AT, "whenUnsure")}


def test_what_every_class_is_too_far_from() -> None:
    changes: dict[str, Any] = {
        "workloads__read__whenUnsure": {"below": "85%", "escalateTo": CLOUD, "keep": "1Gi"},
        "monitoring": {"tracing": {"endpoint": TRACES}},
    }
    both = {(*AT, "whenUnsure", "escalateTo"), ("monitoring", "tracing", "endpoint")}
    assert set(told(deviceClasses__kiosk=OFFLINE, **changes)) == both
    assert (
        told(deviceClasses__kiosk=OFFLINE, deviceClasses__near={"board": "intel-n100-8gb"}, **changes) == {}
    )


def test_the_servers_own_figures_are_counted_with() -> None:
    assert optional_parts.WAITING == reservoir._WAITING + 1
    assert optional_parts.WAITING_BYTES == reservoir._PENDING
    assert optional_parts.ANSWER_BYTES == cache._ENTRY
