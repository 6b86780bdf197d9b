"""The trial is the fleet itself but for the host, the keys and the digests."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from tests.small import ROOT

from edgewright.assembly import Assembled
from edgewright.document.emit import emit
from edgewright.fleet import Keyless, Signature, Signer
from edgewright.plan import Plan
from edgewright.policy_test.stand_ins import as_part, path_of, stand_in
from edgewright.policy_test.trial import Trial, images_of, trial_of
from edgewright.ship.signing.keys import generate

ADDRESS = "127.0.0.1:41234"
HOST = "registry.acme.example"
NOT_LOCKED = r', "annotations": {"edgewright.dev/not-locked": "[^"]*"}'
NAMED_BY_KEYS = re.compile(r"-signers-[0-9a-f]{8}")
"""The Secret of the keys has their hash in its name."""
DIGEST = re.compile(r"@sha256:[0-9a-f]{64}")


def _plan(example: Assembled) -> Plan:
    assert example.plan is not None
    return example.plan


@pytest.fixture(scope="module")
def trial(example: Assembled) -> Trial:
    return trial_of(_plan(example), ADDRESS)


def test_everything_else_is_the_fleets_own(example: Assembled, trial: Trial) -> None:
    """Each object of the trial is that of the rendering, once host, keys and digests are put back."""
    keys = {each.public.pem: (ROOT / name).read_text() for name, each in trial.keys.items()}

    def back(text: str) -> str:
        text = NAMED_BY_KEYS.sub("-signers-…", text)
        return DIGEST.sub("@sha256:…", text.replace("\\", "").replace(ADDRESS, HOST))

    def real(text: str) -> str:
        return re.sub(NOT_LOCKED, "", back(text))

    assert len(trial.manifests) == len(example.manifests)
    for ours, theirs in zip(trial.manifests, example.manifests, strict=True):
        assert (ours.path, ours.origin) == (theirs.path, theirs.origin)
        text = json.dumps(ours.body)
        for made, own in keys.items():
            text = _with_key(text, made, own)
        assert back(text) == real(json.dumps(theirs.body)), ours.path


def _with_key(text: str, made: str, own: str) -> str:
    """A text with the lines of one key in the place of another's, at whatever indentation."""
    for before, after in zip(made.strip().splitlines(), own.strip().splitlines(), strict=True):
        text = text.replace(before, after)
    return text


def test_every_image_is_a_stand_in_of_its_own(trial: Trial) -> None:
    text = "".join(emit(each.body) for each in trial.manifests if each.path.startswith("gateway/manifests/"))
    pulled = set(re.findall(rf"{ADDRESS}/(\S+?)@(sha256:\w+)", text))
    images = images_of(trial, "gateway")
    own = {(image.path, stand_in(image.path, "own", image.form).digest) for image in images}
    assert pulled == own
    assert len(own) == 3  # the server, and two forms of one model


def test_keys_are_new_each_time(example: Assembled, trial: Trial) -> None:
    other = trial_of(_plan(example), ADDRESS)
    pems = {key.public.pem for each in (trial, other) for key in (*each.keys.values(), each.stranger)}
    assert len(pems) == 6
    assert "PRIVATE" not in repr(trial)


def _ruled(plan: Plan, *rules: Signature) -> Plan:
    security = plan.fleet.security.model_copy(update={"signatures": rules})
    return replace(plan, fleet=plan.fleet.model_copy(update={"security": security}))


PERSON = Signer(keyless=Keyless(issuer="https://accounts.example", subject="release@acme.example"))


def test_keyless_signers_are_left_out_and_told(example: Assembled) -> None:
    plan = _plan(example)
    key = Signer(key="keys/fleet.pub")
    both = Signature(images=(f"{HOST}/edge/**",), any_of=(PERSON, key))
    alone = Signature(images=(f"{HOST}/edge/models/**",), any_of=(PERSON,))
    trial = trial_of(_ruled(plan, both, alone), ADDRESS)
    assert [rule.images for rule in trial.left_out] == [(f"{ADDRESS}/edge/models/**",)]
    assert len(trial.plan.fleet.security.signatures) == 1
    assert trial.leaves_out("edge/models/x")
    assert not trial.leaves_out("edge/runtime")
    assert [each.path for each in trial.findings] == [
        ("security", "signatures", 0, "anyOf", 0),
        ("security", "signatures", 1, "anyOf", 0),
    ]
    assert {each.rule for each in trial.findings} == {"policy-not-tried"}
    assert [each.key for each in trial.plan.fleet.security.signatures[0].any_of] == ["keys/fleet.pub"]
    assert trial.signer("edge/models/x") == trial.keys["keys/fleet.pub"]


@pytest.mark.parametrize(
    ("glob", "moved"),
    [
        (f"{HOST}/edge/**", f"{ADDRESS}/edge/**"),
        ("*.acme.example/edge/**", f"{ADDRESS}/edge/**"),
        ("*/edge/**", f"{ADDRESS}/edge/**"),
        ("**", f"{ADDRESS}/*"),
        ("registry.acme.*", f"{ADDRESS}/*"),
        ("ghcr.io/acme/**", "ghcr.io/acme/**"),
        ("registry.acme.example.evil.example/**", "registry.acme.example.evil.example/**"),
    ],
)
def test_patterns_mean_at_the_trials_host_what_they_meant(example: Assembled, glob: str, moved: str) -> None:
    rule = Signature(images=(glob,), any_of=(Signer(key="keys/fleet.pub"),))
    trial = trial_of(_ruled(_plan(example), rule), ADDRESS)
    assert trial.plan.fleet.security.signatures[0].images == (moved,)
    assert trial.asks_for_signatures("edge/x") == moved.startswith(ADDRESS)


def test_parts_of_a_repository_differ_and_stay_the_same() -> None:
    parts = [stand_in("edge/x", part) for part in ("own", "following", "unsigned", "stranger")]
    assert len({each.digest for each in parts}) == 4
    assert stand_in("edge/x", "own", "fp16").digest != stand_in("edge/x", "own", "int8").digest
    assert stand_in("edge/x", "own").digest != stand_in("edge/y", "own").digest
    assert as_part(f"{ADDRESS}/edge/x@sha256:0", "unsigned") == f"{ADDRESS}/edge/x@{parts[2].digest}"
    assert parts[0].digest == "sha256:db935755d4c0be4cbd57c48c249ca3cd6e925228b8b3a89f78583d14579ef3c7"


@pytest.mark.parametrize(
    ("reference", "path"),
    [
        ("r.example/edge/x@sha256:0", "edge/x"),
        ("127.0.0.1:5000/edge/x:v1", "edge/x"),
        ("127.0.0.1:5000/edge/x:v1@sha256:0", "edge/x"),
        ("r.example/x", "x"),
    ],
)
def test_the_path_of_a_reference(reference: str, path: str) -> None:
    assert path_of(reference) == path


def test_a_private_key_is_no_part_of_a_rendering(trial: Trial) -> None:
    assert "PRIVATE" not in "".join(emit(each.body) for each in trial.manifests)
    assert generate().public.pem not in trial.plan.texts.values()
