"""The card of a model: everything that a lock knows of a form, and nothing that is not known."""

from __future__ import annotations

from dataclasses import replace

from tests.artifact.cards import LEAST, MODEL, SMALL_FORM, SOURCE_FORM, WHOLE, file

from edgewright.artifact.card import Card, card_values

IMAGE = {"name": "image", "datatype": "FP32", "shape": [-1, 1, 32, 32]}
CLASSES = {"name": "probabilities", "datatype": "FP32", "shape": [-1, 8]}


def test_everything_that_is_known_of_a_form() -> None:
    assert card_values(WHOLE) == {
        "cardVersion": 1,
        "name": "surface-defects",
        "version": "3.4.0",
        "form": "int8",
        "precision": "int8",
        "license": "Apache-2.0 OR LicenseRef-acme",
        "inputs": [IMAGE],
        "outputs": [CLASSES],
        "files": [
            {"name": "answers.npz", "digest": file("m/model.int8.onnx.answers.npz").digest, "size": 7},
            {"name": "int8.bin", "digest": file("m/int8.bin").digest, "size": 7},
            {"name": "model.onnx", "digest": SMALL_FORM.digest, "size": 15},
            {"name": "model.sig", "digest": file("m/model.int8.onnx.sig").digest, "size": 6},
        ],
        "forms": {
            "int8": {
                "digest": SMALL_FORM.digest,
                "precision": "int8",
                "weights": [file("m/int8.bin").digest],
            },
            "source": {"digest": SOURCE_FORM.digest, "precision": "fp32"},
        },
        "lineage": {
            "source": SOURCE_FORM.digest,
            "precision": "int8",
            "calibration": {
                "method": "minmax",
                "perChannel": True,
                "digest": file("m/typical.npz").digest,
            },
        },
        "metrics": {
            "accuracyMillionths": 957_500,
            "golden": file("m/golden.npz").digest,
            "measured": [
                {
                    "class": "kiosk",
                    "tier": "onnxruntime-cpu/int8",
                    "batch": 1,
                    "p99Microseconds": 30_250,
                    "powerMilliwatts": 12_500,
                },
                {"class": "kiosk", "tier": "onnxruntime-cpu/int8", "batch": 4, "p99Microseconds": 100_000},
            ],
        },
    }


def test_what_nobody_knows_is_not_there() -> None:
    digest = LEAST.locked.digest
    assert card_values(LEAST) == {
        "cardVersion": 1,
        "name": "digits",
        "version": "1.0.0",
        "form": "source",
        "precision": "fp32",
        "inputs": [],
        "outputs": [],
        "files": [{"name": "model.onnx", "digest": digest, "size": 7}],
        "forms": {"source": {"digest": digest, "precision": "fp32"}},
        "lineage": {},
        "metrics": {},
    }


def test_a_model_as_it_was_trained_has_the_figures_of_tiers_without_a_form() -> None:
    values = card_values(Card("surface-defects", MODEL, "source"))
    assert [each["tier"] for each in values["metrics"]["measured"]] == ["onnxruntime-cpu"]
    assert values["lineage"] == {}


def test_no_digest_of_an_artifact_is_in_it() -> None:
    """It would be inside what it is the digest of."""
    variants = {
        form: replace(each, artifacts={"amd64": "sha256:" + "7" * 64})
        for form, each in MODEL.variants.items()
    }
    locked = replace(WHOLE, model=replace(MODEL, variants=variants))
    assert card_values(locked) == card_values(WHOLE)
