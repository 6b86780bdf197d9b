"""A model as ModelPack describes models: a second manifest over the very same layer, referring to the first.

Tools that know ModelPack find it among the referrers of the image; Kubernetes and containerd mount the image.
Source: CNCF ModelPack, github.com/modelpack/model-spec, docs/spec.md and docs/config.md (2026).
"""

from __future__ import annotations

from typing import Any, Final

from edgewright.artifact.card import Card
from edgewright.artifact.model import model_annotations
from edgewright.artifact.oci import Artifact, blob_of, canonical_json, described, image_manifest

ARTIFACT_TYPE: Final = "application/vnd.cncf.model.manifest.v1+json"
CONFIG_TYPE: Final = "application/vnd.cncf.model.config.v1+json"
WEIGHT_TYPE: Final = "application/vnd.cncf.model.weight.v1.tar"

_PRECISIONS: Final = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16"}


def modelpack_artifact(card: Card, model: Artifact) -> Artifact:
    """The ModelPack manifest of a model whose image is `model`; of its blobs only the config is new."""
    _, layer = model.blobs
    config = blob_of(canonical_json(_config(card, layer.digest)))
    manifest = image_manifest(
        described(CONFIG_TYPE, config),
        [described(WEIGHT_TYPE, layer)],
        artifact_type=ARTIFACT_TYPE,
        annotations=model_annotations(card),
        subject=model.descriptor,
    )
    return Artifact(manifest, blobs=(config, layer))


def _config(card: Card, diff_id: str) -> dict[str, Any]:
    """What ModelPack asks of a model's config and we know."""
    precision = card.locked.precision
    descriptor: dict[str, Any] = {"name": card.name, "version": card.model.version}
    descriptor |= {"licenses": [card.model.license]} if card.model.license else {}
    return {
        "config": {"format": "onnx", "precision": _PRECISIONS.get(precision, precision)},
        "descriptor": descriptor,
        "modelfs": {"diffIds": [diff_id], "type": "layers"},
    }
