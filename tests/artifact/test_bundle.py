"""Bundles and statements: written as others read them, and read with care."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.artifact.bundle import (
    BUNDLE_TYPE,
    PAYLOAD_TYPE,
    Envelope,
    bundle,
    read_bundle,
    read_statement,
    signed_bytes,
)


@given(st.binary(max_size=99), st.binary(max_size=80))
def test_what_is_put_in_comes_out(content: bytes, signature: bytes) -> None:
    assert read_bundle(bundle(content, signature, "hint")) == Envelope(PAYLOAD_TYPE, content, (signature,))


def test_what_is_signed_names_its_type_and_its_length() -> None:
    # The example of DSSE 1.0, protocol.md.
    assert signed_bytes(b"hello world", "http://example.com/HelloWorld") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def _changed(**changes: Any) -> bytes:
    return json.dumps({**json.loads(bundle(b"{}", b"", "")), **changes}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 99999,
        _changed(mediaType="text/plain"),
        _changed(dsseEnvelope=None),
        _changed(dsseEnvelope={"payload": "!", "payloadType": "", "signatures": []}),
        _changed(dsseEnvelope={"payload": 1, "payloadType": "", "signatures": []}),
        _changed(dsseEnvelope={"payload": "", "payloadType": "", "signatures": [1]}),
        _changed(verificationMaterial=None),
    ],
)
def test_what_is_no_bundle(content: bytes) -> None:
    assert read_bundle(content) is None


def test_a_certificate_makes_it_keyless() -> None:
    for name in ("certificate", "x509CertificateChain"):
        found = read_bundle(_changed(verificationMaterial={name: {}}))
        assert found is not None
        assert found.keyless
    assert read_bundle(_changed(mediaType=f"{BUNDLE_TYPE};x")) is not None


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"_type": "https://in-toto.io/Statement/v1", "subject": [], "predicateType": "x", "predicate": []},
        {"_type": "https://in-toto.io/Statement/v2", "subject": [], "predicateType": "x", "predicate": {}},
        {"_type": "https://in-toto.io/Statement/v1", "subject": [{}], "predicateType": "x", "predicate": {}},
    ],
)
def test_what_is_no_statement(value: object) -> None:
    assert read_statement(Envelope(PAYLOAD_TYPE, json.dumps(value).encode(), ())) is None
    assert read_statement(Envelope("text/plain", b"{}", ())) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["sig", "payload", "digest", "sha256", "resources"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(_JSON, st.sampled_from(["mediaType", "dsseEnvelope", "verificationMaterial"]))
def test_whatever_it_is_it_is_read_or_refused(value: Any, name: str) -> None:
    for content in (json.dumps(value).encode(), _changed(**{name: value})):
        if found := read_bundle(content):
            read_statement(found)
    for field in ("subject", "predicate", "_type", "predicateType"):
        said = {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [],
            "predicate": {},
            "predicateType": "",
        }
        read_statement(Envelope(PAYLOAD_TYPE, json.dumps(said | {field: value}).encode(), ()))
