"""How long a start may take, and that what is rendered waits for it: recomputed from the objects alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.small import fleet_of, plan_of, smallest
from tests.strategies import Drawn, drawn_fleets, locked, sized

from edgewright.plan import progress_deadline, startup_patience
from edgewright.plan.start import PULL_PATIENCE, pull_patience
from edgewright.render import render

STARTUP = {"load": "60s", "warmUp": 10, "engineBuild": "15m"}
JETSON = {"kiosk": {"board": "jetson-orin-nx-16gb", "software": {"jetpack": "6.2"}}}
GPU = {"cpu": 1, "memory": "1Gi", "gpu": 1}


@pytest.mark.parametrize(
    ("tier", "patience"),
    [("tensorrt", 961), ("onnxruntime-cuda", 61), ("onnxruntime-cpu", 61)],
)
def test_an_engine_counts_where_a_tier_builds_one(tier: str, patience: int) -> None:
    values = smallest(
        deviceClasses=JETSON,
        workloads__read__resources=GPU,
        workloads__read__tiers=[tier],
        workloads__read__latency={"p99": "40ms"},
        workloads__read__startup=STARTUP,
    )
    assert startup_patience(plan_of(values).classes[0].workloads[0]) == patience


def test_the_defaults() -> None:
    assert startup_patience(plan_of(smallest()).classes[0].workloads[0]) == 60
    values = smallest(deviceClasses=JETSON, workloads__read__resources=GPU)
    assert startup_patience(plan_of(values).classes[0].workloads[0]) == 60 + 15 * 60


@pytest.mark.parametrize(
    ("link", "size", "seconds"),
    [
        (None, 10**9, PULL_PATIENCE),
        ({"bandwidth": "8Mbit/s"}, 10**9, 1001),
        ({"bandwidth": "8Mbit/s"}, 10**6, PULL_PATIENCE),
        ({"bandwidth": "8Mbit/s"}, None, PULL_PATIENCE + 1),
        ({"bandwidth": "8Mbit/s", "window": "8h"}, 10**9, 1001 + 16 * 3600),
    ],
)
def test_the_pull_takes_what_its_bytes_take(
    link: dict[str, Any] | None, size: int | None, seconds: int
) -> None:
    """The model and its packing are 17,384 bytes: another second at 1,000,000 a second."""
    values = smallest(deviceClasses={"kiosk": {"board": "intel-n100-8gb"} | ({"link": link} if link else {})})
    lock = locked(fleet_of(values))
    lock = sized(lock, size)
    assert pull_patience(plan_of(values, lock).classes[0]) == seconds


def test_the_deadline_is_all_that_happens_one_after_another() -> None:
    values = smallest(
        workloads__read__startup={"load": "61s", "warmUp": 0}, workloads__read__shutdown={"grace": "7s"}
    )
    planned = plan_of(values).classes[0]
    assert progress_deadline(planned, planned.workloads[0]) == 7 + PULL_PATIENCE + 65


def _milliseconds(text: str) -> int:
    for unit, factor in (("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)):
        if text.endswith(unit) and text.removesuffix(unit).isdigit():
            return int(text.removesuffix(unit)) * factor
    raise AssertionError(text)


@given(drawn_fleets(), st.integers(1, 10**6))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_what_is_rendered_waits_for_every_start(drawn: Drawn, kilobits: int) -> None:
    """From the values of the fleet and the rendered objects alone, with nothing of the plan."""
    for each in drawn.values["deviceClasses"].values():
        if not each.get("offline"):
            each["link"] = {"bandwidth": f"{kilobits}kbit/s"}
    for body in (each.body for each in render(drawn.plan)):
        if body["kind"] not in ("Deployment", "Rollout"):
            continue
        workload = drawn.values["workloads"][body["metadata"]["name"]]
        pod = body["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        startup = workload.get("startup", {})
        p99 = _milliseconds(workload.get("latency", {"p99": "0ms"})["p99"])
        least = _milliseconds(startup.get("load", "60s")) + startup.get("warmUp", 3) * p99
        probe = container["startupProbe"]
        waits = probe["periodSeconds"] * probe["failureThreshold"]
        assert waits * 1000 >= least
        models = sum("image" in volume for volume in pod["volumes"])
        pull = models * 8 * 1000 // (kilobits * 1000)  # each form has a thousand bytes
        assert body["spec"]["progressDeadlineSeconds"] >= pod["terminationGracePeriodSeconds"] + pull + waits
