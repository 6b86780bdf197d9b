"""The signed text and its manifest: cosign's bytes, and whatever lies under the tag read with care."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.artifact.oci import Descriptor, sha256
from edgewright.artifact.signature import (
    LARGEST_PAYLOAD,
    MOST_SIGNATURES,
    Claim,
    SignedPayload,
    payload,
    read_claim,
    read_signatures,
    signature_artifact,
    signature_tag,
    signed_payload,
)

DIGEST = f"sha256:{'a' * 64}"
NAME = "registry.acme.example/edge/models/x"


def _read(signed: list[SignedPayload]) -> tuple[SignedPayload, ...]:
    artifact = signature_artifact(signed)
    content = {blob.digest: b"".join(blob.chunks()) for blob in artifact.blobs}
    return read_signatures(artifact.manifest, lambda layer: content[layer.digest])


def test_the_text_is_cosigns_to_the_byte() -> None:
    # Written by cosign 3.1.2, `cosign sign --key … --new-bundle-format=false`.
    theirs = (
        '{"critical":{"identity":{"docker-reference":"127.0.0.1:5791/a/b"},"image":{"docker-manifest-digest":'
        '"sha256:a063f3ce5ff664cafb35ec26333f1b35cf1cdc52d4e4f931c3687c8f8c87f5d9"},'
        '"type":"cosign container image signature"},"optional":null}'
    )
    digest = "sha256:a063f3ce5ff664cafb35ec26333f1b35cf1cdc52d4e4f931c3687c8f8c87f5d9"
    assert payload("127.0.0.1:5791/a/b", digest) == theirs.encode()
    assert signature_tag(digest) == f"sha256-{digest[7:]}.sig"


def test_what_is_signed_is_read_back() -> None:
    claim = read_claim(payload(NAME, DIGEST))
    assert claim == Claim(NAME, DIGEST, "cosign container image signature")
    assert claim.repository == NAME


@pytest.mark.parametrize(
    "reference",
    [f"{NAME}:v1", f"{NAME}@{DIGEST}", f"{NAME}:v1@{DIGEST}", NAME],
)
def test_a_name_with_a_tag_or_a_digest_is_the_same_repository(reference: str) -> None:
    assert Claim(reference, DIGEST, "").repository == NAME


def test_a_port_is_no_tag() -> None:
    assert Claim("127.0.0.1:5000/a", DIGEST, "").repository == "127.0.0.1:5000/a"
    assert Claim("127.0.0.1:5000/a:5000", DIGEST, "").repository == "127.0.0.1:5000/a"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"critical":null}',
        '{"critical":{"identity":[]}}',
        "[" * 99999,
        '"\\ud800',
    ],
)
def test_what_is_no_claim(text: str) -> None:
    assert read_claim(text.encode()) is None


def test_a_claim_of_numbers_is_none() -> None:
    text = payload(NAME, DIGEST).decode().replace(f'"{DIGEST}"', "1")
    assert read_claim(text.encode()) is None


@given(
    st.lists(
        st.builds(
            SignedPayload,
            st.binary(max_size=50),
            st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3),
            st.sampled_from(["application/vnd.dev.cosign.simplesigning.v1+json", "text/plain"]),
        ),
        max_size=5,
    )
)
def test_all_that_is_put_in_comes_out_in_its_order(signed: list[SignedPayload]) -> None:
    assert list(_read(signed)) == signed
    assert signature_artifact(signed).digest == signature_artifact(list(signed)).digest


def test_the_manifest_names_each_text() -> None:
    first, second = signed_payload(b"one", b"\1"), signed_payload(b"two", b"\2", {"more": "x"})
    artifact = signature_artifact([first, second])
    manifest = json.loads(artifact.manifest)
    assert [layer["digest"] for layer in manifest["layers"]] == [sha256(b"one"), sha256(b"two")]
    assert manifest["layers"][1]["annotations"] == {"dev.cosignproject.cosign/signature": "Ag==", "more": "x"}
    config = json.loads(b"".join(artifact.blobs[0].chunks()))
    assert config["rootfs"]["diff_ids"] == [sha256(b"one"), sha256(b"two")]
    assert first.signature == b"\1"


@pytest.mark.parametrize("text", ["", "!", "AAA", "ä"])
def test_a_signature_that_is_no_base64_is_none(text: str) -> None:
    assert SignedPayload(b"", {"dev.cosignproject.cosign/signature": text}).signature in (None, b"")
    assert SignedPayload(b"").signature is None


def _layer(**changes: object) -> dict[str, object]:
    return {"mediaType": "x", "digest": DIGEST, "size": 1} | changes


@pytest.mark.parametrize(
    "manifest",
    [
        {},
        [],
        None,
        {"layers": None},
        {"layers": [1]},
        {"layers": [{}]},
        {"layers": [_layer(annotations={"a": 1})]},
        {"layers": [_layer(annotations=["a"])]},
        {"layers": [_layer(digest=1)]},
        {"layers": [_layer(size="x")]},
        {"layers": [_layer(size=float("inf"))]},
        {"layers": [_layer(size=-1)]},
        {"layers": [_layer(size=LARGEST_PAYLOAD + 1)]},
        {"layers": [_layer()] * (MOST_SIGNATURES + 1)},
    ],
)
def test_what_holds_no_signatures_is_refused_before_anything_is_fetched(manifest: object) -> None:
    def fetched(layer: Descriptor) -> bytes:
        raise AssertionError(layer)

    with pytest.raises(ValueError, match=r"manifest|layers|signed texts"):
        read_signatures(json.dumps(manifest).encode(), fetched)


def test_an_index_holds_none() -> None:
    with pytest.raises(ValueError, match="no manifest"):
        read_signatures(b'{"manifests": []}', lambda layer: b"")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["layers", "annotations", "mediaType", "digest", "size", "critical", "type"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_JSON | st.lists(_JSON, max_size=3).map(lambda layers: {"layers": layers}))
def test_whatever_lies_there_is_read_or_refused(value: object) -> None:
    content = json.dumps(value).encode()
    read_claim(content)
    with suppress(ValueError):
        read_signatures(content, lambda layer: b"")
