"""What a device pulls of an image: by its architecture, of every form that builders write."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server_images import DOCKER, OCI, attestation, for_both, image, index, pulled, sizes_of

from edgewright.artifact.image import NoImageError, pulled_sizes
from edgewright.artifact.oci import INDEX_TYPE, MANIFEST_TYPE, Artifact, Descriptor, canonical_json

LINUX = {"os": "linux", "architecture": "amd64"}


def sizes(artifact: Artifact) -> dict[str, int]:
    """What is found out about an artifact whose documents are all at hand."""
    documents = {each.digest: each.manifest for each in artifact.children}
    for each in (artifact, *artifact.children):
        documents |= {blob.digest: b"".join(blob.chunks()) for blob in each.blobs}
    return pulled_sizes(artifact.manifest, artifact.media_type, lambda named: documents[named.digest])


@pytest.mark.parametrize("types", [OCI, DOCKER], ids=["oci", "docker"])
def test_each_architecture_has_its_own(types: tuple[str, ...]) -> None:
    both = for_both(types=types)
    assert sizes(both) == sizes_of(both)
    assert len(set(sizes(both).values())) == 2


@pytest.mark.parametrize("types", [OCI, DOCKER], ids=["oci", "docker"])
def test_an_image_of_one_platform_says_which_in_its_config(types: tuple[str, ...]) -> None:
    one = image("arm64", b"a layer", b"another", types=types)
    assert sizes(one) == {"arm64": pulled(one)}


def test_what_is_there_twice_travels_once() -> None:
    one = image("amd64", b"the same", b"the same")
    assert sizes(one) == {"amd64": len(b"the same") + one.blobs[0].size}


def test_what_nobody_runs_is_passed_over() -> None:
    provenance, platform = attestation()
    windows = (image("amd64", b"windows", os="windows"), {"os": "windows", "architecture": "amd64"})
    both = for_both(extra=[(provenance, platform), windows])
    assert sizes(both) == sizes_of(for_both())


def test_an_attestation_is_known_by_its_annotation_too() -> None:
    one, provenance = image(), attestation()[0]
    entries = [one.descriptor.values | {"platform": LINUX}]
    entries.append(provenance.descriptor.values | {"annotations": {"vnd.docker.reference.type": "x"}})
    manifest = canonical_json({"manifests": entries, "mediaType": INDEX_TYPE, "schemaVersion": 2})
    assert sizes(Artifact(manifest, INDEX_TYPE, children=(one, provenance))) == {"amd64": pulled(one)}


def test_an_entry_without_a_platform_has_it_in_its_config() -> None:
    one, other = image("amd64"), image("arm64", b"longer than the other")
    assert sizes(index((one, None), (other, None))) == {"amd64": pulled(one), "arm64": pulled(other)}


def test_of_several_for_one_architecture_the_largest_counts() -> None:
    small, large = image("amd64", b"v1"), image("amd64", b"v3, with wider vectors")
    for order in ((small, large), (large, small)):
        assert sizes(index(*((each, LINUX) for each in order))) == {"amd64": pulled(large)}


def changed(artifact: Artifact, **fields: Any) -> Artifact:
    manifest = json.loads(artifact.manifest) | fields
    return Artifact(canonical_json(manifest), artifact.media_type, artifact.blobs, artifact.children)


NO_IMAGES = {
    "is a `text/plain`": Artifact(b"{}", "text/plain"),
    "is no JSON object": Artifact(b"[]", MANIFEST_TYPE),
    "gives a name twice": Artifact(b'{"config": 1, "config": 2}', MANIFEST_TYPE),
    "another media type inside": changed(image(), mediaType=INDEX_TYPE),
    "nothing for Linux": image("amd64", os="windows"),
    "does not say which platform": image(""),
    "without a media type, a sha256 digest": changed(image(), config={"digest": "sha256:0"}),
    "without a media type": changed(image(), layers={}),
    "no index of at most 64": changed(for_both(), manifests=[image().descriptor.values] * 65),
    "no index": changed(for_both(), manifests=None),
    "names an image without": changed(for_both(), manifests=[{}]),
    f"holds a `{INDEX_TYPE}`": index((for_both(), None)),
    "a config of more than": changed(image(), config=Descriptor(OCI[2], f"sha256:{'0' * 64}", 2**40).values),
}


@pytest.mark.parametrize("says", NO_IMAGES)
def test_what_is_no_image_is_said(says: str) -> None:
    with pytest.raises(NoImageError, match=re.escape(says)):
        sizes(NO_IMAGES[says])


KEYS = (
    "mediaType",
    "digest",
    "size",
    "config",
    "layers",
    "manifests",
    "platform",
    "os",
    "architecture",
    "annotations",
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5)
    | st.sampled_from(["linux", "amd64", MANIFEST_TYPE, image().digest]),
    lambda kids: st.lists(kids, max_size=3) | st.dictionaries(st.sampled_from(KEYS), kids, max_size=5),
    max_leaves=20,
)  # fmt: skip


@given(anything, anything, st.sampled_from([OCI[0], OCI[1], DOCKER[0], DOCKER[1]]))
def test_nothing_else_is_raised(outer: Any, inner: Any, media_type: str) -> None:
    try:
        found = pulled_sizes(
            json.dumps(outer).encode(), media_type, lambda _named: json.dumps(inner).encode()
        )
    except NoImageError:
        return
    assert all(size >= 0 for size in found.values())
