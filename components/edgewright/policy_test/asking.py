"""Which policy is asked about which pods, and the calls of Kyverno that this takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from edgewright.policy_test.asked import asks_a_registry, policy_of
from edgewright.policy_test.mutation import FAMILIES, Mutation
from edgewright.policy_test.mutation.mutation import Object
from edgewright.policy_test.subjects import namespaces_of
from edgewright.policy_test.tries import Try, pod_name
from edgewright.render import Manifest
from edgewright.ship.kyverno import Verdicts, judge
from edgewright.ship.tools import Tool

MOST_AT_ONCE: Final = 1500
"""Policies times pods of one call: that many take some twenty seconds, and Kyverno's patience is not tried."""


@dataclass(frozen=True, slots=True)
class Question:
    """What one call of Kyverno is asked."""

    policies: tuple[Object, ...]
    pods: tuple[Object, ...]
    namespaces: Mapping[str, Mapping[str, str]]


def questions_of(
    policies: Sequence[Manifest], tries: Sequence[Try], setting: str, manifests: Sequence[Manifest]
) -> Iterator[Question]:
    """Each policy with the pods that are its business, those of a kind together.

    Kyverno compiles each policy anew for each pod, which takes a hundredth of a second: what has nothing to
    do with each other is not asked. And a policy that asks a registry is asked alone: 1.19.0 stands still
    where there are two (kyverno/kyverno, issue 17275).
    """
    by_business: dict[tuple[str, tuple[int, ...]], list[Object]] = {}
    for policy in policies:
        base = policy_of(policy).base
        numbers = tuple(number for number, each in enumerate(tries) if _is_business(base, each.mutation))
        alone = policy.body["metadata"]["name"] if asks_a_registry(policy.body) else ""
        by_business.setdefault((alone, numbers), []).append(policy.body)
    for (_, numbers), bodies in by_business.items():
        pods = [
            {**pod, "metadata": {**pod["metadata"], "name": pod_name(number, title)}}
            for number in numbers
            for title, pod in getattr(tries[number], setting).items()
        ]
        at_once = max(1, MOST_AT_ONCE // len(bodies))
        for begin in range(0, len(pods), at_once):
            yield Question(tuple(bodies), tuple(pods[begin : begin + at_once]), namespaces_of(manifests))


def _is_business(base: str, mutation: Mutation | None) -> bool:
    """Whether a policy has to do with a change: with its kind, or with any where we know nothing of it."""
    families = [family for family in FAMILIES if any(base in each.by for each in family)]
    return mutation is None or not families or any(mutation in family for family in families)


def asked(kyverno: Tool, questions: Sequence[Question]) -> Verdicts:
    """What Kyverno says to all questions; two at a time, the longest first."""
    inorder = sorted(questions, key=lambda each: -len(each.policies) * len(each.pods))
    found: Verdicts = {}
    with ThreadPoolExecutor(2) as pool:
        for verdicts in pool.map(
            lambda each: judge(kyverno, each.policies, each.pods, each.namespaces), inorder
        ):
            found |= verdicts
    return found
