"""The policy pack: objects of a user's own program, looked at as rendered ones are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from edgewright.program.policy_pack import violations

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "a", "namespace": "b"},
    "spec": {"containers": [{"name": "c", "image": "i@sha256:" + "0" * 64}]},
}


@dataclass
class Resource:
    """As much of a PolicyResource as is looked at."""

    resource_type: str
    props: Any
    urn: str = "urn:it"


def found(props: Any, kind: str = "kubernetes:core/v1:Pod") -> list[tuple[str, str]]:
    resource: Any = Resource(kind, props)
    return [(urn, each.rule) for urn, each in violations([resource], "1.36")]


def test_an_object_at_fault_is_named() -> None:
    wrong = {**POD, "spec": {"containers": POD["spec"]["containers"], "dnsPolcy": "None"}}  # type: ignore[index]
    assert ("urn:it", "schema-mismatch") in found(wrong)


def test_a_sound_object_has_no_violation() -> None:
    assert "schema-mismatch" not in [rule for _, rule in found(POD)]


def test_numbers_that_became_floats_are_whole_again() -> None:
    body = {**POD, "spec": {**POD["spec"], "terminationGracePeriodSeconds": 30.0}}  # type: ignore[dict-item]
    assert "schema-mismatch" not in [rule for _, rule in found(body)]


def test_what_another_program_may_have_made_is_not_missed() -> None:
    config = {**POD, "spec": {**POD["spec"], "serviceAccountName": "elsewhere"}}  # type: ignore[dict-item]
    assert "missing-reference" not in [rule for _, rule in found(config)]
    assert found({"apiVersion": "acme.example/v1", "kind": "Thing", "metadata": {"name": "x"}}) == []


def test_other_resources_are_none_of_our_business() -> None:
    assert found({"region": "x"}, "aws:s3:Bucket") == []
    assert found({"kubeconfig": "x"}, "pulumi:providers:kubernetes") == []
    assert found({"chart": "x"}, "kubernetes:helm.sh/v3:Release") == []
