"""What is written and has no effect is named; what has one is not."""

from __future__ import annotations

from typing import Any

import pytest
from tests.small import changed, found, plan_of, smallest

STAGES = {"stages": [{"ring": "all", "upTo": "100%"}]}
CPU = {"backends": ["onnxruntime-cpu"], "images": {"amd64": "ours"}}
TRAFFIC = [{"cidr": "10.0.0.0/8"}]


def paths(values: dict[str, Any]) -> list[tuple[str | int, ...]]:
    findings = found(plan_of(values).findings, "no-effect")
    assert all(each.level == "warning" and each.on_key for each in findings)
    return [each.path for each in findings]


@pytest.mark.parametrize(
    ("section", "entry"),
    [("models", {"version": "1.0.0", "source": "m.onnx"}), ("rollouts", STAGES), ("runtimes", CPU)],
)
def test_entries_that_nobody_names(section: str, entry: dict[str, Any]) -> None:
    assert paths(changed(smallest(), {(section, "spare"): entry})) == [(section, "spare")]


def test_entries_that_somebody_names() -> None:
    values = smallest(
        rollouts={"careful": STAGES},
        runtimes={"ours": CPU},
        models__other={"version": "1.0.0", "source": "m.onnx"},
        workloads__read__on={"kiosk": {"rollout": "careful", "runtime": "ours", "model": "other"}},
    )
    assert paths(values) == []


def test_a_runtime_that_is_chosen_by_default_is_used() -> None:
    assert paths(smallest(runtimes={"cpu": CPU})) == []


def test_variants_that_no_tier_uses() -> None:
    variants = {"half": {"precision": "fp16"}, "small": {"precision": "int8"}}
    assert paths(smallest(models__digits__variants=variants)) == [("models", "digits", "variants", "half")]


def test_a_variant_that_is_asked_for_and_cannot_run_is_told_once() -> None:
    values = smallest(
        models__digits__variants={"half": {"precision": "fp16"}},
        workloads__read__runtime="cpu",
        workloads__read__tiers=["onnxruntime-cpu", "onnxruntime-cpu/half"],
    )
    assert paths(values) == []


@pytest.mark.parametrize(
    ("tiers", "used"), [(["onnxruntime-cpu"], False), (["onnxruntime-cpu", "rule"], True)]
)
def test_rules_that_no_tier_asks(tiers: list[str], used: bool) -> None:
    values = smallest(
        workloads__read__rule="rules/one.py", workloads__read__runtime="cpu", workloads__read__tiers=tiers
    )
    assert paths(values) == ([] if used else [("workloads", "read", "rule")])


def test_a_rule_is_used_where_one_class_asks_for_it() -> None:
    values = smallest(
        deviceClasses={"kiosk": {"board": "intel-n100-8gb"}, "pi": {"board": "raspberry-pi-5-8gb"}},
        workloads__read__rule="rules/one.py",
        workloads__read__on={"kiosk": {"runtime": "cpu", "tiers": ["onnxruntime-cpu"]}, "pi": {}},
    )
    assert paths(values) == []


@pytest.mark.parametrize(
    ("network", "expose", "unused"),
    [
        ({"default": "allow", "allow": {"egress": TRAFFIC}}, "cluster", ["egress"]),
        (
            {"default": "allow", "allow": {"egress": TRAFFIC, "ingress": TRAFFIC}},
            "cluster",
            ["egress", "ingress"],
        ),
        ({"allow": {"egress": TRAFFIC}}, "none", []),
        ({"allow": {"ingress": TRAFFIC}}, "none", ["ingress"]),
        ({"allow": {"ingress": TRAFFIC}}, "cluster", []),
        ({"default": "allow"}, "none", []),
    ],
)
def test_traffic_rules_that_open_nothing(network: dict[str, Any], expose: str, unused: list[str]) -> None:
    values = smallest(security={"network": network}, workloads__read__expose=expose)
    assert paths(values) == [("security", "network", "allow", each) for each in unused]


KIOSK = ("deviceClasses", "kiosk")
BATTERY = {"capacity": "100Wh", "lasts": "1h"}


@pytest.mark.parametrize(
    ("device_class", "draw", "said"),
    [
        ({"reserve": {"storage": "1Gi"}}, None, [(*KIOSK, "reserve", "storage")]),
        ({"reserve": {"storage": "1Gi"}, "storage": "64Gi"}, None, []),
        ({"power": {"peak": "9W"}}, None, [(*KIOSK, "power")]),
        ({"power": {"peak": "9W", "budget": "9W"}}, None, []),
        ({"power": {"peak": "9W", "budget": "9W", "idle": "3W"}}, None, [(*KIOSK, "power", "idle")]),
        ({"power": {"peak": "9W", "idle": "3W"}, "battery": BATTERY}, None, []),
        ({}, "9W", [("workloads", "read", "draw")]),
        ({"power": {"peak": "9W"}, "battery": BATTERY}, "9W", [("workloads", "read", "draw")]),
        ({"power": {"idle": "3W"}, "battery": BATTERY}, "9W", []),
    ],
)
def test_amounts_that_nothing_is_compared_with(
    device_class: dict[str, Any], draw: str | None, said: list[tuple[str, ...]]
) -> None:
    values = smallest(deviceClasses__kiosk={"board": "intel-n100-8gb"} | device_class)
    if draw:
        values["workloads"]["read"]["draw"] = draw
    assert paths(values) == said


def test_a_draw_on_the_class_with_the_battery_is_the_one_that_counts() -> None:
    values = smallest(
        deviceClasses__kiosk={"board": "intel-n100-8gb", "power": {"idle": "3W"}, "battery": BATTERY}
    )
    values["workloads"]["read"] |= {"draw": "9W", "on": {"kiosk": {"draw": "8W"}}}
    assert paths(values) == [("workloads", "read", "draw")]
