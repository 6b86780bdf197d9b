"""The policies of policies/, each held against its own objects by the real Kyverno."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.policies.cli import Object, Said, asked, kyverno
from tests.policies.mutants import Mutant, lesser, mutants

from edgewright.fleet.security import BUILT_IN_POLICIES

FOLDER = Path(__file__).parents[2] / "policies"
NAMES = sorted(each.name for each in FOLDER.iterdir())
KINDS = {"CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "Rollout", "StatefulSet"}


@cache
def read(name: str, file: str) -> list[Object]:
    return list(yaml.safe_load_all((FOLDER / name / file).read_text(encoding="utf-8")))


def policy(name: str) -> Object:
    (found,) = read(name, f"{name}.yaml")
    return found


def key(made: Object) -> tuple[str, str]:
    return made["kind"], made["metadata"]["name"]


def test_kyverno_finds_every_expectation_met() -> None:
    command = [kyverno(), "test", str(FOLDER), "--require-tests", "--remove-color", "-o", "junit"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    expected = sum(
        len(result["resources"]) for name in NAMES for result in read(name, "kyverno-test.yaml")[0]["results"]
    )
    assert re.findall(r"(\d+) tests passed and (\d+) tests failed", done.stdout) == [(str(expected), "0")]


def test_the_fleet_can_name_them_all() -> None:
    assert list(BUILT_IN_POLICIES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_holds_a_policy_of_its_name_and_what_it_is_tried_with(name: str) -> None:
    assert {each.name for each in (FOLDER / name).iterdir()} == {
        f"{name}.yaml",
        "bad.yaml",
        "good.yaml",
        "kyverno-test.yaml",
    }
    assert policy(name)["metadata"]["name"] == name
    (test,) = read(name, "kyverno-test.yaml")
    expected: dict[tuple[str, str], str] = {}
    for result in test["results"]:
        if "operation" in result:
            continue  # said of one that is there for another reason
        expected |= {(result["kind"], each): result["result"] for each in result["resources"]}
    objects = [*read(name, "good.yaml"), *read(name, "bad.yaml")]
    assert Counter(map(key, objects)) == Counter(expected.keys())
    assert {expected[key(each)] for each in read(name, "bad.yaml")} == {"fail"}
    assert {expected[key(each)] for each in read(name, "good.yaml")} <= {"pass", "skip"}


@pytest.mark.parametrize("name", NAMES)
def test_all_are_about_the_same_objects_and_find_their_pods_alike(name: str) -> None:
    spec, model = policy(name)["spec"], policy("require-digests")["spec"]
    for field in ("failurePolicy", "matchConditions", "matchConstraints", "validationActions"):
        assert spec[field] == model[field]
    variables, others = (
        {each["name"]: each["expression"] for each in one["variables"]} for one in (spec, model)
    )
    for shared in ("pod", "containers"):
        assert variables.get(shared, others[shared]) == others[shared]
    assert {each["kind"] for each in read(name, "good.yaml")} == KINDS
    probes = {"Job", "CronJob"} if name == "require-probes" else set()  # a job needs none
    assert {each["kind"] for each in read(name, "bad.yaml")} == KINDS - probes


def test_restricted_holds_what_baseline_does() -> None:
    baseline, restricted = (policy(f"pod-security-{each}")["spec"] for each in ("baseline", "restricted"))
    alone = {"capabilities?.add", "hostPath", "seccompProfile"}  # restricted is stricter here
    shared = [each for each in baseline["validations"] if each in restricted["validations"]]
    assert len(shared) == len(baseline["validations"]) - len(alone)
    assert baseline["variables"] == restricted["variables"]


@cache
def said_of_own_objects(name: str) -> dict[tuple[str, str], Said]:
    objects = [*read(name, "good.yaml"), *read(name, "bad.yaml")]
    return {(kind, each): said for (_, kind, each), said in asked([policy(name)], objects).items()}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_refused_is_refused_by_a_rule_and_not_by_an_error(name: str) -> None:
    validations = policy(name)["spec"]["validations"]
    for made in read(name, "bad.yaml"):
        said = said_of_own_objects(name)[key(made)]
        assert said.result == "fail"
        assert said.validation is not None
        assert said.message == validations[said.validation]["message"]


def _asked_in_common(mutant: Mutant) -> int:
    return -1 if mutant.validation is None else mutant.validation


@pytest.mark.parametrize("name", NAMES)
def test_nothing_in_a_policy_could_be_left_out(name: str) -> None:
    """For each part of it some object is there that is judged otherwise without it."""
    said, unnoticed = said_of_own_objects(name), []
    for index, group in groupby(sorted(mutants(policy(name)), key=_asked_in_common), _asked_in_common):
        objects = [
            each
            for each in (*read(name, "bad.yaml"), *read(name, "good.yaml"))
            if index == -1 or said[key(each)].validation == index or _may_turn_bad(each, said[key(each)])
        ]
        unnoticed += _unnoticed(list(group), objects, said)
    assert [each.what for each in unnoticed] == []


def _may_turn_bad(made: Object, said: Said) -> bool:
    return said.result == "pass" and made["kind"] == "Pod"


def _unnoticed(group: list[Mutant], objects: list[Object], said: dict[tuple[str, str], Said]) -> list[Mutant]:
    """Those that judge all objects as the whole policy does; a few objects at a time notice most of them."""
    for number, each in enumerate(group):
        each.policy["metadata"]["name"] = f"lesser-{number}"
    for few in range(0, len(objects), 8):
        here = objects[few : few + 8]
        found = asked([each.policy for each in group], here)
        group = [
            each
            for each in group
            if all(
                _same(found.get((each.policy["metadata"]["name"], *key(made))), said[key(made)])
                for made in here
            )
        ]
        if not group:
            break
    return group


def _same(found: Said | None, said: Said) -> bool:
    return found is not None and found.result == said.result


@pytest.mark.parametrize(
    ("expression", "without"),
    [
        ("a && b || c", {"c", "a && b ", " b || c", "a || c"}),
        ("a ? b && c : d + e", {"a ?  c : d + e", "a ? b : d + e", "a ? b && c : e", "a ? b && c : d"}),
        ("f(x in ['a', 'b||c'])", {"f(x in [ 'b||c'])", "f(x in ['a'])"}),
        ("!a", {"true == a"}),
        ("x[a] != 'a && b'", set[Any]()),
    ],
)
def test_what_can_be_taken_away(expression: str, without: set[str]) -> None:
    found = {each.replace("  ", " ").strip() for _, each in lesser(expression)}
    assert found == {each.replace("  ", " ").strip() for each in without}
