"""Admission policies: which images are let in, and that what the plan allows, CEL allows."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.small import plan_of, smallest
from tests.strategies import PUBLIC_KEY

from edgewright.plan.signing import matches
from edgewright.render import render
from edgewright.render.policies import allowed_images

Object = dict[str, Any]
DIGEST = "@sha256:" + "0" * 64
globs = st.from_regex(r"[a-z0-9*]([-a-z0-9.:*]{0,4}[a-z0-9*])?(/[-a-z0-9._*]{1,4}){0,2}", fullmatch=True)
references = st.from_regex(r"[a-z0-9.:-]{1,6}(/[-a-z0-9._]{1,4}){0,3}", fullmatch=True)


def fits(pattern: str, text: str) -> bool:
    """By an engine without backtracking, as RE2 is: it refuses what RE2 refuses."""
    validator = jsonschema_rs.validator_for(
        {"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions()
    )
    return bool(validator.is_valid(text))


@given(st.lists(globs, min_size=1, max_size=3), references, st.sampled_from(["", ":1.0", DIGEST]))
def test_what_the_plan_allows_cel_allows(some: list[str], image: str, ending: str) -> None:
    allowed = any(matches(glob, image) or matches(glob, image + ending) for glob in some)
    assert fits(allowed_images(some), image + ending) is allowed
    assert (re.search(allowed_images(some), image + ending) is not None) is allowed


@given(globs, references, references)
def test_a_pattern_is_anchored(glob: str, before: str, image: str) -> None:
    if not matches(glob, f"{before} {image}"):
        assert not fits(allowed_images([glob]), f"{before} {image}")


@pytest.mark.parametrize(
    ("glob", "image", "allowed"),
    [
        ("r.example/edge/**", f"r.example/edge/a/b{DIGEST}", True),
        ("r.example/edge/a", f"r.example/edge/a{DIGEST}", True),
        ("r.example/edge/a", "r.example/edge/a:1.0", True),
        ("r.example/edge/a", f"r.example/edge/ab{DIGEST}", False),
        ("r.example/edge/a", f"r.example/edge/a/b{DIGEST}", False),
        ("r.example/*", f"rXexample/a{DIGEST}", False),
        ("r.example/*", "evil.example/r.example/a", False),
        ("r.example:5000/*", "r.example:5000/a", True),
    ],
)
def test_known_images(glob: str, image: str, allowed: bool) -> None:
    assert fits(allowed_images([glob]), image) is allowed


def policies(**security: Any) -> dict[str, Object]:
    values = smallest(deviceClasses__kiosk__signatureGate="admission", security=security)
    texts = {"keys/one.pub": PUBLIC_KEY, "keys/two.pub": "other\n"}
    made = [
        each.body for each in render(plan_of(values, texts=texts)) if "kyverno" in each.body["apiVersion"]
    ]
    return {each["metadata"]["name"]: each for each in made}


RULE = {"images": ["registry.example/tiny/**"], "anyOf": [{"key": "keys/one.pub"}, {"key": "keys/two.pub"}]}


def test_a_policy_for_each_rule_of_signatures_and_one_for_registries() -> None:
    assert list(policies(signatures=[RULE, RULE])) == [
        "tiny-signatures-1",
        "tiny-signatures-2",
        "tiny-registries",
    ]
    assert list(policies()) == ["tiny-registries"]


@pytest.mark.parametrize("gate", ["delivery", "bundle"])
def test_other_gates_have_no_policies(gate: str) -> None:
    offline = {"deviceClasses__kiosk__offline": True} if gate == "bundle" else {}
    values = smallest(deviceClasses__kiosk__signatureGate=gate, **offline)
    assert not [each for each in render(plan_of(values)) if "kyverno" in each.body["apiVersion"]]


def test_every_place_of_an_image_is_asked_for_a_signature() -> None:
    spec = policies(signatures=[RULE])["tiny-signatures-1"]["spec"]
    asked = [each["expression"].split(".")[1] for each in spec["validations"]]
    assert asked == ["containers", "initContainers", "ephemeralContainers", "volumes"]
    assert all("[attestors.signer1, attestors.signer2]" in each["expression"] for each in spec["validations"])
    assert [each["name"] for each in spec["images"]] == ["volumes"]
    assert spec["validationConfigurations"] == {"mutateDigest": False, "required": True, "verifyDigest": True}
    assert spec["failurePolicy"] == "Fail"
    assert spec["validationActions"] == ["Deny"]


def test_keys_need_no_log_and_identities_do() -> None:
    keyless = {"issuer": "https://issuer.example", "subject": "someone"}
    values = [{"images": ["registry.example/tiny/**"], "anyOf": [{"keyless": keyless}]}]
    (identity,) = policies(signatures=values)["tiny-signatures-1"]["spec"]["attestors"]
    assert identity["cosign"]["keyless"] == {"identities": [keyless]}
    assert identity["cosign"]["ctlog"]["url"].startswith("https://")
    key, other = policies(signatures=[RULE])["tiny-signatures-1"]["spec"]["attestors"]
    assert key["cosign"]["key"] == {"data": PUBLIC_KEY}
    assert other["cosign"]["key"] == {"data": "other\n"}
    assert key["cosign"]["ctlog"] == {"insecureIgnoreTlog": True, "insecureIgnoreSCT": True}


def test_a_pattern_without_a_star_means_every_digest_of_the_image() -> None:
    images = [
        "registry.example/tiny/runtime-cpu",
        "registry.example/tiny/models/*",
        "registry.example/tiny/manifests/*",
    ]
    rule = {"images": images, "anyOf": [{"key": "keys/one.pub"}]}
    spec = policies(signatures=[rule])["tiny-signatures-1"]["spec"]
    assert [each["glob"] for each in spec["matchImageReferences"]] == [
        "registry.example/tiny/runtime-cpu",
        "registry.example/tiny/runtime-cpu:*",
        "registry.example/tiny/runtime-cpu@*",
        "registry.example/tiny/models/*",
        "registry.example/tiny/manifests/*",
    ]


@pytest.mark.parametrize(
    ("registries", "pattern"),
    [
        (None, r"^(registry\.example/tiny/.*)$"),
        (
            ["registry.example/**", "docker.io/a-b"],
            r"^(registry\.example/.*|docker\.io/a-b|docker\.io/a-b:.*|docker\.io/a-b@.*)$",
        ),
    ],
)
def test_registries_as_cel_has_them(registries: list[str] | None, pattern: str) -> None:
    security = {} if registries is None else {"registries": registries}
    spec = policies(**security)["tiny-registries"]["spec"]
    (validation,) = spec["validations"]
    assert validation["expression"] == f"variables.images.all(image, image.matches({json.dumps(pattern)}))"
    for kind in ("containers", "initContainers", "ephemeralContainers", "volumes"):
        assert f"object.spec.{kind}" in spec["variables"][0]["expression"]
