"""OCI layouts: what is written comes back, what is damaged is said, and skopeo reads the same."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.artifact.layout import (
    LARGEST_DOCUMENT,
    Entry,
    blobs_of,
    check_blobs,
    layout_files,
    read_entries,
    read_layout,
)
from edgewright.artifact.oci import (
    CONFIG_TYPE,
    INDEX_TYPE,
    Artifact,
    blob_of,
    canonical_json,
    described,
    sha256,
)
from edgewright.errors import FleetError

FIELD = ("runtimes", "cpu", "images")
LAYER = "application/vnd.oci.image.layer.v1.tar"
CONTENTS = st.lists(st.binary(max_size=300), min_size=1, max_size=4)


def image(*layers: bytes, **fields: object) -> Artifact:
    blobs = [blob_of(each) for each in layers]
    config = blob_of(
        canonical_json(
            {
                "architecture": "amd64",
                "os": "linux",
                "rootfs": {"type": "layers", "diff_ids": [each.digest for each in blobs]},
            }
        )
    )
    values = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": described(CONFIG_TYPE, config).values,
        "layers": [described(LAYER, each).values for each in blobs],
    }
    return Artifact(canonical_json(values | fields), blobs=(config, *blobs))


def index(*children: Artifact) -> Artifact:
    values = {"schemaVersion": 2, "mediaType": INDEX_TYPE}
    listed = {"manifests": [each.descriptor.values for each in children]}
    return Artifact(canonical_json(values | listed), INDEX_TYPE, children=children)


def written(*entries: Entry) -> dict[str, bytes]:
    return {path: b"".join(chunks()) for path, chunks in layout_files(entries).items()}


class Folder:
    """A layout in memory; `chunk` bytes at a time."""

    def __init__(self, files: dict[str, bytes], chunk: int = 7) -> None:
        self.files, self.chunk = files, chunk

    def __call__(self, path: str) -> Iterator[bytes]:
        if path not in self.files:
            raise FileNotFoundError(2, "No such file or directory", path)
        content = self.files[path]
        return (content[start : start + self.chunk] for start in range(0, len(content), self.chunk))


def flaw(files: dict[str, bytes], name: str | None = None) -> str:
    """What is said of a layout, whether at once or while its blobs are read."""
    with pytest.raises(FleetError) as raised:
        check_blobs(read_layout(Folder(files), name, FIELD))
    (finding,) = raised.value.findings
    assert (finding.rule, finding.level, finding.path) == ("layout-damaged", "error", FIELD)
    return finding.message


def bytes_of(artifact: Artifact) -> list[tuple[str, bytes]]:
    return [(each.digest, b"".join(each.chunks())) for each in blobs_of(artifact)]


@given(st.lists(CONTENTS, min_size=1, max_size=3), st.integers(1, 400))
def test_what_is_written_comes_back(images: list[list[bytes]], chunk: int) -> None:
    whole = index(*(image(*layers) for layers in images))
    single = image(*images[0])
    files = written(Entry(whole, "whole"), Entry(single))
    back = read_entries(Folder(files, chunk))
    assert [each.name for each in back] == ["whole", None]
    for one, other in zip((whole, single), back, strict=True):
        assert bytes_of(one) == bytes_of(other.artifact)
        assert (one.digest, one.media_type, one.size) == (
            other.artifact.digest,
            other.artifact.media_type,
            other.artifact.size,
        )
    assert written(*back) == files


@given(CONTENTS, st.data())
def test_no_bit_turns_unnoticed(layers: list[bytes], data: st.DataObject) -> None:
    """Whatever bit of whatever blob turns, nobody gets other bytes than the names promise."""
    files = written(Entry(image(*layers)))
    path = data.draw(st.sampled_from([each for each in files if each.startswith("blobs/") and files[each]]))
    content = bytearray(files[path])
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert path in flaw(files | {path: bytes(content)})


@given(CONTENTS, st.data(), st.booleans())
def test_no_blob_is_cut_or_lengthened_unnoticed(
    layers: list[bytes], data: st.DataObject, longer: bool
) -> None:
    files = written(Entry(image(*layers)))
    path = data.draw(st.sampled_from([each for each in files if each.startswith("blobs/") and files[each]]))
    content = files[path] + b"+" if longer else files[path][: data.draw(st.integers(0, len(files[path]) - 1))]
    assert path in flaw(files | {path: content})


def test_every_missing_blob_is_told() -> None:
    one, two = b"one", b"two"
    files = written(Entry(image(one, two)))
    for content in (one, two):
        del files[f"blobs/sha256/{sha256(content)[7:]}"]
    with pytest.raises(FleetError) as raised:
        check_blobs(read_layout(Folder(files)))
    messages = [each.message for each in raised.value.findings]
    assert len(messages) == 2
    assert all("cannot be read: No such file or directory" in message for message in messages)


def test_an_endless_blob_is_left_at_its_size() -> None:
    content = b"layer"
    files = written(Entry(image(content)))
    path = f"blobs/sha256/{sha256(content)[7:]}"

    def endless(asked: str) -> Iterable[bytes]:
        return iter(lambda: b"x" * 1000, b"") if asked in (path, "index.json") else Folder(files)(asked)

    with pytest.raises(FleetError, match=r"index\.json` is larger than"):
        read_layout(endless)
    artifact = read_layout(lambda asked: endless(asked) if asked == path else Folder(files)(asked))
    with pytest.raises(FleetError, match="is longer than the 5 bytes"):
        check_blobs(artifact)


def _pointing(values: object) -> dict[str, bytes]:
    """A layout whose index names one document with these bytes or values."""
    content = values if isinstance(values, bytes) else canonical_json(values)
    named = {"mediaType": image().media_type, "digest": sha256(content), "size": len(content)}
    return written() | {
        "index.json": canonical_json({"manifests": [named]}),
        f"blobs/sha256/{sha256(content)[7:]}": content,
    }


def _listing(**descriptor: object) -> dict[str, bytes]:
    good = {"mediaType": image().media_type, "digest": sha256(b""), "size": 0}
    return written() | {"index.json": canonical_json({"manifests": [good | descriptor]})}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "`oci-layout` cannot be read: No such file or directory"),
        (written() | {"oci-layout": b"{}"}, "`oci-layout` is no layout of version 1.0.0"),
        (written() | {"oci-layout": b"[]"}, "`oci-layout` is no JSON object, or gives a name twice"),
        (written() | {"index.json": b"{"}, "`index.json` is no JSON object, or gives a name twice"),
        (written() | {"index.json": b"\xff"}, "`index.json` is no JSON object, or gives a name twice"),
        (written() | {"index.json": b"[" * 100_000}, "`index.json` is no JSON object, or gives a name twice"),
        (written() | {"index.json": b'{"manifests":[],"manifests":[]}'}, "gives a name twice"),
        (written() | {"index.json": b"{}"}, "names something without a media type"),
        (written(), "the layout holds nothing; one is wanted"),
        (_listing(digest="sha256:../../../etc/passwd"), "names something without a media type"),
        (_listing(digest="sha512:" + "0" * 128), "names something without a media type"),
        (_listing(size=-1), "names something without a media type"),
        (_listing(size=True), "names something without a media type"),
        (_listing(size="0"), "names something without a media type"),
        (_listing(annotations=[1]), "names something without a media type"),
        (_listing(mediaType="text/html"), "is a `text/html` here"),
        (_listing(size=LARGEST_DOCUMENT + 1), "is larger than 4,194,304 bytes"),
        (_pointing(b"[]"), "is no JSON object"),
        (_pointing({"config": None, "layers": []}), "names something without a media type"),
        (_pointing({"layers": {}}), "names something without a media type"),
        (_pointing({"mediaType": INDEX_TYPE}), "is of another media type than it was named with"),
    ],
)
def test_what_is_no_layout(files: dict[str, bytes], said: str) -> None:
    assert said in flaw(files)


KEYS = ("manifests", "mediaType", "digest", "size", "config", "layers", "annotations", "schemaVersion")
LEAVES = (image().media_type, INDEX_TYPE, sha256(b""), "blobs", 0, 2**70, -1)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.sampled_from(LEAVES),
    lambda kids: st.lists(kids, max_size=3) | st.dictionaries(st.sampled_from(KEYS), kids, max_size=5),
    max_leaves=15,
)


@given(ANYTHING, st.booleans())
def test_no_document_raises_anything_else(value: object, as_index: bool) -> None:
    files = written() | {"index.json": canonical_json(value)} if as_index else _pointing(value)
    with suppress(FleetError):
        assert all(isinstance(each, Entry) for each in read_entries(Folder(files)))


def test_indexes_that_nest_too_deep() -> None:
    deep = image(b"")
    for _ in range(2):
        deep = index(deep)
    assert read_layout(Folder(written(Entry(deep)))).digest == deep.digest
    assert "where an image or an index is wanted" in flaw(written(Entry(index(deep))))


def test_one_of_several_is_taken_by_its_name() -> None:
    one, two = image(b"1"), image(b"2")
    files = written(Entry(one, "one"), Entry(two, "two"))
    assert read_layout(Folder(files), "two").digest == two.digest
    assert flaw(files) == "the layout holds one, two; one is wanted"
    assert flaw(files, "three") == "the layout holds one, two; one called `three` is wanted"


@pytest.mark.skipif(not shutil.which("skopeo"), reason="skopeo is not installed: apt-get install skopeo")
def test_skopeo_copies_what_is_written_and_we_read_what_it_writes(tmp_path: Path) -> None:
    artifact = image(b"\0" * 1024)
    for path, content in written(Entry(artifact, "tiny")).items():
        (tmp_path / "a" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "a" / path).write_bytes(content)
    command = ["skopeo", "copy", "--insecure-policy", "--preserve-digests"]
    source, target = f"oci:{tmp_path}/a:tiny", f"oci:{tmp_path}/b:again"
    subprocess.run([*command, source, target], check=True, capture_output=True)

    def opened(path: str) -> Iterable[bytes]:
        return [(tmp_path / "b" / path).read_bytes()]

    back = read_layout(opened, "again")
    check_blobs(back)
    assert read_layout(opened).digest == back.digest == artifact.digest
