"""What an engine of delivery cannot keep is refused at its field, and what it keeps is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.small import found, only, plan_of, smallest
from tests.waived import assert_waived

from edgewright.errors import FieldPath

RULE = "engine-cannot"
STAGES = [
    {"ring": "one", "upTo": "1%", "soak": "24h", "abortWhen": {"errorRate": "5%"}},
    {"ring": "two", "upTo": "10%", "soak": "24h"},
    {"ring": "all", "upTo": "100%", "soak": "24h", "abortWhen": {"errorRate": "5%"}},
]
ROLLOUT: FieldPath = ("rollouts", "slow")
FIRST: FieldPath = (*ROLLOUT, "stages", 0)


def values_of(engine: str, **device_class: Any) -> dict[str, Any]:
    return smallest(
        deviceClasses={"kiosk": {"board": "intel-n100-8gb", "signatureGate": "admission"} | device_class},
        rollouts={"slow": {"stages": STAGES, "unreachable": {"tolerate": "5%"}}},
        workloads__read__rollout="slow",
        delivery={"engine": engine},
    )


@pytest.mark.parametrize(
    ("engine", "refused"),
    [
        pytest.param("flux", [], marks=pytest.mark.rule(RULE, "passes")),
        ("argocd", []),
        ("ocm", [(*ROLLOUT, "unreachable")]),
        ("kubefleet", [(*FIRST, "abortWhen"), (*ROLLOUT, "unreachable")]),
        pytest.param(
            "rancher-fleet",
            [
                (*FIRST, "soak"),
                (*FIRST, "abortWhen"),
                (*ROLLOUT, "stages", 1, "soak"),
                (*ROLLOUT, "unreachable"),
            ],
            marks=pytest.mark.rule(RULE, "border"),
        ),
    ],
)
def test_what_each_engine_cannot_keep(engine: str, refused: list[FieldPath]) -> None:
    """Of the last stage nothing is told: no ring waits for it."""
    findings = found(plan_of(values_of(engine)).findings, RULE)
    assert [each.path for each in findings] == refused
    assert all(each.level == "error" and engine in each.message for each in findings)


def test_a_rollout_that_nobody_has_and_a_class_without_a_network_ask_nothing_of_it() -> None:
    values = values_of("rancher-fleet", offline=True, signatureGate="bundle")
    assert not found(plan_of(values).findings, RULE)
    values = values_of("rancher-fleet")
    del values["workloads"]["read"]["rollout"]
    assert not found(plan_of(values).findings, RULE)


def test_what_tolerates_nobody_needs_nothing() -> None:
    values = values_of("ocm")
    values["rollouts"]["slow"]["unreachable"] = {"tolerate": "0%"}
    assert not found(plan_of(values).findings, RULE)


@pytest.mark.rule(RULE, "waived")
def test_it_can_be_waived(tmp_path: Path) -> None:
    assert_waived(tmp_path, values_of("kubefleet"), RULE)


def test_a_gate_by_delivery_is_told_at_the_engine() -> None:
    values = values_of("argocd", signatureGate="delivery")
    values["security"] = {"signatures": [{"images": ["*"], "anyOf": [{"key": "keys/one.pub"}]}]}
    assert only(plan_of(values).findings, RULE).path == ("delivery", "engine")
    del values["security"]
    assert not found(plan_of(values).findings, RULE)  # that nothing is signed is told already
