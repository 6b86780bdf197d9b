"""A model's image: what a registry and a container runtime would read in it."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.artifact.model import ModelArtifact, ModelFile, layer, model_artifact
from edgewright.errors import FleetError

FIELD = ("models", "surface-defects", "source")


def file(name: str, content: bytes, chunk: int = 7) -> ModelFile:
    chunks = [content[start : start + chunk] for start in range(0, len(content), chunk)]
    return ModelFile(name, len(content), lambda: chunks)


def packed(*files: ModelFile) -> ModelArtifact:
    return model_artifact(
        "surface-defects", "3.4.0", "fp16", files, {"dev.edgewright.model.precision": "fp16"}
    )


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


ONE = file("model.onnx", b"a graph")
TWO = (ONE, file("weights/layer-1.bin", b"\0" * 600), file("weights.bin", b"\1" * 512))


def test_the_digests_are_these() -> None:
    """They stand in fleet.lock files: a release that changes one changes what every device must pull.

    GNU tar writes the same layer (`--format=ustar --mtime=@0 --owner=0 --group=0 --numeric-owner -b1`).
    """
    artifact = packed(*TWO)
    assert artifact.layer_digest == "sha256:ab1e7714705f30c78ea6dcc71c7b899bbc6bdb17e5eafcca2971e89fece531bf"
    assert artifact.config_digest == "sha256:a9d043ddc60334b6bfa06cc83a9884f21ea06d8a9680023b150a84858dd3cdba"
    assert artifact.digest == "sha256:a80d56e60f32cd00e076fd6f06b07cb418af1a65324f699c20953f5b134bea84"


def test_every_digest_is_that_of_its_bytes() -> None:
    artifact = packed(*TWO)
    content = b"".join(layer(TWO))
    manifest, config = json.loads(artifact.manifest), json.loads(artifact.config)
    assert artifact.digest == digest(artifact.manifest)
    assert artifact.config_digest == manifest["config"]["digest"] == digest(artifact.config)
    assert manifest["config"]["size"] == len(artifact.config)
    assert [artifact.layer_digest] == config["rootfs"]["diff_ids"] == [digest(content)]
    assert manifest["layers"] == [
        {
            "mediaType": "application/vnd.oci.image.layer.v1.tar",
            "digest": artifact.layer_digest,
            "size": len(content),
        }
    ]
    assert artifact.layer_size == len(content)


def test_the_manifest_is_an_image_with_a_type_of_its_own() -> None:
    manifest, config = json.loads(packed(ONE).manifest), json.loads(packed(ONE).config)
    assert manifest["schemaVersion"] == 2
    assert manifest["mediaType"] == "application/vnd.oci.image.manifest.v1+json"
    assert manifest["artifactType"] == "application/vnd.edgewright.model.v1"
    assert manifest["config"]["mediaType"] == "application/vnd.oci.image.config.v1+json"
    assert (config["os"], config["architecture"], config["rootfs"]["type"]) == ("linux", "amd64", "layers")
    assert manifest["annotations"] == config["config"]["Labels"]
    assert manifest["annotations"] == {
        "dev.edgewright.model.precision": "fp16",
        "dev.edgewright.model.variant": "fp16",
        "org.opencontainers.image.title": "surface-defects",
        "org.opencontainers.image.version": "3.4.0",
    }


def test_the_layer_holds_the_files_below_models() -> None:
    with tarfile.open(fileobj=io.BytesIO(b"".join(layer(TWO))), mode="r:") as opened:
        members = opened.getmembers()
        contents = {
            member.name: extracted.read() for member in members if (extracted := opened.extractfile(member))
        }
    assert [member.name for member in members] == [
        "models",
        "models/model.onnx",
        "models/weights",
        "models/weights.bin",
        "models/weights/layer-1.bin",
    ]
    assert contents == {
        "models/model.onnx": b"a graph",
        "models/weights.bin": b"\1" * 512,
        "models/weights/layer-1.bin": b"\0" * 600,
    }


@given(st.permutations(TWO), st.integers(1, 700))
def test_neither_order_nor_chunks_matter(files: list[ModelFile], chunk: int) -> None:
    again = [file(each.name, b"".join(each.chunks()), chunk) for each in files]
    assert packed(*again) == packed(*TWO)


def test_what_makes_another_model_makes_another_digest() -> None:
    digests = {
        packed(ONE).digest,
        packed(file("model.onnx", b"a graph.")).digest,
        packed(file("model2.onnx", b"a graph")).digest,
        model_artifact("surface-defects", "3.4.1", "fp16", [ONE], {}).digest,
        model_artifact("surface-defects", "3.4.0", "int8", [ONE], {}).digest,
        model_artifact("surface-defects", "3.4.0", None, [ONE], {}).digest,
        model_artifact("surface-defects", "3.4.0", None, [ONE], {}, architecture="arm64").digest,
    }
    assert len(digests) == 7


@pytest.mark.parametrize(
    ("names", "flaw"),
    [
        ([""], "does not lie below its folder"),
        (["../model.onnx"], "does not lie below its folder"),
        (["/model.onnx"], "does not lie below its folder"),
        (["a//b"], "does not lie below its folder"),
        (["a\\b"], "does not lie below its folder"),
        (["./model.onnx"], "does not lie below its folder"),
        (["model\n.onnx"], "has characters that are no text"),
        (["model\x9b.onnx"], "has characters that are no text"),
        (["model\udcff.onnx"], "has characters that are no text"),
        (["weights/.wh.model.onnx"], "means `remove this file` in an image layer"),
        (["a" * 256], "is too long for a file system"),
        (["/".join(["a" * 200] * 6)], "is too long for a file system"),
        (["a", "a"], "is there twice"),
        (["a", "a/b"], "is a folder as well"),
        (["a/b/c", "a/b"], "is a folder as well"),
    ],
)
def test_a_name_that_not_every_device_can_unpack(names: list[str], flaw: str) -> None:
    with pytest.raises(FleetError) as raised:
        model_artifact("m", "1.0.0", None, [file(name, b"") for name in names], {}, field=FIELD)
    (finding,) = raised.value.findings
    assert (finding.rule, finding.path) == ("model-file-name", FIELD)
    assert finding.message.endswith(flaw)
    assert finding.message.isascii()
    assert finding.message.isprintable()


def test_every_bad_name_is_told() -> None:
    with pytest.raises(FleetError) as raised:
        packed(file("..", b""), file("a\0", b""), ONE)
    assert len(raised.value.findings) == 2


def test_a_model_without_files_is_none() -> None:
    with pytest.raises(FleetError, match="the model has no file"):
        packed()


@pytest.mark.parametrize("size", [6, 8])
def test_a_file_that_changes_while_it_is_read(size: int) -> None:
    with pytest.raises(FleetError) as raised:
        packed(ModelFile("model.onnx", size, lambda: [b"a ", b"graph"]))
    assert [finding.rule for finding in raised.value.findings] == ["model-changed"]


def test_a_label_of_the_artifacts_own_is_a_mistake_in_code() -> None:
    with pytest.raises(ValueError, match=r"org\.opencontainers\.image\.version"):
        model_artifact("m", "1.0.0", None, [ONE], {"org.opencontainers.image.version": "2"})


def test_a_large_model_takes_no_more_memory_than_a_chunk() -> None:
    chunk, times = bytes(1 << 16), 1 << 10

    def chunks() -> Iterator[bytes]:
        return (chunk for _ in range(times))

    tracemalloc.start()
    packed(ModelFile("model.onnx", len(chunk) * times, chunks))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * len(chunk)


def test_the_example_model_is_the_one_committed() -> None:
    """Real bytes through the same path: sizes add up to whole blocks."""
    content = (Path(__file__).parents[2] / "models/surface-defects/model.onnx").read_bytes()
    artifact = packed(file("model.onnx", content, 1 << 16))
    assert artifact.layer_size == 512 + 512 + len(content) + -len(content) % 512 + 1024
