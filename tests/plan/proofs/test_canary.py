"""Canaries: to the millisecond of soak; what is seen never gets less by more devices, time, labels or load."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.small import changed, found, only, plan_of, smallest

from edgewright.assembly import assemble
from edgewright.errors import Finding
from edgewright.fleet import AbortWhen, Duration, Points, Ratio, Share
from edgewright.plan import ClassPlan, Gate, PlannedRing
from edgewright.plan.chance import answers_for_drop, answers_for_errors, answers_for_p99
from edgewright.plan.inequality import Inequality
from edgewright.plan.proofs import canary

DAY = 86_400_000
STAGES = ("rollouts", "careful", "stages")
SOAK = (*STAGES, 0, "soak")


def fleet(
    soak: str = "24h",
    load: dict[str, str] | None = None,
    devices: int = 1,
    against: Any = "previous",
    floor: str | None = "90%",
    **limits: str,
) -> dict[str, Any]:
    """A class of `devices` canaries and as many others."""
    evaluation = {"evaluation": {"golden": "models/g.npz", "floor": floor}} if floor else {}
    return smallest(
        deviceClasses={"kiosk": {"board": "intel-n100-8gb", "devices": 2 * devices}},
        models__digits={"version": "1.0.0", "source": "models/digits.onnx", **evaluation},
        rollouts={
            "careful": {
                "stages": [
                    {"ring": "canary", "upTo": "50%", "soak": soak, "abortWhen": limits},
                    {"ring": "everyone", "upTo": "100%"},
                ],
                "against": against,
            }
        },
        workloads__read__rollout="careful",
        **({"workloads__read__load": load} if load else {}),
    )


def findings(**given: Any) -> list[Finding]:
    return found(plan_of(fleet(**given)).findings, "canary-too-small")


def proof(**given: Any) -> Inequality:
    (inequality,) = [
        each for each in plan_of(fleet(**given)).classes[0].proofs if each.rule == "canary-too-small"
    ]
    return inequality


ONE_A_SECOND = {"requests": "1/s", "labelled": "100%"}


@pytest.mark.rule("canary-too-small", "border")
@pytest.mark.parametrize(
    ("limit", "answers"),
    [
        ({"accuracyDrop": "3pp"}, 4 * answers_for_drop(30_000, 900_000)),
        ({"latencyIncrease": "50%"}, 4 * answers_for_p99(fixed=False)),
        ({"errorRate": "5%"}, 4 * answers_for_errors(50_000)),
    ],
)
def test_enough_to_the_millisecond(limit: dict[str, str], answers: int) -> None:
    assert not findings(soak=f"{answers}s", load=ONE_A_SECOND, **limit)
    (finding,) = findings(soak=f"{answers * 1000 - 1}ms", load=ONE_A_SECOND, **limit)
    assert (finding.level, finding.path) == ("warning", SOAK)


@pytest.mark.rule("canary-too-small", "border")
@pytest.mark.parametrize(("devices", "times"), [(1, 4), (2, 2), (4, 1.25), (50, 1.25)])
def test_the_devices_of_the_ring_share_the_work_up_to_four(devices: int, times: float) -> None:
    answers = round(times * answers_for_errors(10_000) + 0.49)
    limit = {"errorRate": "1%"}
    assert not findings(soak=f"{answers}s", load=ONE_A_SECOND, devices=devices, **limit)
    assert findings(soak=f"{answers - 1}s", load=ONE_A_SECOND, devices=devices, **limit)


@pytest.mark.rule("canary-too-small", "passes")
def test_a_canary_that_sees_enough() -> None:
    limits = {"accuracyDrop": "3pp", "latencyIncrease": "50%", "errorRate": "5%"}
    assert not findings(load={"requests": "5/s", "labelled": "5%"}, **limits)
    assert proof(load={"requests": "5/s", "labelled": "5%"}, **limits).holds


def test_what_is_said_of_one_that_does_not() -> None:
    (finding,) = findings(load={"requests": "5/s", "labelled": "0.1%"}, accuracyDrop="3pp", errorRate="5%")
    assert finding.message == (
        "`read` on `kiosk` needs 27d13m of soak in `canary` to tell an accuracy drop of 3pp from chance, and has 1d"
    )
    assert finding.notes[0].message == "11,668 labelled answers on each device at 432 a day: 27d13m"
    assert finding.notes[0].path == ("workloads", "read", "load")
    assert finding.remedy == "soak for 649h, or label 2.8% of the answers, or write `accuracyDrop: 17.5pp`"


WAYS = {
    r"soak for (\w+)": (*SOAK,),
    r"label ([\d.]+%) of": ("workloads", "read", "load", "labelled"),
    r"write `accuracyDrop: ([\d.]+pp)`": (*STAGES, 0, "abortWhen", "accuracyDrop"),
    r"write `errorRate: ([\d.]+%)`": (*STAGES, 0, "abortWhen", "errorRate"),
}


@given(
    st.integers(1, 30 * 24),
    st.integers(1, 10_000),
    st.integers(1, 1000),
    st.integers(1, 6),
    st.sampled_from(
        [{"accuracyDrop": "3pp"}, {"errorRate": "1%"}, {"accuracyDrop": "2pp", "errorRate": "1%"}]
    ),
)
def test_each_remedy_works(
    hours: int, requests: int, labelled: int, devices: int, limits: dict[str, str]
) -> None:
    load = {"requests": f"{requests}/d", "labelled": f"{labelled / 10}%".replace(".0%", "%")}
    load["labelled"] = load["labelled"] if labelled <= 1000 else "100%"
    values = fleet(soak=f"{hours}h", load=load, devices=devices, **limits)
    for finding in found(plan_of(values).findings, "canary-too-small"):
        for way, path in WAYS.items():
            if match := re.search(way, finding.remedy):
                other = changed(values, {path: match[1]})
                assert not found(plan_of(other).findings, "canary-too-small"), finding.remedy
        if match := re.search(r"have (\d+) devices", finding.remedy):
            other = changed(values, {("deviceClasses", "kiosk", "devices"): 2 * int(match[1])})
            assert not found(plan_of(other).findings, "canary-too-small"), finding.remedy


def test_more_devices_are_named_only_where_they_help() -> None:
    load = {"requests": "1/s"}
    answers = answers_for_errors(10_000)
    assert (
        "or let the ring have 2 devices"
        in findings(soak=f"{2 * answers}s", load=load, errorRate="1%")[0].remedy
    )
    assert "devices" not in findings(soak=f"{answers}s", load=load, errorRate="1%")[0].remedy


def test_the_figure_that_takes_longest_is_told_and_one_finding_a_ring() -> None:
    both = {"accuracyDrop": "3pp", "errorRate": "1%"}
    (finding,) = findings(soak="1h", load={"requests": "1/s", "labelled": "1%"}, **both)
    assert "accuracy drop" in finding.message
    (finding,) = findings(soak="1h", load={"requests": "1/s", "labelled": "100%"}, **both)
    assert "label" not in finding.remedy, "two figures lack answers, and labels would bring one of them"


def test_a_fixed_figure_takes_less() -> None:
    limits = {"accuracyDrop": "3pp", "latencyIncrease": "50%"}
    fixed = {"accuracy": "90%", "p99": "30ms"}
    for name, limit in limits.items():
        assert (
            proof(load=ONE_A_SECOND, against=fixed, **{name: limit}).needed
            < proof(load=ONE_A_SECOND, **{name: limit}).needed
        )


def test_without_a_floor_the_least_favourable_accuracy_counts() -> None:
    given_ = {"load": ONE_A_SECOND, "accuracyDrop": "3pp"}
    without = proof(floor=None, **given_).needed
    assert without == 4000 * answers_for_drop(30_000, 0) > proof(**given_).needed
    assert proof(floor="40%", **given_).needed == without


@pytest.mark.parametrize(
    ("load", "limits", "message", "remedy"),
    [
        (
            {"requests": "5/s"},
            {"accuracyDrop": "3pp"},
            "`read` on `kiosk` has no labelled answers, so `canary` never sees an accuracy drop of 3pp",
            "write `labelled: 2.8%` or more, or remove the limit",
        ),
        (
            {"requests": "1/h"},
            {"accuracyDrop": "3pp"},
            "`read` on `kiosk` has no labelled answers, so `canary` never sees an accuracy drop of 3pp",
            "remove the limit",
        ),
        (
            {"requests": "0/s"},
            {"errorRate": "5%"},
            "`read` on `kiosk` is asked nothing, so `canary` never sees an error rate of 5%",
            "state what a device sees",
        ),
        (
            ONE_A_SECOND,
            {"accuracyDrop": "0pp"},
            "an accuracy drop of 0pp is what chance alone brings, however many answers `read` on `kiosk` gives",
            "allow more than none, such as `accuracyDrop: 1pp`",
        ),
    ],
)
def test_what_no_soak_brings(load: dict[str, str], limits: dict[str, str], message: str, remedy: str) -> None:
    (finding,) = findings(load=load, **limits)
    assert (finding.message, finding.remedy) == (message, remedy)
    assert finding.path == (*STAGES, 0, "abortWhen", next(iter(limits)))


def test_a_figure_that_is_never_seen_hides_no_other_one() -> None:
    told = findings(soak="60s", load={"requests": "1/s"}, accuracyDrop="3pp", errorRate="1%")
    assert [each.path[3:] for each in told] == [(0, "abortWhen", "accuracyDrop"), (0, "soak")]


def test_no_error_at_all_may_be_asked_for() -> None:
    assert not findings(load=ONE_A_SECOND, errorRate="0%")


def test_a_ring_that_is_empty_on_a_class_of_few_devices_is_no_matter() -> None:
    values = fleet(load={"requests": "1/d"}, errorRate="1%")
    assert found(plan_of(values).findings, "canary-too-small")
    assert not found(plan_of(values, counts={"kiosk": (0, 1)}).findings, "canary-too-small")


def test_a_soak_that_is_refused_anyway_is_not_told_of_twice() -> None:
    told = plan_of(fleet(soak="59s", load={"requests": "1/d"}, errorRate="1%")).findings
    assert found(told, "soak-too-short")
    assert not found(told, "canary-too-small")


def two_workloads(first: dict[str, Any], second: dict[str, Any]) -> tuple[Finding, ...]:
    values = fleet(errorRate="5%")
    read = values["workloads"]["read"]
    return plan_of({**values, "workloads": {"one": {**read, **first}, "two": {**read, **second}}}).findings


def test_without_a_load_it_is_said_once_that_nobody_can_tell() -> None:
    told = two_workloads({}, {})
    assert not found(told, "canary-too-small")
    finding = only(told, "canary-unknown")
    assert (finding.level, finding.path, finding.on_key) == ("info", ("workloads", "one"), True)
    assert finding.message == (
        "nobody can tell whether `careful` sees anything on `kiosk`: `one` and 1 more have no `load`"
    )


@pytest.mark.rule("canary-unknown", "border")
def test_one_workload_without_a_load_among_others() -> None:
    known = {"load": {"requests": "5/s"}}
    finding = only(two_workloads(known, {}), "canary-unknown")
    assert finding.path == ("workloads", "two")
    assert finding.message.endswith("`two` has no `load`")
    assert not found(two_workloads(known, known), "canary-unknown")


@pytest.mark.rule("canary-unknown", "passes")
def test_where_nothing_is_watched_nothing_is_unknown() -> None:
    assert not found(plan_of(fleet()).findings, "canary-unknown")
    assert not found(plan_of(smallest()).findings, "canary-unknown")
    assert not found(plan_of(fleet(load={"requests": "5/s"}, errorRate="5%")).findings, "canary-unknown")


def test_a_workload_without_the_rollout_is_not_judged() -> None:
    values = fleet(load={"requests": "5/s"}, errorRate="5%")
    read = {
        key: value for key, value in values["workloads"]["read"].items() if key not in ("rollout", "load")
    }
    values["workloads"]["aside"] = read
    assert not found(plan_of(values).findings, "canary-unknown")


@pytest.mark.parametrize(
    ("rule", "load"),
    [
        pytest.param(
            "canary-too-small", {"requests": "1/h"}, marks=pytest.mark.rule("canary-too-small", "waived")
        ),
        pytest.param("canary-unknown", None, marks=pytest.mark.rule("canary-unknown", "waived")),
    ],
)
def test_both_can_be_waived(rule: str, load: dict[str, str] | None, tmp_path: Path) -> None:
    lines = yaml.safe_dump(fleet(load=load, floor=None, errorRate="5%"), sort_keys=False).splitlines()
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


GATES = st.builds(
    lambda drop, growth, errors: AbortWhen(
        accuracy_drop=Points(drop), latency_increase=Ratio(growth), error_rate=Share(errors)
    ),
    st.integers(1, 500_000),
    st.integers(1, 10**6),
    st.integers(1, 500_000),
)
SEEN = st.tuples(
    st.integers(1, 10**7), st.integers(1, 10**6), st.integers(1, 300), st.integers(60_000, 90 * DAY)
)


def holds(limits: AbortWhen, seen: tuple[int, int, int, int]) -> bool:
    requests, labelled, devices, soak = seen
    ring = PlannedRing("canary", 10_000, Duration(soak), limits, devices, STAGES)
    gates = (
        Gate(
            "accuracyDrop",
            int(limits.accuracy_drop or 0),
            answers_for_drop(int(limits.accuracy_drop or 0), 0),
        ),
        Gate("latencyIncrease", int(limits.latency_increase or 0), answers_for_p99(fixed=False)),
        Gate("errorRate", int(limits.error_rate or 0), answers_for_errors(int(limits.error_rate or 0))),
    )
    need = canary._need(canary._watch(ring, gates, 0, None), requests, labelled)
    assert not need.blind
    return need.soak <= soak


@given(GATES, SEEN, SEEN)
def test_more_requests_labels_devices_or_time_never_make_it_worse(
    limits: AbortWhen, one: tuple[int, int, int, int], two: tuple[int, int, int, int]
) -> None:
    most = tuple(map(max, one, two))
    assert holds(limits, (most[0], most[1], most[2], most[3])) or not (
        holds(limits, one) or holds(limits, two)
    )


def test_a_class_without_rollout_has_no_proof() -> None:
    planned: ClassPlan = plan_of(smallest()).classes[0]
    assert not [each for each in planned.proofs if each.rule == "canary-too-small"]
