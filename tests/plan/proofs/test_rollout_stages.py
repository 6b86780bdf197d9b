"""Stages: what proves nothing for the next ring, and limits that allow more than before."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.small import found, only, plan_of, smallest

from edgewright.assembly import assemble
from edgewright.errors import Finding

PATH = ("rollouts", "careful", "stages")


def fleet(*stages: dict[str, Any]) -> dict[str, Any]:
    return smallest(
        deviceClasses={"kiosk": {"board": "intel-n100-8gb", "devices": 100}},
        rollouts={"careful": {"stages": [*stages, {"ring": "everyone", "upTo": "100%"}]}},
        workloads__read__rollout="careful",
    )


def findings(*stages: dict[str, Any]) -> tuple[Finding, ...]:
    return plan_of(fleet(*stages)).findings


def ring(name: str, share: str, soak: str | None = "24h", **limits: str) -> dict[str, Any]:
    stage: dict[str, Any] = {"ring": name, "upTo": share}
    stage |= {"soak": soak} if soak else {}
    return stage | ({"abortWhen": limits} if limits else {})


@pytest.mark.rule("soak-missing", "border")
@pytest.mark.parametrize(("soak", "missing"), [(None, True), ("0s", True), ("1ms", False), ("24h", False)])
def test_a_ring_before_the_last_soaks(soak: str | None, missing: bool) -> None:
    told = found(findings(ring("canary", "1%", soak)), "soak-missing")
    assert [each.path for each in told] == [(*PATH, 0, "soak")] * missing
    assert all(each.on_key == (soak is None) for each in told)


@pytest.mark.rule("soak-missing", "passes")
def test_the_last_ring_needs_no_soak() -> None:
    assert not found(findings(), "soak-missing")
    assert not found(findings(ring("canary", "1%")), "soak-missing")


def test_what_proves_nothing_is_named_with_the_ring_that_follows() -> None:
    finding = only(findings(ring("canary", "1%"), ring("early", "10%", None)), "soak-missing")
    assert finding.message == "`early` proves nothing: `everyone` may have the change at once"
    assert (finding.level, finding.path) == ("warning", (*PATH, 1, "soak"))


def test_what_is_refused_anyway_is_not_told_twice() -> None:
    told = findings(ring("canary", "1%", "0s", errorRate="5%"))
    assert found(told, "soak-too-short")
    assert not found(told, "soak-missing")


@pytest.mark.rule("thresholds-loosen", "border")
@pytest.mark.parametrize(
    ("name", "before", "equal", "more"),
    [
        ("accuracyDrop", "3pp", "3pp", "3.0001pp"),
        ("latencyIncrease", "50%", "50%", "50.0001%"),
        ("errorRate", "5%", "5%", "5.0001%"),
    ],
)
def test_limits_tighten_or_stay(name: str, before: str, equal: str, more: str) -> None:
    first = ring("canary", "1%", **{name: before})
    assert not found(findings(first, ring("early", "10%", **{name: equal})), "thresholds-loosen")
    finding = only(findings(first, ring("early", "10%", **{name: more})), "thresholds-loosen")
    assert finding.level == "warning"
    assert finding.path == (*PATH, 1, "abortWhen", name)
    assert finding.notes[0].path == (*PATH, 0, "abortWhen", name)
    assert finding.message == (
        f"`early` ends at `{name}: {more}`, and an earlier ring of fewer devices ends at {before}"
    )
    assert finding.remedy == f"write `{name}: {before}` or less here, or allow more there"


@pytest.mark.rule("thresholds-loosen", "passes")
def test_limits_that_tighten_pass() -> None:
    stages = (
        ring("canary", "1%", accuracyDrop="3pp"),
        ring("early", "10%", accuracyDrop="1pp", errorRate="2%"),
        ring("late", "50%", accuracyDrop="1pp", errorRate="1%"),
    )
    assert not found(findings(*stages), "thresholds-loosen")


def test_the_strictest_ring_before_counts_and_not_the_last_one() -> None:
    stages = [
        ring("r1", "1%", errorRate="2%"),
        ring("r2", "2%", errorRate="5%"),
        ring("r3", "3%", errorRate="4%"),
    ]
    told = found(findings(*stages), "thresholds-loosen")
    assert [each.path[3] for each in told] == [1, 2]
    assert {each.notes[0].path[3] for each in told} == {0}


def test_a_limit_that_is_left_out_is_no_limit_at_all() -> None:
    finding = only(
        findings(ring("canary", "1%", errorRate="2%"), ring("early", "10%", accuracyDrop="1pp")),
        "thresholds-loosen",
    )
    assert finding.path == (*PATH, 1, "abortWhen")
    assert finding.message.startswith("`early` does not watch `errorRate`, and an earlier ring")


def test_rings_that_watch_nothing_loosen_nothing() -> None:
    assert not found(
        findings(ring("canary", "1%", errorRate="2%"), ring("early", "10%")), "thresholds-loosen"
    )


def test_a_rollout_of_many_classes_is_told_of_once() -> None:
    values = fleet(ring("canary", "1%", None))
    values["deviceClasses"]["other"] = values["deviceClasses"]["kiosk"]
    assert len(found(plan_of(values).findings, "soak-missing")) == 1


@pytest.mark.parametrize(
    ("rule", "stages"),
    [
        pytest.param(
            "soak-missing", [ring("canary", "1%", "0s")], marks=pytest.mark.rule("soak-missing", "waived")
        ),
        pytest.param(
            "thresholds-loosen",
            [ring("canary", "1%", errorRate="1%"), ring("early", "10%", errorRate="2%")],
            marks=pytest.mark.rule("thresholds-loosen", "waived"),
        ),
    ],
)
def test_both_can_be_waived(rule: str, stages: list[dict[str, Any]], tmp_path: Path) -> None:
    lines = yaml.safe_dump(fleet(*stages), sort_keys=False).splitlines()
    file = tmp_path / "fleet.yaml"

    def told() -> list[Finding]:
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return [
            each
            for each in assemble(file, today=date(2026, 11, 1), unlocked=True).findings
            if each.rule == rule
        ]

    (finding,) = told()
    assert finding.place is not None
    lines.insert(finding.place.line - 1, f"# edgewright: ignore[{rule}] until=2027-01-31 a test shows it")
    assert not told()
