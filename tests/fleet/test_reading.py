"""Everything that is wrong at once; what remains of a fleet; nothing that follows only from something else."""

from __future__ import annotations

import copy
import gc
import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.effort import lines_run
from tests.fleet.texts import BASE, changed, findings, reading, told

from edgewright.catalogue import load
from edgewright.document.document import read_document
from edgewright.document.edits import apply_replacements
from edgewright.document.source import Source
from edgewright.errors import Finding
from edgewright.fleet import Fleet, read_fleet
from edgewright.fleet.spelling import MOST_ERRORS

ROOT = Path(__file__).parents[2]

# Mistakes of every kind that do not touch each other: old and new text, and what is underlined.
MISTAKES = {
    "fleet: acme\n": ("fleet: Acme\n", "Acme"),
    "board: jetson-orin-nx-16gb": ("board: jetson-orin", "jetson-orin"),
    "devices: 1200": ("devices: lots", "lots"),
    "memory: 64Gi": ("memory: 64GB", "64GB"),
    "replicas: 2": ("replicas: 1", "1"),
    "offline: true": ("offline: yes", "yes"),
    "inventory: stacks/inventory.csv": ("inventory: ../inventory.csv", "../inventory.csv"),
    "version: 3.4.0": ("version: v3.4.0", "v3.4.0"),
    "floor: 90%": ("floor: 0.9", "0.9"),
    "precision: fp16": ("precision: half", "half"),
    "maxDrop: 1pp": ("maxdrop: 1pp", "maxdrop"),
    "{jetpack6: server": ("{jetpack66: server", "jetpack66"),
    "expose: cluster": ("expose: node", "node"),
    "requests: 5/s": ("requests: 5", "5"),
    "p99: 40ms": ("p99: 40 ms", "40 ms"),
    "maxBatch: 8": ("maxBatch: '8'", "'8'"),
    "below: 85%": ("below: 850%", "850%"),
    "rule: rules/defects.py": ("rule: [rules/defects.py]", "[rules/defects.py]"),
    "resources: {cpu: 2, memory: 2Gi}": ("resources: {cpu: 2 cores, memory: 2Gi}", "2 cores"),
    "ring: early": ("ring: canary", "canary"),
    "upTo: 100%": ("upTo: 99%", "99%"),
    "soak: 72h": ("soak: 3 days", "3 days"),
    "against: previous": ("against: last", "last"),
    "{key: keys/fleet.pub}": ("{}", "{}"),
    "pods: restricted": ("pods: none", "none"),
    "10.20.0.0/16": ("10.20.0.9/16", "10.20.0.9/16"),
    "port: 443": ("port: https", "https"),
    "require-digests": ("Require-Digests", "Require-Digests"),
    "engine: flux": ("engine: fluxcd", "fluxcd"),
    "interval: 10m": ("interval: 10", "10"),
    "warning: 75C": ("warning: 95C", "95C"),
}


@given(st.sets(st.sampled_from(sorted(MISTAKES)), min_size=1, max_size=8))
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_mistakes_in_any_places_are_told_together(chosen: set[str]) -> None:
    text = changed(*((old, MISTAKES[old][0]) for old in chosen))
    assert {each.underlined for each in told(text)} == {MISTAKES[old][1] for old in chosen}


def test_all_of_them_at_once() -> None:
    text = changed(*((old, new) for old, (new, _) in MISTAKES.items()))
    assert {each.underlined for each in told(text)} == {underlined for _, underlined in MISTAKES.values()}


@given(st.sets(st.sampled_from(sorted(MISTAKES)), min_size=1, max_size=8))
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_replacements_remove_their_findings_and_bring_no_others(chosen: set[str]) -> None:
    text = changed(*((old, MISTAKES[old][0]) for old in chosen))
    before = findings(text)
    after = findings(apply_replacements(Source("fleet.yaml", text), before))
    remaining = {(finding.path, finding.message) for finding in before if finding.replacement is None}
    assert {(finding.path, finding.message) for finding in after} == remaining


def test_three_sections_and_one_workload_with_three() -> None:
    text = changed(
        ("jetson-orin-nx-16gb", "jetson"), ("ring: early", "ring: canary"), ("p99: 40ms", "p99: 40"),
        ("model: defects\n    rollout: careful", "model: defect\n    rollout: quick"),
    )  # fmt: skip
    assert [each.underlined for each in told(text)] == ["jetson", "defect", "quick", "40", "canary"]


def test_a_misspelt_section_is_read_all_the_same() -> None:
    text = changed(("rollouts:", "rollout:"), ("upTo: 10%", "upTo: 1%"))
    assert [(each.rule, each.underlined) for each in told(text)] == [
        ("unknown-field", "rollout"),
        ("contradiction", "1%"),
    ]


# --- What remains


def remaining(*changes: tuple[str, str]) -> Fleet:
    fleet = reading(changed(*changes)).fleet
    assert fleet is not None
    return fleet


def test_a_right_fleet_is_whole() -> None:
    read = reading(BASE)
    assert read.findings == ()
    assert type(read.fleet) is Fleet


@pytest.mark.parametrize(
    ("old", "new", "section", "gone"),
    [
        ("memory: 64Gi", "memory: 64GB", "device_classes", "gateway"),
        ("version: 3.4.0", "version: 3", "models", "defects"),
        ("backends: [tensorrt", "backends: [7", "runtimes", "server"),
        ("memory: 6Gi", "memory: 6GB", "workloads", "inspect"),
        ("soak: 72h", "soak: 72", "rollouts", "careful"),
    ],
)
def test_entries_with_something_broken_are_left_out(old: str, new: str, section: str, gone: str) -> None:
    fleet = remaining((old, new))
    whole = reading(BASE).fleet
    assert whole is not None
    for name in ("device_classes", "models", "runtimes", "workloads", "rollouts"):
        left_out = {gone} if name == section else set()
        assert set(getattr(fleet, name)) == set(getattr(whole, name)) - left_out
    assert fleet.security == whole.security


@pytest.mark.parametrize(
    ("old", "new"),
    [("pods: restricted", "pods: none"), ("10.20.0.0/16", "10.20.0.9/16"), ("port: 443", "port: https")],
)
def test_what_stands_beside_a_broken_field_remains(old: str, new: str) -> None:
    whole, rest = reading(BASE).fleet, remaining((old, new))
    assert whole is not None
    assert rest.security.signatures == whole.security.signatures != ()
    assert rest.security.policies == whole.security.policies != ()


def test_a_broken_field_has_its_default() -> None:
    assert remaining(("engine: flux", "engine: x")).delivery.engine == "flux"
    assert remaining(("10.20.0.0/16", "10.20.0.9/16")).security.network.allow.egress == ()


def test_with_nothing_but_mistakes_an_empty_fleet_remains() -> None:
    read = read_fleet(dict.fromkeys(BASE.replace(" ", "").splitlines(), 7), load())
    assert read.findings
    assert read.fleet is None or not read.fleet.workloads


# --- What is no fleet


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "the file is empty, or holds nothing but comments"),
        ("x", "a fleet is a mapping with fields such as `fleet:` and `models:`"),
        ([{}], "a fleet is a mapping with fields such as `fleet:` and `models:`"),
        (5, "a fleet is a mapping with fields such as `fleet:` and `models:`"),
    ],
)
def test_what_is_no_mapping(value: Any, says: str) -> None:
    read = read_fleet(value, load())
    assert read.fleet is None
    assert [(finding.rule, finding.message, finding.path) for finding in read.findings] == [
        ("wrong-type", says, ())
    ]


def test_an_empty_mapping_lacks_everything() -> None:
    found = read_fleet({}, load()).findings
    assert {finding.rule for finding in found} == {"missing-field"}
    assert [finding.path for finding in found] == [
        ("apiVersion",), ("fleet",), ("registry",), ("deviceClasses",), ("models",), ("workloads",),
    ]  # fmt: skip


def test_empty_fields_are_found_at_any_depth_and_once() -> None:
    text = changed(
        ("    board: intel-n100-8gb\n", "    board:\n"), ("[onnxruntime-cpu/int8, rule]", "[onnxruntime-cpu/int8, ]"),
        ("interval: 10m", "interval: null"), ("memory: 6Gi", "memory: ~"), ("{key: keys/fleet.pub}", "{key: }"),
    )  # fmt: skip
    assert [(each.rule, each.underlined) for each in told(text)] == [
        ("empty-field", "board"), ("empty-field", "~"), ("empty-field", "key"), ("empty-field", "null"),
    ]  # fmt: skip


def test_more_mistakes_than_anybody_reads_are_one() -> None:
    values = {f"field-{number}": 1 for number in range(MOST_ERRORS + 1)}
    read = read_fleet({"apiVersion": "edgewright.dev/v1alpha1", **values}, load())
    assert read.fleet is None
    assert [finding.rule for finding in read.findings] == ["too-large"]


# --- Values


def mutants(value: Any) -> list[Any]:
    """The value with each part of it taken away or made something else, one at a time."""
    out: list[Any] = [None, 7, "x", [], {}, [None], {"x": {}}, "\ud800", float("nan"), 10**40, "a\n", -1]
    steps = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for step in steps:
        for mutant in mutants(value[step]):
            changed_value = copy.copy(value)
            changed_value[step] = mutant
            out.append(changed_value)
    return out


def test_any_change_is_answered_without_an_exception() -> None:
    value = read_document(ROOT / "tests/fleets/every_field.yaml").value
    for mutant in itertools.islice(mutants(value), 0, None, 3):
        for finding in read_fleet(mutant, load()).findings:
            assert finding.message
            assert finding.remedy


def test_values_are_not_changed_by_reading_them() -> None:
    value = read_document(ROOT / "tests/fleets/every_field.yaml").value
    value["workloads"]["inspect"]["modle"] = value["workloads"]["inspect"].pop("model")
    value["deviceClasses"]["kiosk"]["bord"] = 7
    value["security"]["signatures"] = [{"images": 5}]
    before = copy.deepcopy(value)
    read_fleet(value, load())
    assert value == before


def test_reading_twice_gives_the_same() -> None:
    text = changed(*((old, new) for old, (new, _) in MISTAKES.items()))
    assert reading(text).findings == reading(text).findings
    assert reading(BASE).fleet == reading(BASE).fleet


def test_the_collector_of_garbage_runs_afterwards() -> None:
    reading(BASE)
    assert gc.isenabled()
    gc.disable()
    try:
        reading(BASE)
        assert not gc.isenabled()
    finally:
        gc.enable()


# --- One mistake, one finding


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # YAML has refused it: the fleet says nothing more about it.
        ([("memory: 3Gi", "memory: &m 3Gi"), ("memory: 6Gi", "memory: *m")], ["yaml-anchor", "yaml-alias"]),
        ([("model: defects\n    rollout", "model: *m\n    rollout")], ["yaml-alias"]),
        ([("devices: 1200", "devices: !!int '1200'")], ["yaml-tag"]),
        ([("    board: intel-n100-8gb\n", "    <<: *kiosks\n")], ["yaml-merge-key"]),
        (
            [("deviceClasses:\n", "deviceClasses:\n  <<: *more\n"), ("      kiosk:\n", "      other:\n")],
            ["yaml-merge-key"],
        ),
        ([("    model: defects\n    rollout", "    <<: {model: defects}\n    rollout")], ["yaml-merge-key"]),
        ([("runtimes:\n", "models:\n  more: {version: 1.0.0, source: x}\nruntimes:\n"),
          ("model: defects\n    rollout", "model: more\n    rollout")], ["duplicate-key"]),
        ([("workloads:\n", "workloads: [\n")], ["yaml-syntax"]),
        ([("rollouts:\n", "---\nrollouts:\n")], ["yaml-documents"]),
        ([("    evaluation:", "  \tevaluation:")], ["yaml-syntax"]),
        # What is wrong beside it is told.
        (
            [("memory: 3Gi", "memory: &m 3GB"), ("memory: 6Gi", "memory: *m")],
            ["bad-unit", "yaml-anchor", "yaml-alias"],
        ),
        (
            [("    board: intel-n100-8gb\n", "    <<: *kiosks\n"), ("p99: 40ms", "p99: 40")],
            ["yaml-merge-key", "bad-unit"],
        ),
        ([("jetson-orin-nx-16gb", "jetson"), ("rollouts:\n", "rollouts: {\n")], ["unknown-reference", "yaml-syntax"]),
        # A mistake in a name is not a second one where the right name is missing.
        ([("    model: defects\n    rollout", "    modle: defects\n    rollout")], ["unknown-field"]),
        ([("workloads:", "workload:")], ["unknown-field"]),
        # An item that is wrong does not make its list empty.
        ([("[onnxruntime-cpu/int8, rule]", "[7]")], ["bad-tier"]),
        ([("images: {jetpack6: server, amd64: server}", "images: {jetpack6: S!}")], ["bad-name"]),
        # A runtime without a backend that exists cannot lack the right one.
        ([("[tensorrt, onnxruntime-cpu]", "[tensort, onnxruntime-cpu]")], ["unknown-reference"]),
    ],
)  # fmt: skip
def test_one_mistake_is_one_finding(changes: list[tuple[str, str]], expected: list[str]) -> None:
    assert [finding.rule for finding in sorted(findings(changed(*changes)), key=_line)] == expected


def _line(finding: Finding) -> tuple[int, int, str]:
    assert finding.place is not None
    return finding.place.line, finding.place.column, finding.rule


# --- Bounded time


def _read(workloads: int, most: int) -> int:
    """How many lines are run for a fleet of so many workloads, as text and typed."""
    start, end = BASE.index("  inspect:"), BASE.index("rollouts:\n")
    one = BASE[start:end]
    text = (
        BASE[:start]
        + "".join(one.replace("inspect", f"w{number}") for number in range(workloads))
        + BASE[end:]
    )
    found: list[Finding] = []
    lines = lines_run(lambda: found.extend(findings(text)), most)
    assert not found
    return lines


def test_work_grows_with_the_fleet_and_no_faster() -> None:
    few = _read(100, most=1_000_000)
    assert _read(1000, most=11 * few)
