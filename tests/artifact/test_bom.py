"""The bill of materials, against CycloneDX's own schema."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from tests.artifact.cards import LEAST, MODEL, SOURCE_FORM, WHOLE, file, image

from edgewright.artifact.bom import bom, bom_artifact
from edgewright.artifact.card import Card
from edgewright.artifact.oci import sha256

VALIDATOR = JsonStrictValidator(SchemaVersion.V1_6)


@pytest.mark.parametrize("card", [WHOLE, LEAST, Card("surface-defects", MODEL, "source")])
def test_it_is_one_of_cyclonedx(card: Card) -> None:
    assert VALIDATOR.validate_str(json.dumps(bom(card))) is None


def test_the_validator_sees_what_is_wrong() -> None:
    broken = bom(WHOLE)
    broken["metadata"]["component"]["hashes"][0]["content"] = "no digest"
    assert VALIDATOR.validate_str(json.dumps(broken)) is not None
    assert VALIDATOR.validate_str(json.dumps(bom(WHOLE) | {"unheard": "of"})) is not None


def test_what_it_says_of_a_model() -> None:
    values = bom(WHOLE)
    model = values["metadata"]["component"]
    assert (model["type"], model["name"], model["version"]) == (
        "machine-learning-model",
        "surface-defects",
        "3.4.0",
    )
    assert model["licenses"] == [{"expression": "Apache-2.0 OR LicenseRef-acme"}]
    assert {each["name"]: _digest(each) for each in model["components"]} == {
        "model.onnx": file("m/model.int8.onnx").digest,
        "int8.bin": file("m/int8.bin").digest,
        "answers.npz": file("m/model.int8.onnx.answers.npz").digest,
        "model.sig": file("m/model.int8.onnx.sig").digest,
    }
    (ancestor,) = model["pedigree"]["ancestors"]
    assert _digest(ancestor) == SOURCE_FORM.digest
    assert model["pedigree"]["notes"] == (
        "made out of it in int8, its ranges found by minmax, a range for each channel of weights"
    )
    assert {each["bom-ref"]: _digest(each) for each in values["components"]} == {
        "golden": file("m/golden.npz").digest,
        "calibration": file("m/typical.npz").digest,
    }
    card = model["modelCard"]
    assert card["modelParameters"]["inputs"] == [{"format": "image: FP32 [-1, 1, 32, 32]"}]
    assert card["quantitativeAnalysis"]["performanceMetrics"] == [
        {"type": "accuracy", "value": "0.9575", "slice": "golden"},
        {"type": "p99 latency in ms", "value": "30.25", "slice": "kiosk, onnxruntime-cpu/int8, batch 1"},
        {"type": "power in W", "value": "12.5", "slice": "kiosk, onnxruntime-cpu/int8, batch 1"},
        {"type": "p99 latency in ms", "value": "100", "slice": "kiosk, onnxruntime-cpu/int8, batch 4"},
    ]


def _digest(component: dict[str, Any]) -> str:
    ((found),) = component["hashes"]
    assert found["alg"] == "SHA-256"
    return f"sha256:{found['content']}"


def test_what_nobody_knows_is_not_there() -> None:
    model = bom(LEAST)["metadata"]["component"]
    assert {"licenses", "pedigree"}.isdisjoint(model)
    assert "quantitativeAnalysis" not in model["modelCard"]
    assert bom(LEAST)["components"] == []


def test_the_serial_number_is_the_models() -> None:
    other = replace(WHOLE, model=replace(MODEL, version="3.4.1"))
    assert bom(WHOLE)["serialNumber"] == bom(WHOLE)["serialNumber"] != bom(other)["serialNumber"]


def test_it_refers_to_the_image() -> None:
    model = image(WHOLE)
    artifact = bom_artifact(WHOLE, model)
    manifest = json.loads(artifact.manifest)
    empty, content = artifact.blobs
    assert manifest["artifactType"] == "application/vnd.cyclonedx+json"
    assert manifest["subject"]["digest"] == model.digest
    assert manifest["config"]["mediaType"] == "application/vnd.oci.empty.v1+json"
    assert b"".join(empty.chunks()) == b"{}"
    assert manifest["layers"][0]["digest"] == content.digest == sha256(b"".join(content.chunks()))
    assert json.loads(b"".join(content.chunks())) == bom(WHOLE)
