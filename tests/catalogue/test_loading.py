"""The built-in catalogue as it is loaded, and a user's own entries, right and wrong."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import lines_run

import edgewright.catalogue
from edgewright.catalogue import Catalogue, load, merge, parse
from edgewright.catalogue.loading import EMPTY_CATALOGUE, SECTIONS
from edgewright.errors import Finding

ROOT = Path(__file__).parents[2]
DATA = Path(edgewright.catalogue.__file__).parent / "data"
RULES = {
    "catalogue-unknown-field",
    "catalogue-wrong-value",
    "catalogue-unknown-reference",
    "catalogue-entry-replaced",
}
BUILT_IN: dict[str, Any] = {
    section: json.loads((DATA / f"{section}.json").read_bytes())[section] for section in SECTIONS
}
BOX: dict[str, Any] = {
    "title": "Our box",
    "architecture": "amd64",
    "cpuCores": 8,
    "memoryBytes": 17179869184,
    "gpu": None,
    "sources": ["measured on our bench, 2026-10"],
}


def wrong(data: object) -> tuple[Finding, ...]:
    found = parse(data, "ours.json")
    assert isinstance(found, tuple)
    assert found
    return found


def board(**changes: object) -> dict[str, Any]:
    return {"boards": {"our-box": {**BOX, **changes}}}


def test_loaded_once_a_process() -> None:
    assert load() is load()


def test_loaded_with_little_work() -> None:
    assert lines_run(load.__wrapped__, most=50_000)  # five milliseconds: each command pays them at its start


def test_loading_needs_neither_yaml_nor_pydantic() -> None:
    code = (
        "import sys; from edgewright.catalogue import load; load(); "
        "sys.exit(any(name in sys.modules for name in ('yaml', 'ruamel', 'pydantic', 'difflib')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_files_read_as_a_users_own_give_the_same_catalogue() -> None:
    assert parse(BUILT_IN, "all of it", onto=EMPTY_CATALOGUE) == load()


def test_entries_of_a_user_come_on_top() -> None:
    ours = parse(board(), "ours.json")
    assert isinstance(ours, Catalogue)
    assert ours.boards["our-box"].cpu_cores == 8
    assert ours.boards["our-box"].sources == {"*": ("measured on our bench, 2026-10",)}
    assert set(ours.boards) == {*load().boards, "our-box"}
    assert ours.gpus is load().gpus
    assert "our-box" not in load().boards


def test_entries_of_a_user_may_refer_to_built_in_ones_and_to_each_other() -> None:
    data = board(architecture="arm64", jetpackFrom=["6.2", "9.0"]) | {
        "jetpacks": {"9.0": {**BUILT_IN["jetpacks"]["7.2"], "platform": "jetpack9"}},
        "platforms": {"jetpack9": {**BUILT_IN["platforms"]["jetpack7"], "jetpack": 9}},
    }
    ours = parse(data, "ours.json")
    assert isinstance(ours, Catalogue)
    assert ours.platforms_of("arm64", jetpack="9.1") == ("jetpack9", "arm64")
    assert ours.takes_jetpack(ours.boards["our-box"], "9.0.1")


def test_all_that_is_wrong_comes_at_once_and_says_where() -> None:
    data = {
        "boards": {
            "our-box": {**BOX, "cpuCore": 8, "memoryBytes": "16Gi"},
            "intel-n100-8gb": BOX,
            "old": {**BOX, "jetpackFrom": ["6.22"], "sources": {"cpuCores": ["x"], "cores": ["x"]}},
        },
        "gpu": {},
        "runtimes": {"r": {"backends": ["tensorrt", "onnxruntime-cdua"], "images": {"jetpack66": "i"}}},
    }
    found = wrong(data)
    assert [(finding.rule, finding.path, finding.on_key) for finding in found] == [
        ("catalogue-unknown-field", ("gpu",), True),
        ("catalogue-unknown-field", ("boards", "our-box", "cpuCore"), True),
        ("catalogue-wrong-value", ("boards", "our-box", "memoryBytes"), False),
        ("catalogue-entry-replaced", ("boards", "intel-n100-8gb"), True),
        ("catalogue-unknown-reference", ("boards", "old", "jetpackFrom", 0), False),
        ("catalogue-unknown-field", ("boards", "old", "sources", "cores"), True),
        ("catalogue-unknown-reference", ("runtimes", "r", "backends", 1), False),
        ("catalogue-unknown-reference", ("runtimes", "r", "images", "jetpack66"), True),
    ]
    assert {note.message for finding in found for note in finding.notes} == {"in ours.json"}
    assert [finding.replacement for finding in found if finding.replacement] == [
        "gpus",
        "cpuCores",
        "6.2.2",
        "cpuCores",
        "onnxruntime-cuda",
        "jetpack6",
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cpuCores": "8"}, '`boards.our-box.cpuCores` is "8"; expected a whole number'),
        ({"cpuCores": True}, "is true; expected a whole number"),
        ({"cpuCores": 0}, "is 0; expected a whole number"),
        ({"cpuCores": 8.0}, "is 8.0; expected a whole number"),
        ({"memoryBytes": 10**400}, "is a huge number; expected a whole number"),
        ({"memoryBytes": float("nan")}, "is nan; expected a whole number"),
        ({"architecture": "x86_64"}, 'is "x86_64"; expected one of amd64, arm64'),
        ({"architecture": ["amd64"]}, "is a list of 1; expected one of amd64, arm64"),
        ({"title": " "}, 'is " "; expected a text that is not empty'),
        ({"title": None}, "is null; expected a text"),
        ({"architecture": "a\n\x1b[31m"}, r'is "a\n\u001b[31m"; expected one of'),
        ({"title": "x" * 300, "gpu": 1}, "`boards.our-box.gpu` is 1; expected a mapping"),
        ({"gpu": {"kind": "npu", "sharesMemory": True}}, "expected one of nvidia-gpu, intel-gpu"),
        ({"gpu": {"kind": "intel-gpu", "sharesMemory": "yes"}}, 'is "yes"; expected true or false'),
        ({"jetpackFrom": []}, "is a list of 0; expected a list with at least one element"),
        ({"jetpackFrom": ["6.2", "6.2"]}, "expected a list that names nothing twice"),
        ({"jetpackFrom": [6.2]}, "`boards.our-box.jetpackFrom[0]` is 6.2; expected a version in quotes"),
        ({"jetpackFrom": ["6.x"]}, "expected a version in quotes"),
        ({"powerModes": {"5W": {}}}, "`boards.our-box.powerModes.5W` has no `powerMilliwatts`"),
        ({"powerModes": {5: {}}}, "expected a mapping with texts as its keys"),
        ({"sources": []}, "expected a list with at least one element"),
        ({"sources": {}}, "expected a list of sources, or a mapping"),
        ({"sources": {"cpuCores": "datasheet"}}, "expected a list with at least one element"),
    ],
)
def test_a_wrong_value_is_named(changes: dict[str, object], message: str) -> None:
    (finding,) = wrong(board(**changes))
    assert message in finding.message
    assert finding.remedy


def test_a_missing_field_is_named() -> None:
    (finding,) = wrong({"boards": {"our-box": {key: BOX[key] for key in BOX if key != "sources"}}})
    assert finding.message == "`boards.our-box` has no `sources`, which a board must have"
    assert (finding.remedy, finding.path) == ("add `sources`", ("boards", "our-box"))


@pytest.mark.parametrize(
    "data", [None, [], "boards", 3, {1: {}}, {"boards": []}, {"boards": {2: {}}}, {"": {}}]
)
def test_what_is_no_catalogue_at_all(data: object) -> None:
    assert {finding.rule for finding in wrong(data)} <= {"catalogue-wrong-value", "catalogue-unknown-field"}


def test_the_top_of_a_file_has_a_name_too() -> None:
    (finding,) = wrong(["boards"])
    assert (
        finding.message
        == "the catalogue is a list of 1; expected a mapping with sections such as boards and gpus"
    )


def test_an_entry_that_replaces_one_is_said_and_counts() -> None:
    merged = merge({"boards": {"intel-n100-8gb": BOX}})
    assert merged.catalogue.boards["intel-n100-8gb"].title == "Our box"
    assert not merged.broken
    assert [(each.rule, each.level, each.path) for each in merged.findings] == [
        ("catalogue-entry-replaced", "info", ("boards", "intel-n100-8gb"))
    ]
    assert isinstance(parse({"boards": {"intel-n100-8gb": BOX}}, "ours.json"), Catalogue)


def test_what_is_right_is_there_beside_what_is_wrong() -> None:
    merged = merge({"boards": {"our-box": BOX, "odd": {**BOX, "cpuCores": 0}}})
    assert merged.broken
    assert "our-box" in merged.catalogue.boards
    assert "odd" not in merged.catalogue.boards


def test_a_misspelt_field_is_not_missing_as_well() -> None:
    entry = {**BOX, "cpuCore": BOX["cpuCores"]}
    del entry["cpuCores"]
    assert [each.rule for each in wrong({"boards": {"our-box": entry}})] == ["catalogue-unknown-field"]


def test_the_example_of_the_documentation_is_right() -> None:
    page = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
    *_, example = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    merged = merge(yaml.safe_load(example))
    assert not merged.findings
    assert "acme-carrier-16gb" in merged.catalogue.boards
    known = merged.catalogue.onnxruntime_of("1.31.1")
    assert known is not None
    assert known.tensorrt == 11


def test_nothing_is_a_catalogue_too() -> None:
    assert parse({}, "ours.json") == load()


def test_references_are_followed_wherever_they_stand() -> None:
    data = board(powerModes={"9W": {"powerMilliwatts": 9000, "jetpackFrom": ["6.2", "66"]}}) | {
        "jetpacks": {"9.0": {**BUILT_IN["jetpacks"]["7.2"], "platform": "jetpack99"}}
    }
    assert [(finding.rule, finding.path) for finding in wrong(data)] == [
        ("catalogue-unknown-reference", ("boards", "our-box", "powerModes", "9W", "jetpackFrom", 1)),
        ("catalogue-unknown-reference", ("jetpacks", "9.0", "platform")),
    ]


def test_a_wrong_entry_is_no_missing_one_for_those_that_name_it() -> None:
    data = board(jetpackFrom=["9.0"]) | {"jetpacks": {"9.0": {**BUILT_IN["jetpacks"]["7.2"], "cuda": 13}}}
    assert [finding.path for finding in wrong(data)] == [("jetpacks", "9.0", "cuda")]


def test_a_k3s_release_belongs_to_its_line() -> None:
    line = {"containerd": {"v1.35.0+k3s1": "2.1"}, "imageVolumesFrom": "1.38.0", "sources": ["x"]}
    assert [finding.path for finding in wrong({"k3s": {"v1.38": line}})] == [
        ("k3s", "v1.38", "containerd", "v1.35.0+k3s1"),
        ("k3s", "v1.38", "imageVolumesFrom"),
    ]


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=3)
    ),
    max_leaves=12,
)
sections = st.dictionaries(st.sampled_from(sorted(SECTIONS)) | st.text(max_size=8), values, max_size=4)


@given(values | sections)
def test_parse_answers_whatever_it_is_given(data: object) -> None:
    answer = parse(data, "ours.json")
    assert isinstance(answer, Catalogue) or {finding.rule for finding in answer} <= RULES


@given(st.data())
def test_one_changed_field_is_found_where_it_is(data: st.DataObject) -> None:
    changed = copy.deepcopy(BUILT_IN)
    section = data.draw(st.sampled_from(sorted(changed)))
    name = data.draw(st.sampled_from(sorted(changed[section])))
    entry = changed[section][name]
    field = data.draw(st.sampled_from(sorted(entry)))
    entry[field] = data.draw(values)
    answer = parse(changed, "ours.json", onto=EMPTY_CATALOGUE)
    if isinstance(answer, tuple):
        assert {finding.path[:3] for finding in answer} == {(section, name, field)}
