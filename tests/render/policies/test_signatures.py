"""Signature policies: one for all rules, in the form that the fleet's Kyverno has."""

from __future__ import annotations

from typing import Any

import pytest
from tests.small import plan_of, smallest
from tests.strategies import PUBLIC_KEY

from edgewright.render import render

Object = dict[str, Any]


def policies(kyverno: str = "1.19.0", **security: Any) -> dict[str, Object]:
    """The policies of a fleet by their names."""
    values = smallest(
        deviceClasses__kiosk__signatureGate="admission", security=security, platform={"kyverno": kyverno}
    )
    texts = {"keys/one.pub": PUBLIC_KEY, "keys/two.pub": "other\n"}
    made = [
        each.body for each in render(plan_of(values, texts=texts)) if "kyverno" in each.body["apiVersion"]
    ]
    return {each["metadata"]["name"]: each for each in made}


RULE: Object = {
    "images": ["registry.example/tiny/**"],
    "anyOf": [{"key": "keys/one.pub"}, {"key": "keys/two.pub"}],
}


def signatures(*rules: Object, kyverno: str = "1.19.0") -> Object:
    spec: Object = policies(kyverno, signatures=list(rules))["tiny-signatures"]["spec"]
    return spec


def test_one_policy_however_many_rules_there_are() -> None:
    kinds = [each["kind"] for each in policies(signatures=[RULE, RULE]).values()]
    assert kinds.count("ImageValidatingPolicy") == 1
    spec = signatures(RULE, {**RULE, "anyOf": RULE["anyOf"][:1]})
    assert [each["name"] for each in spec["attestors"]] == ["rule1signer1", "rule1signer2", "rule2signer1"]
    one, two = (each["expression"] for each in spec["validations"])
    assert "[attestors.rule1signer1, attestors.rule1signer2]" in one
    assert "[attestors.rule2signer1]" in two
    assert "tiny-signatures" not in policies()


def test_a_policy_of_ones_own_is_asked_by_itself(  # kyverno/kyverno, issue 17275
) -> None:
    assert all(each["spec"]["matchConditions"] for each in policies(signatures=[RULE]).values())


@pytest.mark.parametrize("gate", ["delivery", "bundle"])
def test_other_gates_have_no_policies(gate: str) -> None:
    offline = {"deviceClasses__kiosk__offline": True} if gate == "bundle" else {}
    values = smallest(deviceClasses__kiosk__signatureGate=gate, **offline)
    assert not [each for each in render(plan_of(values)) if "kyverno" in each.body["apiVersion"]]


def test_every_place_of_an_image_is_asked_for_a_signature() -> None:
    spec = signatures(RULE)
    (validation,) = spec["validations"]
    places = ["containers", "initContainers", "ephemeralContainers", "volumes"]
    assert [each["name"] for each in spec["images"]] == places
    assert all(f"images.{each}" in validation["expression"] for each in places)
    assert validation["message"] == (
        "An image of registry.example/tiny/** is not signed by keys/one.pub or keys/two.pub."
    )
    assert spec["validationConfigurations"] == {"mutateDigest": False, "required": True, "verifyDigest": True}
    assert spec["failurePolicy"] == "Fail"
    assert spec["validationActions"] == ["Deny"]


KEYLESS = {"issuer": "https://issuer.example", "subject": "someone"}


def test_keys_need_no_log_and_identities_do() -> None:
    (identity,) = signatures({"images": RULE["images"], "anyOf": [{"keyless": KEYLESS}]})["attestors"]
    assert identity["cosign"]["keyless"] == {"identities": [KEYLESS]}
    assert identity["cosign"]["ctlog"]["url"].startswith("https://")
    key, other = signatures(RULE)["attestors"]
    assert key["cosign"]["key"] == {"data": PUBLIC_KEY}
    assert other["cosign"]["key"] == {"data": "other\n"}
    assert key["cosign"]["ctlog"] == {"insecureIgnoreTlog": True, "insecureIgnoreSCT": True}


def test_an_identity_and_a_key_stand_side_by_side() -> None:
    other = {"issuer": "https://issuer.example", "subject": "somebody else"}
    signers = [{"keyless": KEYLESS}, {"key": "keys/one.pub"}, {"keyless": other}]
    spec = signatures({"images": RULE["images"], "anyOf": signers})
    # an attestor for each: several identities in one do not count where the signature is a bundle
    assert [next(iter(each["cosign"])) for each in spec["attestors"]] == ["keyless", "key", "keyless"]


def test_a_pattern_without_a_star_means_every_digest_of_the_image() -> None:
    images = [
        "registry.example/tiny/runtime-cpu",
        "registry.example/tiny/models/*",
        "registry.example/tiny/manifests/*",
    ]
    spec = signatures({"images": images, "anyOf": [{"key": "keys/one.pub"}]})
    assert [each["glob"] for each in spec["matchImageReferences"]] == [
        "registry.example/tiny/runtime-cpu",
        "registry.example/tiny/runtime-cpu:*",
        "registry.example/tiny/runtime-cpu@*",
        "registry.example/tiny/models/*",
        "registry.example/tiny/manifests/*",
    ]


def test_an_old_kyverno_is_told_in_its_own_form_and_in_no_other() -> None:
    made = policies("1.18.4", signatures=[RULE, {"images": RULE["images"], "anyOf": [{"keyless": KEYLESS}]}])
    assert {each["kind"] for each in made.values()} == {"ClusterPolicy"}
    assert {each["kind"] for each in policies("1.19.1", signatures=[RULE]).values()} == {
        "ImageValidatingPolicy",
        "ValidatingPolicy",
    }
    assert "tiny-require-digests" in made  # it takes a tag where what it names is signed
    keys, identity = (each["verifyImages"][0] for each in made["tiny-signatures"]["spec"]["rules"])
    assert [each["keys"]["publicKeys"] for each in keys["attestors"][0]["entries"]] == [PUBLIC_KEY, "other\n"]
    (entry,) = identity["attestors"][0]["entries"]
    assert entry["keyless"]["subject"] == "someone"
    assert all(each["required"] and each["verifyDigest"] for each in (keys, identity))
    assert [each["attestors"][0]["count"] for each in (keys, identity)] == [1, 1]
