"""Signature policies as a fleet renders them, asked by the real Kyverno about images in a real registry."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from tests.policies.cli import Object, asked
from tests.signable import image
from tests.small import plan_of, smallest

from edgewright.render import render
from edgewright.ship.registry import Access, Client
from edgewright.ship.signing.keys import PrivateKey, generate
from edgewright.ship.signing.sign import sign

NAMESPACES = {
    "tiny": {"kubernetes.io/metadata.name": "tiny"},
    "other": {"kubernetes.io/metadata.name": "other"},
}
ELSE = f"quay.io/somebody/else@sha256:{'0' * 64}"
FORMS = ("1.19.0", "1.15.2")
"""A Kyverno for each form of policies."""


@dataclass(frozen=True)
class Images:
    """What lies in a registry: the fleet's key signed `signed`, its next key `next`, both `both`."""

    registry: str
    key: PrivateKey
    next_key: PrivateKey
    by_name: dict[str, str]


@pytest.fixture(scope="module")
def images(registry: str) -> Images:
    key, next_key, stranger = generate(), generate(), generate()
    signers = {
        "signed": [key],
        "next": [next_key],
        "both": [key, next_key],
        "stranger": [stranger],
        "unsigned": [],
    }
    by_name: dict[str, str] = {}
    with Client(Access()) as client:
        for name, keys in signers.items():
            for place in ("signing/tiny", "signing/vendor"):
                repository = client.repository(f"{registry}/{place}/{name}")
                artifact = image(f"{place}/{name}")
                repository.push(artifact, tags=("latest",))
                for each in keys:
                    sign(repository, artifact.digest, each)
                by_name[f"{place.rpartition('/')[2]}/{name}"] = f"{repository.name}@{artifact.digest}"
    return Images(f"{registry}/signing", key, next_key, by_name)


def policies(images: Images, kyverno: str, *rules: Object) -> list[Object]:
    """The signature policies of a fleet, by the names of the images as they are here."""
    values = smallest(
        deviceClasses__kiosk__signatureGate="admission",
        registry=f"{images.registry}/tiny",
        security={"signatures": list(rules)},
        platform={"kyverno": kyverno},
    )
    texts = {"keys/one.pub": images.key.public.pem, "keys/two.pub": images.next_key.public.pem}
    made = [each.body for each in render(plan_of(values, texts=texts))]
    names = ("tiny-signatures", "tiny-require-digests")
    return [each for each in made if each["metadata"]["name"] in names]


def pod(name: str, reference: str, place: str = "containers", namespace: str = "tiny") -> Object:
    spec: Object = {"containers": [{"name": "beside", "image": ELSE}]}
    container = {"name": "asked", "image": reference}
    if place == "volumes":
        spec["volumes"] = [
            {"name": "empty", "emptyDir": {}},
            {"name": "asked", "image": {"reference": reference}},
        ]
    elif place == "sidecars":
        spec["initContainers"] = [container | {"restartPolicy": "Always"}]
    else:
        spec[place] = [*spec.get(place, []), container]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def around(pods: Object, api_version: str, kind: str) -> Object:
    template = {"metadata": {"labels": {"app": "x"}}, "spec": pods["spec"]}
    spec: Object = {"selector": {"matchLabels": {"app": "x"}}, "template": template}
    if kind == "CronJob":
        spec = {"schedule": "@daily", "jobTemplate": {"spec": {"template": template}}}
    return {"apiVersion": api_version, "kind": kind, "metadata": pods["metadata"], "spec": spec}


def results(policies: list[Object], objects: list[Object]) -> dict[str, str]:
    """Name of each object ⇒ `fail` where any policy refuses it."""
    said = asked(policies, objects, NAMESPACES, "--registry")
    found: dict[str, str] = {}
    for (_, _, name), each in said.items():
        result = "fail" if each.result == "error" else each.result  # what cannot be asked is denied
        found[name] = "fail" if "fail" in (result, found.get(name)) else result
    return found


def rule(images: Images, *keys: str, repository: str = "tiny") -> Object:
    return {
        "images": [f"{images.registry}/{repository}/**"],
        "anyOf": [{"key": f"keys/{key}.pub"} for key in keys],
    }


@pytest.mark.parametrize("kyverno", FORMS)
def test_one_of_the_keys_must_have_signed(images: Images, kyverno: str) -> None:
    of = images.by_name
    objects = [pod(name, of[f"tiny/{name}"]) for name in ("signed", "next", "both", "stranger", "unsigned")]
    one = policies(images, kyverno, rule(images, "one"))
    both = policies(images, kyverno, rule(images, "one", "two"))
    assert results(one, objects) == {
        "signed": "pass", "next": "fail", "both": "pass", "stranger": "fail", "unsigned": "fail",
    }  # fmt: skip
    assert results(both, objects) == {
        "signed": "pass", "next": "pass", "both": "pass", "stranger": "fail", "unsigned": "fail",
    }  # fmt: skip


@pytest.mark.parametrize("kyverno", FORMS)
def test_an_image_is_asked_for_wherever_it_stands(images: Images, kyverno: str) -> None:
    of = images.by_name
    places = ("containers", "initContainers", "sidecars", "ephemeralContainers", "volumes")
    objects = [
        pod(f"{place.lower()}-{name}", of[f"tiny/{name}"], place)
        for place in places
        for name in ("signed", "unsigned")
    ]
    found = results(policies(images, kyverno, rule(images, "one")), objects)
    assert found == {
        f"{place.lower()}-{name}": result
        for place in places
        for name, result in (("signed", "pass"), ("unsigned", "fail"))
    }


KINDS = [
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "StatefulSet"),
    ("batch/v1", "CronJob"),
    ("batch/v1", "Job"),
    ("argoproj.io/v1alpha1", "Rollout"),
]


@pytest.mark.parametrize("kyverno", FORMS)
@pytest.mark.parametrize("place", ["containers", "volumes"])
def test_what_makes_pods_is_asked_before_it_ends_the_old_one(
    images: Images, place: str, kyverno: str
) -> None:
    objects = [
        around(pod(f"{kind.lower()}-{name}", images.by_name[f"tiny/{name}"], place), version, kind)
        for version, kind in KINDS
        for name in ("signed", "unsigned")
    ]
    assert results(policies(images, kyverno, rule(images, "one")), objects) == {
        f"{kind.lower()}-{name}": result
        for _, kind in KINDS
        for name, result in (("signed", "pass"), ("unsigned", "fail"))
    }


@pytest.mark.parametrize("kyverno", FORMS)
def test_each_registry_has_its_own_signers(images: Images, kyverno: str) -> None:
    of = images.by_name
    rules = [rule(images, "one"), rule(images, "two", repository="vendor")]
    objects = [
        pod(each.replace("/", "-"), of[each])
        for each in ("tiny/signed", "tiny/next", "vendor/signed", "vendor/next", "vendor/unsigned")
    ]
    assert results(policies(images, kyverno, *rules), objects) == {
        "tiny-signed": "pass",
        "tiny-next": "fail",
        "vendor-signed": "fail",
        "vendor-next": "pass",
        "vendor-unsigned": "fail",
    }


@pytest.mark.parametrize("kyverno", FORMS)
def test_the_first_rule_about_an_image_says_who(images: Images, kyverno: str) -> None:
    """As `publish` signs and `verify` verifies: an image that two rules are about is signed by the first's keys."""
    of = images.by_name
    last = {"images": [f"{images.registry}/**"], "anyOf": [{"key": "keys/two.pub"}]}
    objects = [
        pod(each.replace("/", "-"), of[each])
        for each in ("tiny/signed", "tiny/next", "vendor/signed", "vendor/next", "vendor/unsigned")
    ]
    assert results(policies(images, kyverno, rule(images, "one"), last), objects) == {
        "tiny-signed": "pass",
        "tiny-next": "fail",
        "vendor-signed": "fail",
        "vendor-next": "pass",
        "vendor-unsigned": "fail",
    }


@pytest.mark.parametrize("kyverno", FORMS)
def test_a_tag_and_a_changed_digest_are_refused(images: Images, kyverno: str) -> None:
    name, _, digest = images.by_name["tiny/signed"].partition("@")
    objects = [
        pod("tag", f"{name}:latest"),
        pod("changed", f"{name}@{digest[:-1]}{'1' if digest[-1] != '1' else '2'}"),
    ]
    assert results(policies(images, kyverno, rule(images, "one")), objects) == {
        "tag": "fail",
        "changed": "fail",
    }


@pytest.mark.parametrize("kyverno", FORMS)
def test_other_namespaces_are_none_of_the_fleets_business(images: Images, kyverno: str) -> None:
    objects = [
        pod("ours", images.by_name["tiny/unsigned"]),
        pod("theirs", images.by_name["tiny/unsigned"], namespace="other"),
    ]
    assert results(policies(images, kyverno, rule(images, "one")), objects) == {"ours": "fail"}
