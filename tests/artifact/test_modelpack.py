"""The ModelPack manifest, against the schema of its specification."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from tests.artifact.cards import LEAST, WHOLE, image

from edgewright.artifact.card import Card
from edgewright.artifact.modelpack import modelpack_artifact

# schema/config-schema.json of github.com/modelpack/model-spec at d78bf32, Apache-2.0.
SCHEMA = json.loads((Path(__file__).parent / "modelpack-config.schema.json").read_text())


@pytest.mark.parametrize("card", [WHOLE, LEAST])
def test_the_config_is_one_of_modelpacks(card: Card) -> None:
    model = image(card)
    config, layer = modelpack_artifact(card, model).blobs
    values = json.loads(b"".join(config.chunks()))
    jsonschema.Draft202012Validator(SCHEMA).validate(values)
    assert values["modelfs"] == {"type": "layers", "diffIds": [layer.digest]}
    assert values["descriptor"]["version"] == card.model.version


def test_the_manifest_refers_to_the_image_and_has_the_same_layer() -> None:
    model = image(WHOLE)
    twin = modelpack_artifact(WHOLE, model)
    manifest, first = json.loads(twin.manifest), json.loads(model.manifest)
    assert manifest["artifactType"] == "application/vnd.cncf.model.manifest.v1+json"
    assert manifest["config"]["mediaType"] == "application/vnd.cncf.model.config.v1+json"
    assert manifest["subject"] == {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": model.digest,
        "size": len(model.manifest),
    }
    (layer,), (its,) = manifest["layers"], first["layers"]
    assert layer == its | {"mediaType": "application/vnd.cncf.model.weight.v1.tar"}
    assert twin.blobs[1] is model.blobs[1]


def test_precision_and_licence_in_modelpacks_words() -> None:
    config, _ = modelpack_artifact(LEAST, image(LEAST)).blobs
    values = json.loads(b"".join(config.chunks()))
    assert values["config"] == {"format": "onnx", "precision": "float32"}
    assert "licenses" not in values["descriptor"]
    config, _ = modelpack_artifact(WHOLE, image(WHOLE)).blobs
    values = json.loads(b"".join(config.chunks()))
    assert values["config"] == {"format": "onnx", "precision": "int8"}
    assert values["descriptor"]["licenses"] == ["Apache-2.0 OR LicenseRef-acme"]
