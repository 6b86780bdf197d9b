"""A model's bill of materials: CycloneDX for machine learning, as a referrer of the model's image.

It says in a scanner's words what the card says: files with their digests, licence, figures, and what the form
was made of. It names no time and no chance number, so the same model has the same bill.
Source: CycloneDX 1.6 (ECMA-424), bom-1.6.schema.json: component, modelCard, pedigree.
"""

from __future__ import annotations

import uuid
from typing import Any, Final

from edgewright.artifact.card import Card, card_values
from edgewright.artifact.lock import SOURCE, Figure, LockedFile
from edgewright.artifact.oci import (
    EMPTY_TYPE,
    Artifact,
    blob_of,
    canonical_json,
    described,
    image_manifest,
    sha256,
)

MEDIA_TYPE: Final = "application/vnd.cyclonedx+json"
SPEC_VERSION: Final = "1.6"

_PROPERTY: Final = "dev.edgewright"


def bom_artifact(card: Card, model: Artifact) -> Artifact:
    """The bill of a model whose image is `model`."""
    content, empty = blob_of(canonical_json(bom(card))), blob_of(b"{}")
    title = {"org.opencontainers.image.title": f"{card.name}.cdx.json"}
    manifest = image_manifest(
        described(EMPTY_TYPE, empty),
        [described(MEDIA_TYPE, content, title)],
        artifact_type=MEDIA_TYPE,
        annotations={"org.opencontainers.image.version": card.model.version},
        subject=model.descriptor,
    )
    return Artifact(manifest, blobs=(empty, content))


def bom(card: Card) -> dict[str, Any]:
    """The bill as plain values. Its serial number is made of the card, as its version is always the first."""
    serial = uuid.uuid5(uuid.NAMESPACE_URL, sha256(canonical_json(card_values(card))))
    datasets = [each for each in (_golden(card), _calibration(card)) if each]
    return {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC_VERSION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": _model(card)},
        "components": datasets,
        "dependencies": [{"ref": "model", "dependsOn": [each["bom-ref"] for each in datasets]}],
    }


def _model(card: Card) -> dict[str, Any]:
    locked, model = card.locked, card.model
    values: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": "model",
        "name": card.name,
        "version": model.version,
        "hashes": [_hash(locked.digest)],
        "components": [_file(name, each) for name, each in card.files],
        "modelCard": _model_card(card),
        "properties": [
            {"name": f"{_PROPERTY}:form", "value": card.form},
            {"name": f"{_PROPERTY}:precision", "value": locked.precision},
        ],
    }
    values |= {"licenses": [{"expression": model.license}]} if model.license else {}
    return values | _pedigree(card)


def _hash(digest: str) -> dict[str, str]:
    return {"alg": "SHA-256", "content": digest.removeprefix("sha256:")}


def _file(name: str, file: LockedFile) -> dict[str, Any]:
    size = {"name": f"{_PROPERTY}:size", "value": str(file.size)}
    return {"type": "file", "name": name, "hashes": [_hash(file.digest)], "properties": [size]}


def _pedigree(card: Card) -> dict[str, Any]:
    """The model that a form was made of, and how."""
    source = card.model.variants.get(SOURCE)
    if card.form == SOURCE or source is None:
        return {}
    ancestor = {
        "type": "machine-learning-model",
        "name": card.name,
        "version": card.model.version,
        "hashes": [_hash(source.digest)],
    }
    notes = f"made out of it in {card.locked.precision}"
    if calibration := card.locked.calibration:
        each = ", a range for each channel of weights" if calibration.per_channel else ""
        notes += f", its ranges found by {calibration.method}{each}"
    return {"pedigree": {"ancestors": [ancestor], "notes": notes}}


def _model_card(card: Card) -> dict[str, Any]:
    locked = card.locked
    parameters: dict[str, Any] = {
        "inputs": [{"format": _format(each)} for each in card_values(card)["inputs"]],
        "outputs": [{"format": _format(each)} for each in card_values(card)["outputs"]],
    }
    datasets = [{"ref": each["bom-ref"]} for each in (_golden(card), _calibration(card)) if each]
    parameters |= {"datasets": datasets} if datasets else {}
    metrics = [] if locked.accuracy is None else [_metric("accuracy", _decimal(locked.accuracy, 6), "golden")]
    for figure in card.figures:
        metrics += _figures(figure)
    analysis = {"quantitativeAnalysis": {"performanceMetrics": metrics}} if metrics else {}
    return {"modelParameters": parameters, **analysis}


def _format(tensor: dict[str, Any]) -> str:
    return f"{tensor['name']}: {tensor['datatype']} {tensor['shape']}"


def _metric(kind: str, value: str, part: str) -> dict[str, str]:
    return {"type": kind, "value": value, "slice": part}


def _figures(figure: Figure) -> list[dict[str, str]]:
    part = f"{figure.device_class}, {figure.tier}, batch {figure.batch}"
    found = [_metric("p99 latency in ms", _decimal(figure.p99, 3), part)]
    power = figure.power
    return found + ([] if power is None else [_metric("power in W", _decimal(power, 3), part)])


def _decimal(value: int, places: int) -> str:
    """A whole number of millionths or thousandths as people write it; no float has a say."""
    whole, rest = divmod(value, 10**places)
    return f"{whole}.{rest:0{places}}".rstrip("0").rstrip(".")


def _golden(card: Card) -> dict[str, Any] | None:
    """The labelled inputs that accuracy was measured on."""
    golden = card.model.golden if card.locked.accuracy is not None else None
    return _dataset("golden", golden, "labelled inputs that accuracy was measured on") if golden else None


def _calibration(card: Card) -> dict[str, Any] | None:
    calibration = card.locked.calibration
    data = calibration.data if calibration else None
    return _dataset("calibration", data, "typical inputs that ranges were found with") if data else None


def _dataset(ref: str, file: LockedFile, description: str) -> dict[str, Any]:
    return {
        "type": "data",
        "bom-ref": ref,
        "name": file.file.rpartition("/")[2],
        "description": description,
        "hashes": [_hash(file.digest)],
        "data": [{"type": "dataset"}],
    }
