"""A model's image: what a registry and a container runtime would read in it."""

from __future__ import annotations

import io
import json
import tarfile
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.artifact.card import Card
from edgewright.artifact.lock import LockedFile, LockedModel, LockedVariant, Tensor
from edgewright.artifact.model import model_artifact, model_layer
from edgewright.artifact.model_signature import files_of
from edgewright.artifact.oci import Artifact, Blob, sha256
from edgewright.errors import FleetError

FIELD = ("models", "surface-defects", "source")
TENSOR = Tensor("image", "FP32", (-1, 1, 32, 32))

ONE = {"model.onnx": b"a graph"}
TWO = {**ONE, "weights/layer-1.bin": b"\0" * 600, "weights.bin": b"\1" * 512}


def card_of(files: Mapping[str, bytes], form: str = "fp16", version: str = "3.4.0", **model: Any) -> Card:
    """The card of a form whose files are these, by their names in the artifact; the first is the model."""
    onnx, *weights = (LockedFile(f"m/{name}", sha256(each), len(each)) for name, each in files.items())
    size = sum(map(len, files.values()))
    locked = LockedVariant(
        onnx.file, onnx.digest, size, {}, "fp16", (TENSOR,), (TENSOR,), weights=tuple(weights)
    )
    return Card("surface-defects", LockedModel(version, {form: locked}, **model), form)


def opened(files: Mapping[str, bytes], chunk: int = 7) -> Callable[[str], Iterable[bytes]]:
    """The files as they lie in a folder `m`, some bytes at a time."""

    def chunks(path: str) -> Iterator[bytes]:
        content = files[path.removeprefix("m/")]
        return (content[start : start + chunk] for start in range(0, len(content), chunk))

    return chunks


def layer_of(files: Mapping[str, bytes], chunk: int = 7) -> Blob:
    return model_layer(card_of(files), opened(files, chunk), FIELD)


def packed(files: Mapping[str, bytes], architecture: str = "amd64", **card: Any) -> Artifact:
    return model_artifact(card_of(files, **card), layer_of(files), architecture)


def content(blob: Blob) -> bytes:
    return b"".join(blob.chunks())


def config_of(artifact: Artifact) -> Any:
    return json.loads(content(artifact.blobs[0]))


def test_the_digests_are_these() -> None:
    """They stand in fleet.lock files: a release that changes one changes what every device must pull.

    GNU tar writes the same layer (`--format=ustar --mtime=@0 --owner=0 --group=0 --numeric-owner -b1`).
    """
    artifact = packed(TWO)
    config, layer = artifact.blobs
    assert layer.digest == "sha256:ab1e7714705f30c78ea6dcc71c7b899bbc6bdb17e5eafcca2971e89fece531bf"
    assert config.digest == "sha256:4a6cdeef1644375cdb05ee569f5b7b15653272f44fa95fc915eb7742bf3ece3f"
    assert artifact.digest == "sha256:156dfbef14b89042cb068a327083321983bfa85f8a93d7fbb71b82c4b0c42b74"


def test_every_digest_is_that_of_its_bytes() -> None:
    artifact = packed(TWO)
    config, layer = artifact.blobs
    manifest = json.loads(artifact.manifest)
    assert artifact.digest == sha256(artifact.manifest)
    for blob, named in ((config, manifest["config"]), (layer, manifest["layers"][0])):
        assert (named["digest"], named["size"]) == (blob.digest, blob.size)
        assert (sha256(content(blob)), len(content(blob))) == (blob.digest, blob.size)
    assert manifest["layers"][0]["mediaType"] == "application/vnd.oci.image.layer.v1.tar"
    assert config_of(artifact)["rootfs"] == {"type": "layers", "diff_ids": [layer.digest]}


def test_the_manifest_is_an_image_with_a_type_of_its_own() -> None:
    artifact = packed(ONE, license="Apache-2.0")
    manifest, config = json.loads(artifact.manifest), config_of(artifact)
    assert manifest["schemaVersion"] == 2
    assert manifest["mediaType"] == "application/vnd.oci.image.manifest.v1+json"
    assert manifest["artifactType"] == "application/vnd.edgewright.model.v1"
    assert manifest["config"]["mediaType"] == "application/vnd.oci.image.config.v1+json"
    assert (config["os"], config["architecture"]) == ("linux", "amd64")
    assert manifest["annotations"] == {
        "dev.edgewright.model.variant": "fp16",
        "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.title": "surface-defects",
        "org.opencontainers.image.version": "3.4.0",
    }
    labels = config["config"]["Labels"]
    assert manifest["annotations"].items() <= labels.items()
    assert labels.keys() - manifest["annotations"].keys() == {"dev.edgewright.model"}
    assert json.loads(labels["dev.edgewright.model"])["version"] == "3.4.0"


def test_the_layer_holds_the_files_below_models() -> None:
    with tarfile.open(fileobj=io.BytesIO(content(layer_of(TWO))), mode="r:") as archive:
        members = archive.getmembers()
        contents = {
            member.name: extracted.read() for member in members if (extracted := archive.extractfile(member))
        }
    assert [member.name for member in members] == [
        "models",
        "models/model.onnx",
        "models/weights",
        "models/weights.bin",
        "models/weights/layer-1.bin",
    ]
    assert contents == {f"models/{name}": each for name, each in TWO.items()}


def test_golden_answers_and_a_signature_lie_beside_the_model() -> None:
    card = card_of(ONE)
    answers = LockedFile("m/fp16.onnx.answers.npz", sha256(b"answers"), 7)
    signature = LockedFile("m/fp16.onnx.sig", sha256(b"signed"), 6)
    form = replace(card.locked, answers=answers, signature=signature)
    whole = replace(card, model=replace(card.model, variants={"fp16": form}))
    files = {**ONE, "fp16.onnx.answers.npz": b"answers", "fp16.onnx.sig": b"signed"}
    with tarfile.open(fileobj=io.BytesIO(content(model_layer(whole, opened(files)))), mode="r:") as archive:
        assert archive.getnames() == [
            "models",
            "models/answers.npz",
            "models/model.onnx",
            "models/model.sig",
        ]
    assert files_of(whole).keys() == {"model.onnx", "answers.npz"}


@given(st.permutations(sorted(TWO.items())[1:]), st.integers(1, 700))
def test_neither_order_nor_chunks_matter(weights: list[tuple[str, bytes]], chunk: int) -> None:
    again = {**ONE, **dict(weights)}
    assert layer_of(again, chunk).digest == layer_of(TWO).digest


def test_what_makes_another_model_makes_another_digest() -> None:
    digests = {
        packed(ONE).digest,
        packed({"model.onnx": b"a graph."}).digest,
        packed(TWO).digest,
        packed(ONE, version="3.4.1").digest,
        packed(ONE, form="int8").digest,
        packed(ONE, form="source").digest,
        packed(ONE, architecture="arm64").digest,
        packed(ONE, license="MIT").digest,
    }
    assert len(digests) == 8


@pytest.mark.parametrize(
    ("names", "flaw"),
    [
        (["weights/.wh.model.onnx"], "means `remove this file` in an image layer"),
        (["a\n.bin"], "has characters that are no text"),
        (["w\x9b.bin"], "has characters that are no text"),
        (["model.onnx"], "is there twice"),
        (["a", "a/b"], "is a folder as well"),
    ],
)
def test_a_name_that_not_every_device_can_unpack(names: list[str], flaw: str) -> None:
    """Beside a model that is called otherwise outside: inside, it is `model.onnx`."""
    card = card_of({"net.onnx": b"", **dict.fromkeys(names, b"")})
    with pytest.raises(FleetError) as raised:
        model_layer(card, lambda _: [], FIELD)
    (finding,) = raised.value.findings
    assert (finding.rule, finding.path) == ("model-file-name", FIELD)
    assert finding.message.endswith(flaw)
    assert finding.message.isascii()
    assert finding.message.isprintable()


@pytest.mark.parametrize("now", [b"", b"a grap", b"a graph.", b"A graph"])
def test_a_file_that_is_not_the_locked_one(now: bytes) -> None:
    with pytest.raises(FleetError) as raised:
        model_layer(card_of(ONE), opened({"model.onnx": now}), FIELD)
    (finding,) = raised.value.findings
    assert (finding.rule, finding.path) == ("model-changed", FIELD)
    assert finding.message.startswith("the model's file `m/model.onnx` is not the one that was locked")


def test_a_file_that_changes_between_packing_and_pushing() -> None:
    files = dict(TWO)
    layer = model_layer(card_of(files), opened(files), FIELD)
    assert sha256(content(layer)) == layer.digest
    files["weights.bin"] = b"\2" * 512
    with pytest.raises(FleetError, match=r"m/weights\.bin"):
        content(layer)


def test_a_large_model_takes_no_more_memory_than_a_chunk() -> None:
    chunk, times = bytes(1 << 16), 1 << 10
    large = LockedFile("m/model.onnx", sha256(chunk * times), len(chunk) * times)
    card = card_of(ONE)
    locked = replace(card.locked, digest=large.digest, size=large.size)
    heavy = replace(card, model=replace(card.model, variants={"fp16": locked}))
    tracemalloc.start()
    model_layer(heavy, lambda _: (chunk for _ in range(times)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * len(chunk)


def test_the_example_model_is_the_one_committed() -> None:
    """Real bytes through the same path: sizes add up to whole blocks."""
    onnx = (Path(__file__).parents[2] / "models/surface-defects/model.onnx").read_bytes()
    layer = layer_of({"model.onnx": onnx}, 1 << 16)
    assert layer.size == 512 + 512 + len(onnx) + -len(onnx) % 512 + 1024
