"""Which policies a class gets, under which names, for which namespace; and that its own pods pass them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from tests.policies.cli import asked
from tests.small import ROOT, plan_of, smallest
from tests.strategies import PUBLIC_KEY

from edgewright.catalogue.policies import built_in_policy
from edgewright.fleet.security import BUILT_IN_POLICIES
from edgewright.plan import Plan
from edgewright.render import Manifest, render

Object = dict[str, Any]
OWN: Object = {
    "apiVersion": "policies.kyverno.io/v1",
    "kind": "ValidatingPolicy",
    "metadata": {"name": "own", "labels": {"team": "a"}},
    "spec": {
        "matchConstraints": {
            "resourceRules": [
                {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
            ]
        },
        "validations": [{"expression": "false", "message": "no"}],
    },
}
OLD_OWN: Object = {
    "apiVersion": "kyverno.io/v1",
    "kind": "ClusterPolicy",
    "metadata": {"name": "own"},
    "spec": {
        "rules": [
            {"name": "a", "match": {"any": [{"resources": {"kinds": ["Pod"]}}]}},
            {"name": "b", "match": {"resources": {"kinds": ["Pod"], "namespaces": ["mine"]}}},
        ]
    },
}


def plan(*named: str, own: Object | None = None, kyverno: str = "1.19.0", **changes: Any) -> Plan:
    values = smallest(
        deviceClasses__kiosk__signatureGate="admission",
        platform={"kyverno": kyverno},
        security={"policies": list(named), **changes},
    )
    policies = {"./own": (own,)} if own else {}
    return plan_of(values, policies=policies, texts={"keys/one.pub": PUBLIC_KEY})


def policies(of: Plan) -> dict[str, Manifest]:
    made = [each for each in render(of) if each.path.startswith("kiosk/policies/")]
    assert all("kyverno.io" in each.body["apiVersion"] for each in made)
    return {each.body["metadata"]["name"]: each for each in made}


@pytest.mark.parametrize(
    ("level", "names"),
    [
        (
            "restricted",
            ["tiny-restrict-registries", "tiny-pod-security-restricted", "tiny-require-ro-rootfs"],
        ),
        ("baseline", ["tiny-restrict-registries", "tiny-pod-security-baseline"]),
    ],
)
def test_what_every_fleet_has(level: str, names: list[str]) -> None:
    made = policies(plan(pods=level))
    assert list(made) == names
    assert [each.origin for each in made.values()][1] == ("security", "pods")


def test_what_a_fleet_names_is_rendered_once() -> None:
    made = policies(plan("require-probes", "require-ro-rootfs", "restrict-registries", "require-probes"))
    assert list(made)[-1] == "tiny-require-probes"
    assert len(made) == 4
    assert made["tiny-require-probes"].origin == ("security", "policies", 0)
    assert made["tiny-require-probes"].path == "kiosk/policies/require-probes.yaml"


def test_all_that_are_there_can_be_named_and_are_rendered() -> None:
    folders = sorted(each.name for each in (ROOT / "policies").iterdir() if each.is_dir())
    assert folders == [*BUILT_IN_POLICIES]
    assert set(policies(plan(*BUILT_IN_POLICIES))) == {f"tiny-{each}" for each in BUILT_IN_POLICIES}


def test_a_policy_is_the_fleets_and_for_its_namespace() -> None:
    body = policies(plan("require-probes"))["tiny-require-probes"].body
    spec, as_written = dict(body["spec"]), built_in_policy("require-probes")["spec"]
    assert spec.pop("evaluation") == {"background": {"enabled": False}}
    match = dict(spec["matchConstraints"])
    assert match.pop("namespaceSelector") == {"matchLabels": {"kubernetes.io/metadata.name": "tiny"}}
    assert spec | {"matchConstraints": match} == as_written
    assert body["metadata"]["labels"]["app.kubernetes.io/part-of"] == "tiny"


def test_a_policy_of_the_fleets_own_keeps_what_it_says() -> None:
    body = policies(plan("./own", own=OWN))["tiny-own"].body
    assert body["metadata"]["labels"]["team"] == "a"
    assert body["spec"]["validations"] == OWN["spec"]["validations"]
    assert body["spec"]["matchConstraints"]["namespaceSelector"]["matchLabels"] == {
        "kubernetes.io/metadata.name": "tiny"
    }
    chosen = {"matchLabels": {"a": "b"}}
    match = OWN["spec"]["matchConstraints"] | {"namespaceSelector": chosen}
    own = OWN | {"spec": OWN["spec"] | {"matchConstraints": match}}
    body = policies(plan("./own", own=own))["tiny-own"].body
    assert body["spec"]["matchConstraints"]["namespaceSelector"] == chosen


def test_an_old_policy_of_the_fleets_own_keeps_its_namespaces() -> None:
    a, b = policies(plan("./own", own=OLD_OWN, kyverno="1.15.0"))["tiny-own"].body["spec"]["rules"]
    assert a["match"]["any"][0]["resources"]["namespaceSelector"]["matchLabels"] == {
        "kubernetes.io/metadata.name": "tiny"
    }
    assert b == OLD_OWN["spec"]["rules"][1]


def test_two_fleets_share_no_name() -> None:
    names = set(policies(plan(*BUILT_IN_POLICIES)))
    assert all(name.startswith("tiny-") for name in names)


@pytest.mark.parametrize("gate", ["delivery", "bundle"])
def test_other_gates_have_no_policies(gate: str) -> None:
    offline = {"deviceClasses__kiosk__offline": True} if gate == "bundle" else {}
    values = smallest(
        deviceClasses__kiosk__signatureGate=gate, security={"policies": ["require-probes"]}, **offline
    )
    assert not [each for each in render(plan_of(values)) if "/policies/" in each.path]


@pytest.mark.parametrize("kyverno", ["1.19.0", "1.15.0"])
def test_kyverno_lets_in_what_is_rendered_and_nothing_worse(kyverno: str) -> None:
    """Every policy, in both forms: the rendered pods pass each, and one that is bad in every way passes none."""
    made = render(plan(*BUILT_IN_POLICIES, kyverno=kyverno))
    asking = [each.body for each in made if "/policies/" in each.path]
    pods = [each.body for each in made if each.body["kind"] == "Deployment"]
    bare: Object = {"name": "x", "image": "x", "env": [{"name": "TOKEN", "value": "hunter2"}]}
    bare |= {"volumeMounts": [{"name": "a", "mountPath": "/models"}]}
    bare |= {"resources": {"limits": {"nvidia.com/gpu": "0.5"}}, "securityContext": {"privileged": True}}
    spec = {"hostNetwork": True, "containers": [bare], "initContainers": [bare | {"name": "y"}]}
    worst = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "worst", "namespace": "tiny"},
        "spec": spec,
    }
    elsewhere = worst | {"metadata": {"name": "elsewhere", "namespace": "other"}}
    namespaces = {name: {"kubernetes.io/metadata.name": name} for name in ("tiny", "other")}
    said = asked(asking, [*pods, worst, elsewhere], namespaces)
    names = {each["metadata"]["name"] for each in asking}
    assert len(names) == len(BUILT_IN_POLICIES)
    assert {(policy, name): each.result for (policy, _, name), each in said.items()} == {
        **{(name, pod["metadata"]["name"]): "pass" for name in names for pod in pods},
        **{(name, "worst"): "fail" for name in names},
    }


def test_a_policy_that_is_handed_out_may_be_changed() -> None:
    built_in_policy("require-probes")["metadata"]["name"] = "mine"
    assert built_in_policy("require-probes")["metadata"]["name"] == "require-probes"
    assert yaml.safe_dump(built_in_policy("require-probes"))
