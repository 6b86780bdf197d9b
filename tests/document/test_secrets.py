"""Secrets are seen by their form, named by their kind, and shown nowhere."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.document.secrets import KINDS, masked, plain_secrets, secret_in, without_secrets
from edgewright.errors import Finding

# Put together here, so that no scanner takes this file for a leak.
A36 = "aB3" * 12
SECRETS = {
    "a private key": "-----BEGIN EC " + "PRIVATE KEY-----",
    "a GitHub token": "ghp" + "_" + A36,
    "a GitLab token": "glpat" + "-" + A36[:20],
    "an AWS access key": "AKIA" + "QRST" * 4,
    "a Slack token": "xoxb" + "-" + A36[:20],
    "a Hugging Face token": "hf" + "_" + A36[:34],
    "a Docker token": "dckr_pat" + "_" + A36[:27],
    "an NVIDIA API key": "nvapi" + "-" + A36,
    "a Google API key": "AIza" + A36[:35],
    "a signed token (JWT)": ".".join(("eyJ" + A36, "eyJ" + A36, A36)),
    "a password in a URL": "https://user:" + "swordfish@hub.example",
    "a secret in the query of a URL": "https://hub.example/v2?api_key=" + "swordfish",
}


def test_every_kind_is_tried() -> None:
    assert set(SECRETS) == set(KINDS)


@pytest.mark.rule("plain-secret", "border")
@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_is_named_by_its_kind_and_masked(kind: str) -> None:
    text = f"before {SECRETS[kind]} behind"
    assert secret_in(text) == kind
    hidden = masked(text)
    assert len(hidden) == len(text)
    assert secret_in(hidden) is None
    assert "swordfish" not in hidden
    assert A36[:20] not in hidden


@pytest.mark.rule("plain-secret", "passes")
@pytest.mark.parametrize(
    "text",
    [
        "registry.acme.example/edge",
        "https://hub.acme.example:8443/v2/models/defects",
        "https://hub.acme.example/v2?version=3.4.0-rc.1",
        "https://hub.acme.example/v2?token=short",
        "https://hub.acme.example/a:b@c",
        "https://me@hub.acme.example/v2",
        "-----BEGIN PUBLIC KEY-----",
        "AKIA",
        "sha256:" + "0a" * 32,
        "ghp_short",
        "release@acme.example",
    ],
)
def test_what_is_no_secret(text: str) -> None:
    assert secret_in(text) is None
    assert masked(text) == text


@given(st.text(alphabet=st.sampled_from("ab-_./:@?&=%1A"), max_size=60))
def test_masking_keeps_the_length_and_agrees_with_seeing(text: str) -> None:
    hidden = masked(text)
    assert len(hidden) == len(text)
    assert (hidden != text) == (secret_in(text) is not None)


def test_values_are_walked_with_their_paths() -> None:
    values = {"a": [1, {"b": SECRETS["a GitHub token"]}], "c": None, "d": ("x", SECRETS["a Slack token"])}
    findings = list(plain_secrets(values))
    assert [each.path for each in findings] == [("a", 1, "b"), ("d", 1)]
    assert findings[0].message == (
        "`b` holds a GitHub token, which git and every device would show to whoever reads there"
    )
    assert not any(re.search("aB3|swordfish", each.message + each.remedy) for each in findings)
    assert not list(plain_secrets({"a": "b"}))


def test_other_findings_do_not_quote_it() -> None:
    secret = SECRETS["a password in a URL"]
    (finding,) = without_secrets([Finding("bad-url", "error", f"`{secret}` is no URL", f"not {secret}")])
    assert "swordfish" not in finding.message + finding.remedy
    assert finding.message.endswith("hub.example` is no URL")
