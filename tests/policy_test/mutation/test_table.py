"""Each change makes another pod, leaves the good one alone, and is told of in the docs."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests.small import ROOT

from edgewright.assembly import Assembled
from edgewright.policy_test.mutation import FAMILIES, MUTATIONS, Mutation
from edgewright.policy_test.mutation.mutation import SIGNATURES
from edgewright.policy_test.subjects import subjects_of

PAGE = (ROOT / "docs" / "policy-tests.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pod(example: Assembled) -> dict[str, Any]:
    """A pod of the example that has a GPU, models and everything else that can be changed."""
    (subject,) = subjects_of([each for each in example.manifests if each.path.startswith("gateway/")])
    return subject.pod


def test_names_are_unique_and_families_whole() -> None:
    names = [each.name for each in MUTATIONS]
    assert len(set(names)) == len(names) == sum(map(len, FAMILIES))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in names)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: each.name)
def test_a_change_makes_another_pod_and_leaves_the_first_alone(
    mutation: Mutation, pod: dict[str, Any]
) -> None:
    before = copy.deepcopy(pod)
    changed = mutation.of(pod)
    assert changed is not None
    assert changed != before
    assert pod == before
    assert mutation.of(pod) == changed
    assert changed["metadata"] == before["metadata"]


def test_no_two_changes_are_the_same(pod: dict[str, Any]) -> None:
    changed = [repr(mutation.of(pod)) for mutation in MUTATIONS]
    assert len(set(changed)) == len(changed)


def test_a_pod_without_models_or_gpu_has_nothing_to_change(pod: dict[str, Any]) -> None:
    plain = {**pod, "spec": {"containers": [{"name": "c", "image": "r.example/edge/x@sha256:0"}]}}
    nothing = {mutation.name for mutation in MUTATIONS if mutation.of(plain) is None}
    volumes = {each.name for each in MUTATIONS if each.name.endswith("-model-volume")}
    other = {"writable-model", "half-a-gpu", "asks-for-less", "no-memory-limit", "no-cpu-limit"}
    assert nothing == volumes | other | {"no-liveness-probe", "no-readiness-probe"}


def test_look_alikes_begin_as_the_registry_does(pod: dict[str, Any]) -> None:
    made = {each.name: each.of(pod) for each in MUTATIONS}
    images = {name: each["spec"]["containers"][0]["image"] for name, each in made.items() if each}
    tail = "edge/runtime-tensorrt-cuda13@"
    assert images["registry-with-longer-host"].startswith(f"registry.acme.example.evil.example/{tail}")
    assert images["registry-as-a-path"].startswith(f"registry.evil.example/registry.acme.example/{tail}")
    assert images["registry-with-any-dot"].startswith(f"registryxacme.example/{tail}")
    assert images["registry-with-longer-path"].startswith("registry.acme.example/edge-evil/runtime-")
    assert images["other-registry"].startswith(f"registry.evil.example/{tail}")


def _rows() -> Iterator[list[str]]:
    for line in PAGE.splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def test_the_page_has_a_line_for_each() -> None:
    bases = {SIGNATURES: "the signature policy"}
    wanted = [
        [f"`{each.name}`", f"a pod {each.what}", ", ".join(bases.get(base, f"`{base}`") for base in each.by)]
        for each in MUTATIONS
    ]
    assert list(_rows()) == wanted
