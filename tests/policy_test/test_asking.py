"""Each policy is asked about what is its business, in calls of a bounded size."""

from __future__ import annotations

import pytest

from edgewright.assembly import Assembled
from edgewright.policy_test import asking
from edgewright.policy_test.asked import asks_a_registry, policy_of
from edgewright.policy_test.asking import Question, questions_of
from edgewright.policy_test.mutation import MUTATIONS
from edgewright.policy_test.subjects import policies_of, subjects_of
from edgewright.policy_test.tries import pod_name, tries_of
from edgewright.render import Manifest


@pytest.fixture(scope="module")
def manifests(example: Assembled) -> list[Manifest]:
    return [each for each in example.manifests if each.path.startswith("gateway/")]


def _questions(manifests: list[Manifest]) -> list[Question]:
    subjects = subjects_of(manifests)
    tries = list(tries_of(subjects, {each.title: each.pod for each in subjects}, ()))
    alone = [each for each in policies_of(manifests) if not asks_a_registry(each.body)]
    return list(questions_of(alone, tries, "real", manifests))


def test_a_policy_is_asked_about_its_family_and_about_good_pods(manifests: list[Manifest]) -> None:
    asked = {
        body["metadata"]["name"].removeprefix("acme-inspection-"): {
            pod["metadata"]["name"] for pod in each.pods
        }
        for each in _questions(manifests)
        for body in each.policies
    }
    numbers = {mutation.name: number for number, mutation in enumerate(MUTATIONS, 3)}

    def is_asked(policy: str, name: str) -> bool:
        return pod_name(numbers[name], "Rollout/inspect") in asked[policy]

    assert all(pod_name(0, "Rollout/inspect") in pods for pods in asked.values())
    assert is_asked("require-digests", "tag")
    assert not is_asked("require-digests", "root")
    assert is_asked("pod-security-restricted", "root")
    assert not is_asked("pod-security-restricted", "no-liveness-probe")
    assert is_asked("require-probes", "no-liveness-probe")


def test_a_policy_that_nobody_knows_is_asked_about_everything(manifests: list[Manifest]) -> None:
    own = Manifest("gateway/policies/own.yaml", _renamed(manifests, "own"), ("security",))
    (question,) = [each for each in _questions([*manifests, own]) if len(each.pods) > len(MUTATIONS)]
    assert [policy["metadata"]["name"] for policy in question.policies] == ["own"]


def _renamed(manifests: list[Manifest], name: str) -> dict[str, object]:
    (like,) = [each.body for each in policies_of(manifests) if policy_of(each).base == "require-digests"]
    return {**like, "metadata": {"name": name}}


def test_calls_are_of_a_bounded_size(manifests: list[Manifest], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _questions(manifests)
    monkeypatch.setattr(asking, "MOST_AT_ONCE", 10)
    parts = _questions(manifests)
    assert max(len(each.policies) * len(each.pods) for each in parts) <= 10

    def pairs(questions: list[Question]) -> list[tuple[str, str]]:
        return sorted(
            (policy["metadata"]["name"], pod["metadata"]["name"])
            for each in questions
            for policy in each.policies
            for pod in each.pods
        )

    assert pairs(parts) == pairs(whole)
    assert len(set(pairs(whole))) == len(pairs(whole))
