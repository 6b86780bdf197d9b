"""Delivery: what a class gets fits through its link or on its stick to the byte, and what has no size is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.small import fleet_of, found, only, plan_of, smallest
from tests.strategies import locked, sized
from tests.waived import assert_waived

from edgewright.artifact.lock import Lock
from edgewright.plan.pieces import pieces_of

IMAGE = 100_000_000
MODEL = 1000 + 16 * 1024
"""The model of the lock, and its packing."""
BITS = 8 * (IMAGE + MODEL)
OFFLINE = {"board": "intel-n100-8gb", "offline": True, "signatureGate": "bundle"}


def values_of(**device_class: Any) -> dict[str, Any]:
    return smallest(deviceClasses={"kiosk": {"board": "intel-n100-8gb"} | device_class})


def with_sizes(values: dict[str, Any], image: int | None = IMAGE) -> Lock:
    return sized(locked(fleet_of(values)), image)


@pytest.mark.parametrize(
    ("bandwidth", "fits"),
    [
        pytest.param(BITS, True, marks=pytest.mark.rule("update-over-window", "passes")),
        pytest.param(BITS - 8, False, marks=pytest.mark.rule("update-over-window", "border")),
    ],
)
def test_a_window_of_a_second_to_the_byte(bandwidth: int, fits: bool) -> None:
    values = values_of(link={"bandwidth": f"{bandwidth}bit/s", "window": "1s"})
    findings = found(plan_of(values, with_sizes(values)).findings, "update-over-window")
    assert bool(findings) != fits
    if not fits:
        assert findings[0].path == ("deviceClasses", "kiosk", "link")
        assert findings[0].remedy == "give it `window: 1m` or `bandwidth: 801Mbit/s`"


def test_what_several_workloads_share_comes_once() -> None:
    values = values_of(link={"bandwidth": "1Mbit/s"})
    values["workloads"]["more"] = values["workloads"]["read"]
    plan = plan_of(values, with_sizes(values))
    (proof,) = [each for each in plan.classes[0].proofs if each.rule == "update-over-window"]
    assert [(each.name, each.amount) for each in proof.needs] == [("images", IMAGE), ("models", MODEL)]
    assert proof.available == 86_400 * 10**6 // 8


def test_the_number_in_the_remedy_fits() -> None:
    values = values_of(link={"bandwidth": "5kbit/s", "window": "1h"})
    remedy = only(plan_of(values, with_sizes(values)).findings, "update-over-window").remedy
    assert "window" not in remedy  # a day would not do
    values = values_of(link={"bandwidth": remedy.split("`")[1].split(": ")[1], "window": "1h"})
    assert not found(plan_of(values, with_sizes(values)).findings, "update-over-window")


@pytest.mark.parametrize(
    ("stick", "fits"),
    [
        pytest.param(IMAGE + MODEL, True, marks=pytest.mark.rule("stick-too-small", "passes")),
        pytest.param(IMAGE + MODEL - 1, False, marks=pytest.mark.rule("stick-too-small", "border")),
    ],
)
def test_a_stick_to_the_byte(stick: int, fits: bool) -> None:
    values = values_of(**OFFLINE, stick=f"{stick}B")
    findings = found(plan_of(values, with_sizes(values)).findings, "stick-too-small")
    assert bool(findings) != fits
    if not fits:
        assert findings[0].path == ("deviceClasses", "kiosk", "stick")
        assert findings[0].remedy == "take a stick of 101M or more"


@pytest.mark.parametrize(
    ("rule", "device_class"),
    [
        pytest.param(
            "update-over-window", {"link": {"bandwidth": "8bit/s", "window": "1s"}},
            marks=pytest.mark.rule("update-over-window", "waived"),
        ),
        pytest.param(
            "stick-too-small", OFFLINE | {"stick": "1k"}, marks=pytest.mark.rule("stick-too-small", "waived")
        ),
        pytest.param(
            "size-unknown", {"link": {"bandwidth": "8Mbit/s"}}, marks=pytest.mark.rule("size-unknown", "waived")
        ),
    ],
)  # fmt: skip
def test_all_can_be_waived(rule: str, device_class: dict[str, Any], tmp_path: Path) -> None:
    values = values_of(**device_class)
    assert_waived(tmp_path, values, rule, lock=with_sizes(values, None))


@pytest.mark.rule("size-unknown", "border")
def test_what_has_no_size_is_named_and_not_taken_for_nothing() -> None:
    values = values_of(link={"bandwidth": "8Mbit/s"})
    finding = only(plan_of(values, with_sizes(values, None)).findings, "size-unknown")
    assert (finding.level, finding.path) == ("info", ("deviceClasses", "kiosk", "link"))
    assert "no size of `runtime-cpu`: " in finding.message
    nothing = plan_of(values, Lock())
    assert not [each for each in nothing.classes[0].proofs if each.rule == "update-over-window"]
    assert "`runtime-cpu`, `digits/source`" in only(nothing.findings, "size-unknown").message


@pytest.mark.rule("size-unknown", "passes")
def test_where_all_sizes_are_known_nothing_is_told_but_what_a_stick_has_besides() -> None:
    values = values_of(link={"bandwidth": "8Mbit/s"})
    assert not found(plan_of(values, with_sizes(values)).findings, "size-unknown")
    assert not found(plan_of(smallest(), Lock()).findings, "size-unknown")
    values = values_of(**OFFLINE, stick="32G")
    finding = only(plan_of(values, with_sizes(values)).findings, "size-unknown")
    assert "what `platform` installs" in finding.message


def test_pieces_point_at_what_they_come_from() -> None:
    values = smallest(models__digits__variants={"small": {"precision": "int8"}})
    values["workloads"]["read"]["tiers"] = ["onnxruntime-cpu/small", "onnxruntime-cpu"]
    pieces = pieces_of(plan_of(values).classes[0].workloads)
    assert [(each.name, each.path) for each in pieces] == [
        ("runtime-cpu", ("workloads", "read")),
        ("digits/small", ("models", "digits", "variants", "small")),
        ("digits/source", ("models", "digits")),
    ]
