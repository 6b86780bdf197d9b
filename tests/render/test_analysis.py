"""How a device judges a version: the soak is filled, each limit has its figure, and no answer is no abort."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.small import ROOT, plan_of, smallest
from tests.strategies import Drawn, drawn_fleets

from edgewright.fleet import Duration
from edgewright.plan.chance import answers_for_drop, answers_for_errors, answers_for_p99
from edgewright.render import render
from edgewright.render.analysis import interval_and_count

Object = dict[str, Any]


def with_stages(*stages: dict[str, Any], **rollout: Any) -> Object:
    whole = {"stages": [*stages, {"ring": "everyone", "upTo": "100%"}], **rollout}
    return smallest(rollouts={"careful": whole}, workloads__read__rollout="careful")


def canary(against: Any = "previous", soak: str = "24h", **limits: str) -> Object:
    return with_stages({"ring": "canary", "upTo": "1%", "soak": soak, "abortWhen": limits}, against=against)


def templates(values: Object) -> list[Object]:
    return [each.body for each in render(plan_of(values)) if each.body["kind"] == "AnalysisTemplate"]


def metrics(values: Object) -> dict[str, Object]:
    return {each["name"]: each for each in templates(values)[0]["spec"]["metrics"]}


@given(st.integers(1, 3660 * 86_400_000))
def test_measurements_fill_the_soak(milliseconds: int) -> None:
    soak = Duration(milliseconds)
    interval, count = interval_and_count(soak)
    assert 60 <= interval <= 1800
    assert interval * count >= soak.seconds
    assert interval * (count - 1) < soak.seconds


@pytest.mark.parametrize(
    ("soak", "interval", "count"), [("60s", 60, 1), ("1h", 60, 60), ("24h", 900, 96), ("72h", 1800, 144)]
)
def test_how_often_is_measured(soak: str, interval: int, count: int) -> None:
    assert interval_and_count(Duration(soak)) == (interval, count)


def test_the_first_measurement_waits_so_that_the_last_ends_the_soak() -> None:
    metric = metrics(canary(errorRate="5%"))["error-rate"]
    assert metric["initialDelay"] == metric["interval"] == "900s"
    assert metric["count"] == 96


@pytest.mark.parametrize(
    ("limits", "names"),
    [
        ({"accuracyDrop": "3pp"}, ["accuracy-drop"]),
        ({"latencyIncrease": "50%"}, ["latency-increase"]),
        ({"errorRate": "5%"}, ["error-rate"]),
        ({"accuracyDrop": "3pp", "errorRate": "0%"}, ["accuracy-drop", "error-rate"]),
    ],
)
def test_each_limit_has_its_figure(limits: dict[str, str], names: list[str]) -> None:
    assert list(metrics(canary(**limits))) == names


@pytest.mark.parametrize(
    ("limit", "number"),
    [("5%", "0.05"), ("0%", "0"), ("100%", "1"), ("0.0001%", "0.000001"), ("12.5%", "0.125")],
)
def test_limits_are_exact(limit: str, number: str) -> None:
    condition = metrics(canary(errorRate=limit))["error-rate"]["failureCondition"]
    assert condition == f"len(result) > 0 && !isNaN(result[0]) && result[0] > {number}"


def test_growth_beyond_double_is_a_limit_too() -> None:
    condition = metrics(canary(latencyIncrease="1250%"))["latency-increase"]["failureCondition"]
    assert condition.endswith("> 12.5")


def query(metric: str, values: Object) -> str:
    return str(metrics(values)[metric]["provider"]["prometheus"]["query"])


def test_measured_against_the_version_before() -> None:
    accuracy = query("accuracy-drop", canary(accuracyDrop="3pp"))
    before, _, now = accuracy.partition("\n- ")
    assert 'revision="{{args.previous}}"' in before
    assert 'revision="{{args.revision}}"' in now
    assert "[86400s]" in now
    assert f"[{8 * 86400}s]" in before
    least = answers_for_drop(30_000, 0)
    assert f">= {least})" in before
    assert f">= {least})" in now


def least_of(metric: str, values: Object) -> set[int]:
    return {int(each) for each in re.findall(r">= (\d+)\)", query(metric, values))}


def test_a_figure_is_judged_from_as_many_answers_on_as_chance_needs() -> None:
    limits = {"accuracyDrop": "3pp", "latencyIncrease": "50%", "errorRate": "5%"}
    assert least_of("accuracy-drop", canary(**limits)) == {answers_for_drop(30_000, 0)}
    assert least_of("latency-increase", canary(**limits)) == {answers_for_p99(fixed=False)}
    assert least_of("error-rate", canary(**limits)) == {answers_for_errors(50_000)}
    fixed = canary({"accuracy": "91%", "p99": "30ms"}, **limits)
    assert least_of("accuracy-drop", fixed) == {answers_for_drop(30_000, 0, 910_000)}
    assert least_of("latency-increase", fixed) == {answers_for_p99(fixed=True)}


def test_the_lowest_floor_of_the_workloads_that_are_judged_together_counts() -> None:
    def with_floors(first: str, second: str, rollout: str | None) -> Object:
        models = {
            name: {
                "version": "1.0.0",
                "source": f"models/{name}.onnx",
                "evaluation": {"golden": "models/golden.npz", "floor": floor},
            }
            for name, floor in (("one", first), ("two", second))
        }
        values = canary(accuracyDrop="3pp")
        read = values["workloads"]["read"]
        other = {**read, "model": "two"} if rollout else {k: v for k, v in read.items() if k != "rollout"}
        values["workloads"] = {"one": {**read, "model": "one"}, "two": {**other, "model": "two"}}
        return {**values, "models": models}

    both = [
        least_of("accuracy-drop", with_floors(*floors, "careful"))
        for floors in (("90%", "95%"), ("95%", "90%"))
    ]
    assert both == [{answers_for_drop(30_000, 900_000)}] * 2
    assert least_of("accuracy-drop", with_floors("95%", "60%", None)) == {answers_for_drop(30_000, 950_000)}


def test_a_day_without_figures_aborts_and_a_restart_does_not() -> None:
    metric = metrics(canary(errorRate="1%"))["error-rate"]
    assert metric["consecutiveErrorLimit"] * 10 == 24 * 3600


def test_measured_against_fixed_figures() -> None:
    against = {"accuracy": "91.5%", "p99": "30ms"}
    values = canary(against, accuracyDrop="3pp", latencyIncrease="50%")
    assert query("accuracy-drop", values).startswith("0.915\n- (")
    assert "\n/ 0.03\n- 1" in query("latency-increase", values)
    assert "args.previous" not in query("accuracy-drop", values) + query("latency-increase", values)


def test_the_window_is_the_soak_in_whole_seconds() -> None:
    assert "[91s]" in query("error-rate", canary(soak="90.5s", errorRate="1%"))


def test_rings_that_watch_nothing_have_no_template() -> None:
    values = with_stages({"ring": "canary", "upTo": "1%", "soak": "24h"}, {"ring": "early", "upTo": "9%"})
    assert templates(values) == []
    (rollout,) = [each.body for each in render(plan_of(values)) if each.body["kind"] == "Rollout"]
    assert rollout["spec"]["strategy"]["canary"]["steps"] == [{"setWeight": 100}]


def test_limits_without_a_figure_watch_nothing() -> None:
    assert templates(with_stages({"ring": "canary", "upTo": "1%", "soak": "24h", "abortWhen": {}})) == []


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(drawn_fleets())
def test_every_template_covers_its_soak_and_is_there(drawn: Drawn) -> None:
    plan = drawn.plan
    manifests = render(plan)
    for planned in plan.classes:
        mine = [each.body for each in manifests if each.path.startswith(f"{planned.name}/")]
        made = {each["metadata"]["name"]: each for each in mine if each["kind"] == "AnalysisTemplate"}
        for ring in planned.rings:
            template = made.get(f"{planned.rollout_name}-{ring.name}")
            if template is None:
                continue
            assert ring.soak is not None
            for metric in template["spec"]["metrics"]:
                covered = metric["count"] * int(metric["interval"][:-1])
                assert covered >= ring.soak.seconds
                assert metric["initialDelay"] == metric["interval"]
                assert metric["failureLimit"] == 0


def test_a_rollout_is_judged_by_metrics_that_the_server_promises() -> None:
    promised = json.loads((ROOT / "runtime_images/edgewright_runtime/metrics.json").read_text())["metrics"]
    names = {
        series: set(each["labels"]) | ({"le"} if each["type"] == "histogram" else set())
        for name, each in promised.items()
        for series in ([f"{name}_bucket", f"{name}_count"] if each["type"] == "histogram" else [name])
    }
    limits = {"accuracyDrop": "3pp", "latencyIncrease": "50%", "errorRate": "5%"}
    queries = [
        metric["provider"]["prometheus"]["query"]
        for each in templates(canary(**limits))
        for metric in each["spec"]["metrics"]
    ]
    asked = [found for query in queries for found in re.findall(r"(edgewright_\w+)\{([^\[]*)\}\[", query)]
    assert len(asked) > 8
    for name, labels in asked:
        assert set(re.findall(r"(\w+)!?=", labels)) <= names[name]
