"""Latency and load: at the border it passes, a microsecond or a request more fails, and a waiver waives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.small import fleet_of, found, only, plan_of, smallest
from tests.strategies import locked
from tests.waived import assert_waived

from edgewright.artifact.lock import Figure, Lock
from edgewright.plan.queueing import waiting_p99

TIER = "onnxruntime-cpu"


def values_of(**more: Any) -> dict[str, Any]:
    changes = {"workloads__read__tiers": [TIER], "workloads__read__latency": {"p99": "40ms"}} | more
    return smallest(**changes)


def with_figures(values: dict[str, Any], *figures: Figure) -> Lock:
    fleet = fleet_of(values)
    lock = locked(fleet)
    model = lock.models["digits"]
    path = fleet.models["digits"].measured
    file = replace(model.variants["source"].files[0], file=path) if path else None
    return replace(lock, models={"digits": replace(model, measured=file, figures=figures)})


@pytest.mark.parametrize(
    ("stated", "fits"),
    [
        pytest.param("38ms", True, marks=pytest.mark.rule("latency-over-budget", "passes")),
        pytest.param("39ms", False, marks=pytest.mark.rule("latency-over-budget", "border")),
    ],
)
def test_window_and_tier_to_the_millisecond(stated: str, fits: bool) -> None:
    values = values_of(
        workloads__read__latency={"p99": "40ms", "stated": {TIER: stated}},
        workloads__read__batching={"maxBatch": 4, "window": "2ms"},
    )
    plan = plan_of(values)
    findings = found(plan.findings, "latency-over-budget")
    assert bool(findings) != fits
    (proof,) = [each for each in plan.classes[0].proofs if each.rule == "latency-over-budget"]
    assert (proof.needed, proof.available) == (int(stated[:2]) * 1000 + 2000, 40_000)
    if not fits:
        assert findings[0].message == (
            "`read` on `kiosk` needs 41ms of time to answer (window 2ms + `onnxruntime-cpu` 39ms), and has 40ms"
        )
        assert findings[0].path == ("workloads", "read", "latency", "p99")
        assert findings[0].remedy == "promise `p99: 41ms`, or let a faster tier come first"


@pytest.mark.parametrize(("p99", "fits"), [(40_000, True), (40_001, False)])
def test_what_was_measured_counts_to_the_microsecond(p99: int, fits: bool) -> None:
    values = values_of(models__digits__measured="m.csv")
    plan = plan_of(values, with_figures(values, Figure("kiosk", TIER, 1, p99)))
    assert bool(found(plan.findings, "latency-over-budget")) != fits
    assert "without `load`" in only(plan.findings, "latency-unknown").message


def test_what_is_stated_stands_before_what_was_measured() -> None:
    values = values_of(
        models__digits__measured="m.csv",
        workloads__read__latency={"p99": "40ms", "stated": {TIER: "5ms"}},
    )
    plan = plan_of(values, with_figures(values, Figure("kiosk", TIER, 1, 90_000)))
    assert not found(plan.findings, "latency-over-budget")


def test_of_a_larger_batch_something_follows_and_of_a_smaller_one_nothing() -> None:
    values = values_of(models__digits__measured="m.csv", workloads__read__batching={"maxBatch": 4})
    small, large = Figure("kiosk", TIER, 1, 90_000), Figure("kiosk", TIER, 8, 50_000)
    unknown = plan_of(values, with_figures(values, small)).findings
    assert "for a full batch" in only(unknown, "latency-unknown").message
    assert not found(unknown, "latency-over-budget")
    plan = plan_of(values, with_figures(values, small, large))
    finding = only(plan.findings, "latency-over-budget")
    assert finding.notes[0].path == ("models", "digits", "measured")
    assert "needs 50ms" in finding.message


def test_figures_of_another_class_or_another_file_do_not_count() -> None:
    values = values_of(models__digits__measured="m.csv")
    elsewhere = plan_of(values, with_figures(values, Figure("other", TIER, 1, 90_000)))
    assert not found(elsewhere.findings, "latency-over-budget")
    lock = with_figures(values, Figure("kiosk", TIER, 1, 90_000))
    values["models"]["digits"]["measured"] = "another.csv"
    plan = plan_of(values, lock)
    assert not found(plan.findings, "latency-over-budget")
    assert only(plan.findings, "lock-stale").path == ("models", "digits", "measured")


def test_the_queue_counts_where_the_load_is_known() -> None:
    latency = {"p99": "40ms", "stated": {TIER: "20ms"}}
    assert not found(plan_of(values_of(workloads__read__latency=latency)).findings, "latency-over-budget")
    values = values_of(workloads__read__latency=latency, workloads__read__load={"requests": "20/s"})
    plan = plan_of(values)
    (proof,) = [each for each in plan.classes[0].proofs if each.rule == "latency-over-budget"]
    assert [(each.name, each.amount) for each in proof.needs] == [
        ("queue", waiting_p99(20 * 86_400, 20_000, 1)),
        ("`onnxruntime-cpu`", 20_000),
    ]
    assert only(plan.findings, "latency-over-budget").level == "error"


def test_a_window_waits_for_nobody_where_a_batch_is_one() -> None:
    values = values_of(
        workloads__read__latency={"p99": "40ms", "stated": {TIER: "40ms"}},
        workloads__read__batching={"maxBatch": 1, "window": "20ms"},
    )
    assert not found(plan_of(values).findings, "latency-over-budget")


@pytest.mark.parametrize(("tiers", "level"), [([TIER, "rule"], "error"), (["rule", TIER], "warning")])
def test_a_tier_that_stands_in_is_worth_a_warning(tiers: list[str], level: str) -> None:
    values = values_of(
        workloads__read__tiers=tiers,
        workloads__read__rule="rules/one.py",
        workloads__read__latency={"p99": "40ms", "stated": {TIER: "41ms"}},
    )
    assert only(plan_of(values).findings, "latency-over-budget").level == level


@pytest.mark.parametrize(
    ("requests", "fits"),
    [
        pytest.param("17.5/s", True, marks=pytest.mark.rule("load-over-capacity", "passes")),
        pytest.param("1512001/d", False, marks=pytest.mark.rule("load-over-capacity", "border")),
    ],
)
def test_a_server_is_busy_seven_tenths_of_its_time_at_most(requests: str, fits: bool) -> None:
    """At 40ms a request 70% are 17.5 a second, which are 1,512,000 a day."""
    values = values_of(
        workloads__read__latency={"p99": "1s", "stated": {TIER: "40ms"}},
        workloads__read__load={"requests": requests},
    )
    findings = found(plan_of(values).findings, "load-over-capacity")
    assert bool(findings) != fits
    if not fits:
        assert findings[0].path == ("workloads", "read", "load", "requests")
        assert findings[0].remedy.startswith("send it 17/s at most, or ")


def test_a_batch_shares_the_time_of_the_server() -> None:
    values = values_of(
        workloads__read__latency={"p99": "1s", "stated": {TIER: "40ms"}},
        workloads__read__load={"requests": "100/s"},
    )
    assert found(plan_of(values).findings, "load-over-capacity")
    values["workloads"]["read"]["batching"] = {"maxBatch": 8}
    assert not found(plan_of(values).findings, "load-over-capacity")


def test_beyond_all_capacity_the_queue_is_told_once() -> None:
    values = values_of(
        workloads__read__latency={"p99": "50ms", "stated": {TIER: "40ms"}},
        workloads__read__load={"requests": "100/s"},
    )
    findings = plan_of(values).findings
    assert only(findings, "load-over-capacity").level == "error"
    assert not found(findings, "latency-over-budget")


@pytest.mark.parametrize(
    ("rule", "latency", "requests"),
    [
        pytest.param(
            "latency-over-budget", {"p99": "40ms", "stated": {TIER: "41ms"}}, "1/min",
            marks=pytest.mark.rule("latency-over-budget", "waived"),
        ),
        pytest.param(
            "load-over-capacity", {"p99": "10s", "stated": {TIER: "40ms"}}, "20/s",
            marks=pytest.mark.rule("load-over-capacity", "waived"),
        ),
    ],
)  # fmt: skip
def test_both_can_be_waived(rule: str, latency: dict[str, Any], requests: str, tmp_path: Path) -> None:
    values = values_of(workloads__read__latency=latency, workloads__read__load={"requests": requests})
    assert_waived(tmp_path, values, rule)


@pytest.mark.rule("latency-unknown", "border")
def test_what_is_not_known_is_told_once_a_workload() -> None:
    classes = {f"c{index}": {"board": "intel-n100-8gb"} for index in range(3)}
    values = values_of(deviceClasses=classes)
    finding = only(plan_of(values).findings, "latency-unknown")
    assert (finding.level, finding.path) == ("info", ("workloads", "read", "latency", "p99"))
    assert finding.message == (
        "`read` promises its p99, and nobody has measured or stated how long `onnxruntime-cpu` takes for a "
        "full batch on `c0` and 2 more classes"
    )


@pytest.mark.rule("latency-unknown", "passes")
def test_what_is_known_is_not_told() -> None:
    latency = {"p99": "40ms", "stated": {TIER: "5ms"}}
    values = values_of(workloads__read__latency=latency)
    assert "without `load`" in only(plan_of(values).findings, "latency-unknown").message
    values["workloads"]["read"]["load"] = {"requests": "5/s"}
    assert not found(plan_of(values).findings, "latency-unknown")
    assert not found(plan_of(smallest()).findings, "latency-unknown")


@pytest.mark.rule("latency-unknown", "waived")
def test_that_nobody_knows_can_be_waived(tmp_path: Path) -> None:
    assert_waived(tmp_path, values_of(), "latency-unknown")


def test_a_figure_of_a_tier_that_nothing_runs_has_no_effect() -> None:
    latency = {"p99": "40ms", "stated": {TIER: "5ms", "tensorrt": "1ms"}}
    finding = only(plan_of(values_of(workloads__read__latency=latency)).findings, "no-effect")
    assert finding.path == ("workloads", "read", "latency", "stated", "tensorrt")


def test_batches_at_the_same_time_take_as_much_of_the_server_each() -> None:
    def finding(concurrency: int) -> list[str]:
        values = values_of(
            workloads__read__latency={"p99": "40ms", "stated": {TIER: "20ms"}},
            workloads__read__batching={"concurrency": concurrency},
            workloads__read__resources={"cpu": 3, "memory": "512Mi"},
        )
        return [each.message for each in found(plan_of(values).findings, "latency-over-budget")]

    assert finding(2) == []
    assert finding(3) == [
        "`read` on `kiosk` needs 60ms of time to answer (batches at the same time 40ms + `onnxruntime-cpu` 20ms), "
        "and has 40ms"
    ]
