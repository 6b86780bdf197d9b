"""What a class has once."""

from __future__ import annotations

from typing import Any

import pytest
from tests.small import plan_of, smallest

from edgewright.render import render


def namespace(**changes: Any) -> dict[str, str]:
    made = render(plan_of(smallest(**changes)))
    labels: dict[str, str] = next(each.body for each in made if each.body["kind"] == "Namespace")["metadata"][
        "labels"
    ]
    return labels


@pytest.mark.parametrize("level", ["restricted", "baseline"])
@pytest.mark.parametrize(("k3s", "version"), [("v1.36.2+k3s1", "v1.36"), ("v1.37.1+k3s1", "v1.37")])
def test_a_namespace_enforces_the_standard_of_the_classes_kubernetes(
    level: str, k3s: str, version: str
) -> None:
    labels = namespace(security={"pods": level}, deviceClasses__kiosk__software={"k3s": k3s})
    for mode in ("enforce", "audit", "warn"):
        assert labels[f"pod-security.kubernetes.io/{mode}"] == level
        assert labels[f"pod-security.kubernetes.io/{mode}-version"] == version


def test_workloads_yield_to_the_system_and_to_nobody_else() -> None:
    made = render(plan_of(smallest()))
    priority = next(each.body for each in made if each.body["kind"] == "PriorityClass")
    assert 0 < priority["value"] < 2_000_000_000
    assert priority["globalDefault"] is False


def test_the_quota_is_what_the_class_has_beside_its_reserve_and_each_workload_once_more() -> None:
    kiosk = {"board": "intel-n100-8gb", "reserve": {"cpu": "750m", "memory": "1536Mi"}}
    made = render(plan_of(smallest(deviceClasses={"kiosk": kiosk})))
    quota = next(each.body for each in made if each.body["kind"] == "ResourceQuota")
    # 4 cores and 8Gi of the board; `read` asks for 1 core and 512Mi
    assert quota["spec"]["hard"] == {
        "limits.cpu": "4250m",
        "limits.memory": "7Gi",
        "requests.cpu": "4250m",
        "requests.memory": "7Gi",
    }


def test_nothing_keeps_a_drain_waiting() -> None:
    assert not [each for each in render(plan_of(smallest())) if each.body["kind"] == "PodDisruptionBudget"]
