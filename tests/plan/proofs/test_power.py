"""Power and battery: what is exactly enough passes, a milliwatt more fails, what nobody knows is said."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.small import changed, fleet_of, found, only, plan_of, smallest
from tests.strategies import locked
from tests.waived import assert_waived

from edgewright.artifact.lock import Figure, Lock, LockedFile
from edgewright.errors import Finding
from edgewright.fleet import Duration, Energy, Power

ORIN = {"board": "jetson-orin-nx-16gb", "software": {"jetpack": "6.2"}, "powerMode": "15W"}
L4 = {"host": {"arch": "amd64", "cpu": 8, "memory": "16Gi", "gpu": "nvidia-l4"}}
BOX = ("deviceClasses", "box")


def fleet(device_class: dict[str, Any], **workload: Any) -> dict[str, Any]:
    values = smallest(deviceClasses={"box": device_class})
    values["workloads"]["read"] |= workload
    return values


def supplied(power: dict[str, Any], base: dict[str, Any] = ORIN, **more: Any) -> dict[str, Any]:
    return fleet(base | {"power": power} | more)


@pytest.mark.rule("power-over-budget", "border")
@pytest.mark.parametrize(
    ("base", "power", "path"),
    [
        (ORIN, {}, "powerMode"),
        (ORIN, {"rest": "5500mW"}, "powerMode"),
        (ORIN, {"peak": "9W"}, "power"),  # what was measured goes before the cap
        (L4, {"rest": "60W"}, "host"),
        ({"host": L4["host"] | {"gpus": 2}}, {"rest": "60W"}, "host"),
        ({"host": {"arch": "amd64", "cpu": 8, "memory": "16Gi"}}, {"rest": "60W"}, "power"),
        ({"board": "intel-n100-8gb"}, {"peak": "17W"}, "power"),
    ],
)
def test_the_budget_to_the_milliwatt(base: dict[str, Any], power: dict[str, Any], path: str) -> None:
    caps = {"powerMode": 15_000, "host": 72_000 * base.get("host", {}).get("gpus", 1), "power": 0}
    draw = caps[path] + Power(power.get("rest", 0)) + Power(power.get("peak", 0))
    for budget, fits in ((draw, True), (draw - 1, False)):
        values = supplied({**power, "budget": f"{budget}mW"}, base)
        over = found(plan_of(values).findings, "power-over-budget")
        assert bool(over) != fits
        assert {each.path[2] for each in over} <= {path}


def test_the_finding_names_the_modes_that_fit() -> None:
    finding = only(
        plan_of(supplied({"budget": "20W", "rest": "8W"}, ORIN | {"powerMode": "25W"})).findings,
        "power-over-budget",
    )
    assert finding.message == "`box` needs 33W of power (power mode 25W + the rest 8W), and has 20W"
    assert finding.remedy == "choose a power mode that fits: 10W"
    for power in ({"budget": "20W", "rest": "11W"}, {"budget": "20W", "peak": "21W"}):
        finding = only(plan_of(supplied(power)).findings, "power-over-budget")
        assert finding.remedy == "choose hardware that draws less, or a supply that gives more"


@pytest.mark.rule("power-over-budget", "passes")
@pytest.mark.parametrize("power", [{}, {"rest": "900W"}, {"peak": "900W"}, {"budget": "15W"}])
def test_no_budget_or_one_that_is_enough(power: dict[str, Any]) -> None:
    assert not [each for each in plan_of(supplied(power)).findings if each.rule.startswith("power")]


@pytest.mark.rule("power-over-budget", "waived")
def test_a_budget_is_waived(tmp_path: Path) -> None:
    assert_waived(tmp_path, supplied({"budget": "9W"}), "power-over-budget")


@pytest.mark.rule("power-not-known", "border")
@pytest.mark.parametrize(
    ("base", "power", "remedy"),
    [
        (ORIN | {"powerMode": "MAXN"}, {"rest": "5W"}, "choose a `powerMode` with a cap"),
        ({"board": "jetson-orin-nx-16gb"}, {}, "choose a `powerMode` with a cap"),
        ({"board": "intel-n100-8gb"}, {"rest": "5W"}, "choose a `powerMode` with a cap"),
        (L4, {}, "state what is drawn beside the GPU by `power.rest`"),
        (
            {"host": L4["host"] | {"gpu": "nvidia-a10"}},
            {"rest": "5W"},
            "state what is drawn beside the GPU by",
        ),
    ],
)
def test_a_draw_that_nobody_knows(base: dict[str, Any], power: dict[str, Any], remedy: str) -> None:
    finding = only(plan_of(supplied(power | {"budget": "1W"}, base)).findings, "power-not-known")
    assert (finding.level, finding.path) == ("info", (*BOX, "power", "budget"))
    assert remedy in finding.remedy
    battery = {"capacity": "1Wh", "lasts": "1h"}
    finding = only(plan_of(supplied(power, base, battery=battery)).findings, "power-not-known")
    assert (finding.level, finding.path) == ("info", (*BOX, "battery", "capacity"))


@pytest.mark.rule("power-not-known", "passes")
@pytest.mark.parametrize("base", [ORIN, {"board": "intel-n100-8gb"}])
def test_a_draw_that_was_measured(base: dict[str, Any]) -> None:
    assert not found(plan_of(supplied({"budget": "9W", "peak": "9W"}, base)).findings, "power-not-known")


@pytest.mark.rule("power-not-known", "waived")
def test_a_draw_that_nobody_knows_is_waived(tmp_path: Path) -> None:
    assert_waived(tmp_path, supplied({"budget": "9W"}, {"board": "intel-n100-8gb"}), "power-not-known")


BUSY: dict[str, Any] = {"load": {"requests": "5/s"}, "latency": {"p99": "40ms"}, "draw": "14W"}
"""A fifth of the time."""


def on_battery(
    capacity: str, lasts: str = "8h", power: dict[str, Any] | None = None, **workload: Any
) -> list[Finding]:
    battery = {"battery": {"capacity": capacity, "lasts": lasts}}
    device_class = ORIN | battery | ({"power": power} if power else {})
    return found(plan_of(fleet(device_class, **workload)).findings, "battery-too-small")


@pytest.mark.rule("battery-too-small", "border")
@pytest.mark.parametrize(
    ("needed", "power", "workload"),
    [
        (15_000 * 8, None, {}),  # the cap, all the time
        (15_000 * 8, None, BUSY),  # without what it draws when idle, all the same
        ((15_000 + 2000) * 8, {"rest": "2W"}, {}),
        ((6000 + 8000 // 5) * 8, {"idle": "6W"}, BUSY),
        ((6000 + 9000 // 5) * 8, {"idle": "6W"}, {**BUSY, "draw": "15W"}),
        ((6000 + 9000) * 8, {"idle": "6W"}, {"draw": "15W"}),  # no load: it might be busy all the time
        (
            (6000 + 9000 // 5) * 8,
            {"idle": "6W"},
            {name: BUSY[name] for name in ("load", "latency")},
        ),  # the cap
        (6000 * 8, {"idle": "6W"}, {**BUSY, "draw": "5W"}),
        (
            15_000 * 8,
            {"idle": "6W"},
            {**BUSY, "load": {"requests": "25/s"}, "draw": "25W"},
        ),  # at most the cap
        ((6000 + 4000) * 8, {"idle": "6W"}, {**BUSY, "load": {"requests": "9000/s"}, "draw": "10W"}),
    ],
)
def test_the_battery_to_the_milliwatt_hour(
    needed: int, power: dict[str, Any] | None, workload: dict[str, Any]
) -> None:
    assert not on_battery(f"{needed}mWh", power=power, **workload)
    (finding,) = on_battery(f"{needed - 1}mWh", power=power, **workload)
    assert (finding.level, finding.path) == ("error", (*BOX, "battery", "capacity"))


@pytest.mark.rule("battery-too-small", "passes")
def test_no_battery() -> None:
    assert not found(plan_of(supplied({"idle": "6W"})).findings, "battery-too-small")


@pytest.mark.rule("battery-too-small", "waived")
def test_a_battery_is_waived(tmp_path: Path) -> None:
    values = fleet(ORIN | {"battery": {"capacity": "1Wh", "lasts": "8h"}})
    assert_waived(tmp_path, values, "battery-too-small")


def test_the_finding_names_where_the_energy_goes() -> None:
    (finding,) = on_battery("50Wh", power={"idle": "6W"}, **BUSY)
    assert finding.message == (
        "`box` needs 60.8Wh of energy for 8h (idle 48Wh + `read` 12.8Wh), and has 50Wh"
    )
    assert finding.remedy == "fit one of 61Wh, or write `lasts: 394m`"
    assert [note.path for note in finding.notes] == [(*BOX, "power", "idle"), ("workloads", "read", "draw")]


@given(
    st.integers(4000, 20_000),
    st.integers(0, 30_000),
    st.integers(1, 3000),
    st.integers(1, 2000),
    st.integers(1, 48),
)
def test_the_numbers_in_the_remedy_are_enough(idle: int, draw: int, rate: int, p99: int, hours: int) -> None:
    """And the energy is the one of the formula, in fractions, rounded up by less than one for each part."""
    workload = {"load": {"requests": f"{rate}/min"}, "latency": {"p99": f"{p99}ms"}, "draw": f"{draw}mW"}
    power = {"idle": f"{idle}mW", "peak": "30W"}
    (finding,) = on_battery("1Wh", f"{hours}h", power, **workload)
    duty = min(Fraction(1), Fraction(rate, 60) * Fraction(p99, 1000))
    energy = min(Fraction(30_000), idle + max(0, draw - idle) * duty) * hours
    named = Energy(finding.remedy.removeprefix("fit one of ").partition(",")[0])
    assert energy <= named < energy + 1002
    assert not on_battery(str(named), f"{hours}h", power, **workload)
    half = str(Energy(named // 2 - 1))
    (finding,) = on_battery(half, f"{hours}h", power, **workload)
    lasts = finding.remedy.partition("lasts: ")[2].rstrip("`")
    assert Duration(lasts) > hours * 3_600_000 // 3
    assert not on_battery(half, lasts, power, **workload)


def measured(*figures: Figure, tiers: tuple[str, ...] = ("onnxruntime-cpu",)) -> list[int]:
    """What each part of the battery's sum is, with figures of devices in fleet.lock."""
    battery = {"capacity": "1000Wh", "lasts": "1h"}
    device_class = ORIN | {"power": {"idle": "6W"}, "battery": battery}
    values = fleet(
        device_class,
        tiers=list(tiers),
        **({"rule": "rules/one.py"} if "rule" in tiers else {}),
        load={"requests": "5/s"},
        latency={"p99": "200ms"},
    )
    values["models"]["digits"]["measured"] = "digits.csv"
    lock: Lock = locked(fleet_of(values))
    file = LockedFile("digits.csv", "sha256:" + "0" * 64, 1)
    model = replace(lock.models["digits"], figures=figures, measured=file)
    plan = plan_of(values, replace(lock, models={"digits": model}))
    (proof,) = [each for each in plan.classes[0].proofs if each.rule == "battery-too-small"]
    return [term.amount for term in proof.needs]


def test_a_draw_that_was_measured_on_the_class_counts() -> None:
    tier = "onnxruntime-cpu"
    assert measured() == [6000, 9000]  # the cap of the power mode
    assert measured(Figure("box", tier, 1, 9, 10_000), Figure("box", tier, 8, 9, 12_000)) == [6000, 6000]
    others = (
        Figure("other", tier, 1, 9, 10_000),
        Figure("box", "tensorrt", 1, 9, 7000),
        Figure("box", tier, 1, 9),
    )
    assert measured(*others) == [6000, 9000]


def test_the_hungriest_tier_counts_and_each_must_have_been_measured() -> None:
    tiers = ("onnxruntime-cpu", "rule")
    one, other = Figure("box", "onnxruntime-cpu", 1, 9, 12_000), Figure("box", "rule", 1, 9, 7000)
    assert measured(one, tiers=tiers) == [6000, 9000]
    assert measured(one, other, tiers=tiers) == [6000, 6000]


def test_hours_that_rounding_up_would_break_are_not_named() -> None:
    workload: dict[str, Any] = {"load": {"requests": "60/h"}, "latency": {"p99": "1s"}, "draw": "8mW"}
    (finding,) = on_battery("1mWh", "1h", {"idle": "1mW", "peak": "30W"}, **workload)
    assert finding.remedy == "fit one of 1Wh"


def test_a_workload_whose_draw_nobody_knows() -> None:
    values = fleet({"board": "intel-n100-8gb", "battery": {"capacity": "1Wh", "lasts": "8h"}})
    values = changed(values, {(*BOX, "power"): {"idle": "3W"}})
    assert found(plan_of(values).findings, "power-not-known")
    values = changed(values, {("workloads", "read", "draw"): "9W"})
    assert found(plan_of(values).findings, "battery-too-small")
