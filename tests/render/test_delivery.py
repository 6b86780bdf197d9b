"""What Flux is told: the tag of each ring, whose signature counts, and patches that really apply."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from tests.small import plan_of, smallest
from tests.strategies import PUBLIC_KEY, Drawn, drawn_fleets

from edgewright.render import Manifest, render
from edgewright.render.analysis import judges

Object = dict[str, Any]
ALL = ["registry.example/tiny/**"]
SOAK = {"soak": "1h", "abortWhen": {"errorRate": "1%"}}


def objects(values: Object, kind: str, ring: str | None = None) -> list[Object]:
    texts = {"keys/one.pub": PUBLIC_KEY, "keys/two.pub": PUBLIC_KEY.replace("E48R", "F48R")}
    made = render(plan_of(values, texts=texts))
    return [
        each.body for each in made if each.body["kind"] == kind and (ring is None or f"/{ring}/" in each.path)
    ]


def with_rings(*stages: Object) -> Object:
    whole = [
        {"ring": f"r{index}", "upTo": f"{10 * index + 10}%", **each} for index, each in enumerate(stages)
    ]
    whole[-1]["upTo"] = "100%"
    return smallest(rollouts={"careful": {"stages": whole}}, workloads__read__rollout="careful")


def signed(*signers: Object) -> Object:
    return smallest(security={"signatures": [{"images": ALL, "anyOf": list(signers)}]})


def applied(rollout: Object, patch: list[Object]) -> Object:
    """RFC 6902, as far as the patches go."""
    result = copy.deepcopy(rollout)
    for operation in patch:
        *way, last = operation["path"].split("/")[1:]
        holder: Any = result
        for step in way:
            holder = holder[int(step)] if isinstance(holder, list) else holder[step]
        key: Any = int(last) if isinstance(holder, list) else last
        assert key < len(holder) if isinstance(holder, list) else key in holder
        if operation["op"] == "remove":
            del holder[key]
        else:
            assert operation["op"] == "replace"
            holder[key] = operation["value"]
    return result


def of_ring(manifests: list[Manifest], class_name: str, ring: str) -> tuple[list[Object], Object]:
    """The Rollouts of a class as a ring's Kustomization makes them, and that Kustomization."""
    (kustomization,) = [
        each.body
        for each in manifests
        if each.path == f"{class_name}/delivery/{ring}/flux.yaml"
        and each.body["kind"] == "Kustomization"
        and each.body["spec"]["path"] == "./manifests"
    ]
    rollouts = [
        each.body
        for each in manifests
        if each.path.startswith(f"{class_name}/manifests/") and each.body["kind"] == "Rollout"
    ]
    for patch in kustomization["spec"].get("patches", []):
        label, _, value = patch["target"]["labelSelector"].partition("=")
        hit = [each for each in rollouts if each["metadata"]["labels"].get(label) == value]
        assert hit == rollouts, "a patch that misses a Rollout"
        rollouts = [applied(each, yaml.safe_load(patch["patch"])) for each in rollouts]
    return rollouts, kustomization


@pytest.mark.parametrize(
    "stages",
    [
        [SOAK, SOAK, {}],
        [SOAK, {}, {}],
        [{}, SOAK, {}],
        [{}, {}, SOAK],
        [{"soak": "1h"}, SOAK, SOAK],
        [{}, {}, {}],
        [{}],
        [SOAK],
    ],
)
def test_in_each_ring_the_rollout_is_judged_by_that_ring_alone(stages: list[Object]) -> None:
    manifests = render(plan_of(with_rings(*stages)))
    for index, stage in enumerate(stages):
        (rollout,), _ = of_ring(manifests, "kiosk", f"r{index}")
        steps = rollout["spec"]["strategy"]["canary"]["steps"]
        names = [
            each["templateName"]
            for step in steps
            if "analysis" in step
            for each in step["analysis"]["templates"]
        ]
        assert names == ([f"careful-r{index}"] if "abortWhen" in stage else [])
        assert steps[0] == {"setWeight": 100}


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(drawn_fleets())
def test_patches_apply_in_any_fleet(drawn: Drawn) -> None:
    plan = drawn.plan
    manifests = render(plan)
    for planned in plan.classes:
        if planned.device_class.offline:
            assert not [each for each in manifests if each.path.startswith(f"{planned.name}/delivery/")]
            continue
        for ring in planned.rings:
            rollouts, kustomization = of_ring(manifests, planned.name, ring.name)
            for rollout in rollouts:
                steps = rollout["spec"]["strategy"]["canary"]["steps"]
                assert len(steps) == 1 + judges(ring)
                assert all(
                    step["analysis"]["templates"][0]["templateName"] == f"{planned.rollout_name}-{ring.name}"
                    for step in steps[1:]
                )
            assert kustomization["spec"]["wait"] is False


def test_each_ring_follows_its_own_tag() -> None:
    sources = objects(with_rings({}, {}, {}), "OCIRepository")
    assert [each["spec"]["ref"] for each in sources] == [{"tag": f"r{index}"} for index in range(3)]
    assert {each["spec"]["url"] for each in sources} == {"oci://registry.example/tiny/manifests/kiosk"}


def test_how_often_a_device_looks() -> None:
    values = smallest(delivery={"interval": "90s"})
    assert [
        each["spec"]["interval"]
        for kind in ("OCIRepository", "Kustomization")
        for each in objects(values, kind)
    ] == ["90s", "90s", "90s"]


def test_keys_lie_in_a_secret_that_the_source_names() -> None:
    values = signed({"key": "keys/one.pub"}, {"key": "keys/two.pub"})
    (secret,), (source,) = objects(values, "Secret"), objects(values, "OCIRepository")
    assert list(secret["stringData"]) == ["signer1.pub", "signer2.pub"]
    assert secret["stringData"]["signer1.pub"] == PUBLIC_KEY
    assert source["spec"]["verify"] == {
        "provider": "cosign",
        "secretRef": {"name": secret["metadata"]["name"]},
    }


def test_other_keys_lie_in_another_secret() -> None:
    """In one that is there already, Kubernetes would keep a key that is no longer written in `stringData`."""
    rules = [
        signed({"key": "keys/one.pub"}, {"key": "keys/two.pub"}),
        signed({"key": "keys/one.pub"}),
        signed({"key": "keys/two.pub"}),
        signed({"key": "keys/one.pub"}),
    ]
    both, one, two, again = (objects(each, "Secret")[0]["metadata"]["name"] for each in rules)
    assert len({both, one, two}) == 3
    assert one == again


def test_identities_are_patterns_that_only_they_fit() -> None:
    keyless = {"issuer": "https://issuer.example", "subject": "https://git.example/a/b@refs/heads/main"}
    (source,) = objects(signed({"keyless": keyless}), "OCIRepository")
    assert objects(signed({"keyless": keyless}), "Secret") == []
    (identity,) = source["spec"]["verify"]["matchOIDCIdentity"]
    for name, text in keyless.items():
        assert re.fullmatch(identity[name], text)
        assert not re.search(identity[name], text.replace(".", "x", 1))
        assert not re.search(identity[name], f"x{text}")


def test_without_signatures_nothing_is_verified() -> None:
    (source,) = objects(smallest(), "OCIRepository")
    assert "verify" not in source["spec"]


def test_the_first_rule_about_the_manifests_counts() -> None:
    values = smallest(
        security={
            "signatures": [
                {"images": ["other.example/**"], "anyOf": [{"key": "keys/two.pub"}]},
                {"images": ALL, "anyOf": [{"key": "keys/one.pub"}]},
            ]
        }
    )
    (secret,) = objects(values, "Secret")
    assert list(secret["stringData"].values()) == [PUBLIC_KEY]


@pytest.mark.parametrize(
    "change",
    [
        {"deviceClasses__kiosk__offline": True, "deviceClasses__kiosk__signatureGate": "bundle"},
        {"delivery": {"engine": "argocd"}},
    ],
)
def test_nothing_where_flux_does_not_deliver(change: dict[str, Any]) -> None:
    manifests = render(plan_of(smallest(**change)))
    assert not [each for each in manifests if "/delivery/" in each.path]
    assert manifests


def kustomizations(**changes: Any) -> dict[str, Object]:
    made = objects(smallest(**changes), "Kustomization")
    return {each["metadata"]["name"]: each["spec"] for each in made}


@pytest.mark.parametrize(
    ("kyverno", "kinds", "condition"),
    [
        ("1.19.0", ["ImageValidatingPolicy", "ValidatingPolicy"], "WebhookConfigured"),
        ("1.15.0", ["ClusterPolicy"], "Ready"),
    ],
)
def test_nothing_is_applied_before_kyverno_asks_by_every_policy(
    kyverno: str, kinds: list[str], condition: str
) -> None:
    made = kustomizations(deviceClasses__kiosk__signatureGate="admission", platform={"kyverno": kyverno})
    first, rest = made["tiny-policies"], made["tiny"]
    assert (first["path"], rest["path"]) == ("./policies", "./manifests")
    assert first["wait"] is True
    assert [each["kind"] for each in first["healthCheckExprs"]] == kinds
    assert all(f"'{condition}'" in each["current"] for each in first["healthCheckExprs"])
    assert rest["dependsOn"] == [{"name": "tiny-policies"}]
    assert "dependsOn" not in first
    assert first["sourceRef"] == rest["sourceRef"]


def test_without_policies_nothing_is_waited_for() -> None:
    made = kustomizations()
    assert {name: each["path"] for name, each in made.items()} == {
        "tiny-delivery": "./delivery/everyone",
        "tiny": "./manifests",
    }
    assert "dependsOn" not in made["tiny"]


@pytest.mark.parametrize("gate", ["admission", "delivery"])
def test_what_is_applied_is_what_lies_in_the_folders(gate: str) -> None:
    """Each folder of the artifact is some Kustomization's, and each Kustomization's folder is there."""
    values = smallest(deviceClasses__kiosk__signatureGate=gate)
    manifests = render(plan_of(values))
    folders = {each.path.rpartition("/")[0].partition("/")[2] for each in manifests}
    applied = {
        each.body["spec"]["path"].removeprefix("./")
        for each in manifests
        if each.body["kind"] == "Kustomization"
    }
    assert folders == applied


def test_keys_come_also_with_a_release_that_cannot_be_applied() -> None:
    made = kustomizations(deviceClasses__kiosk__signatureGate="admission")
    assert made["tiny-delivery"]["sourceRef"] == made["tiny"]["sourceRef"]
    assert "dependsOn" not in made["tiny-delivery"]


def test_no_artifact_takes_from_a_device_what_pulls_the_next_one() -> None:
    """What an artifact lacks is pruned: of these objects all but the old keys and the policies' part may go."""
    values = smallest(
        deviceClasses__kiosk__signatureGate="admission",
        security=signed({"key": "keys/one.pub"})["security"],
    )
    made = {
        (each.body["kind"], each.body["metadata"]["name"].partition("-signers-")[0]): each.body["metadata"]
        for each in render(plan_of(values, texts={"keys/one.pub": PUBLIC_KEY}))
        if "/delivery/" in each.path
    }
    kept = {
        name
        for name, metadata in made.items()
        if metadata.get("annotations") == {"kustomize.toolkit.fluxcd.io/prune": "disabled"}
    }
    assert kept == {("OCIRepository", "tiny"), ("Kustomization", "tiny"), ("Kustomization", "tiny-delivery")}
    assert made.keys() - kept == {("Secret", "tiny"), ("Kustomization", "tiny-policies")}
