"""The forms of models that a fleet's classes run, as publications."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from edgewright.artifact.bom import bom_artifact
from edgewright.artifact.card import Card
from edgewright.artifact.lock import SOURCE, Lock
from edgewright.artifact.model import model_artifact, model_layer
from edgewright.artifact.modelpack import modelpack_artifact
from edgewright.artifact.oci import Artifact, Blob
from edgewright.assembly.publication.chunks import chunks_of
from edgewright.assembly.publication.publication import Publication, kept_tag, version_tag
from edgewright.errors import FieldPath
from edgewright.plan import Plan
from edgewright.plan.signing import model_repository, signers_of

_LONGEST_TAG: Final = 128


@dataclass(frozen=True, slots=True)
class UsedForm:
    """A form of a model that fleet.lock pins, an architecture, and the classes of it that run the form."""

    card: Card
    architecture: str
    classes: tuple[str, ...]

    @property
    def path(self) -> FieldPath:
        """The field that it comes from."""
        model: FieldPath = ("models", self.card.name)
        return (*model, "source") if self.card.form == SOURCE else (*model, "variants", self.card.form)

    @property
    def digest(self) -> str:
        """What manifests name after the `@`."""
        return self.card.locked.artifacts[self.architecture]

    @property
    def title(self) -> str:
        """What people call it."""
        return f"{self.card.name} {self.card.model.version} {self.card.form} {self.architecture}"

    @property
    def tag(self) -> str:
        """The tag under which it stays."""
        tag = version_tag(self.card.model.version, self.card.form, self.architecture)
        return tag if len(tag) <= _LONGEST_TAG else kept_tag(self.digest)


def used_forms(plan: Plan, lock: Lock) -> list[UsedForm]:
    """Every form that a tier of some class answers with, by architecture, in a fixed order."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for planned in plan.classes:
        for deployed in planned.workloads:
            for tier in deployed.tiers:
                if tier.locked is not None and planned.architecture in tier.locked.artifacts:
                    key = (deployed.model, tier.variant or SOURCE, planned.architecture)
                    found.setdefault(key, []).append(planned.name)
    return [
        UsedForm(Card(model, lock.models[model], form), architecture, tuple(dict.fromkeys(classes)))
        for (model, form, architecture), classes in sorted(found.items())
    ]


def unused_forms(plan: Plan, lock: Lock) -> list[str]:
    """What fleet.lock pins and no class runs: forms by their titles, an architecture each."""
    used = {(each.card.name, each.card.form, each.architecture) for each in used_forms(plan, lock)}
    return [
        UsedForm(Card(name, model, form), architecture, ()).title
        for name, model in lock.models.items()
        for form, locked in model.variants.items()
        for architecture in locked.artifacts
        if (name, form, architecture) not in used
    ]


def model_publications(plan: Plan, lock: Lock, folder: Path | None) -> Iterator[Publication]:
    """A publication for each form and architecture, with its descriptions as referrers.

    Bytes are left out where one of a form's files does not lie in the folder, or no folder is given. Raises
    FleetError (`model-changed`, `model-file-name`).
    """
    layers: dict[tuple[str, str], Blob | None] = {}
    for used in used_forms(plan, lock):
        key = (used.card.name, used.card.form)
        if key not in layers:
            layers[key] = _layer(used, folder)
        layer = layers[key]
        bare = _bare(plan, used)
        yield (
            bare if layer is None else _whole(bare, used, model_artifact(used.card, layer, used.architecture))
        )


def _layer(used: UsedForm, folder: Path | None) -> Blob | None:
    """The layer of a form, which all architectures share; its files are read once for its digest."""
    files = [file.file for _, file in used.card.files]
    if folder is None or not all((folder / file).is_file() for file in files):
        return None
    return model_layer(used.card, partial(chunks_of, folder), used.path)


def _bare(plan: Plan, used: UsedForm) -> Publication:
    repository = model_repository(plan.fleet, used.card.name)
    signed = signers_of(plan.fleet, repository) is not None
    return Publication(
        "model", used.title, repository, used.digest, used.path, used.classes, tags=(used.tag,), signed=signed
    )


def _whole(bare: Publication, used: UsedForm, artifact: Artifact) -> Publication:
    """The publication with its bytes, and what describes them."""
    described = {
        "ModelPack": modelpack_artifact(used.card, artifact),
        "bill of materials": bom_artifact(used.card, artifact),
    }
    referrers = tuple(
        replace(bare, title=f"{bare.title}: {what}", digest=each.digest, artifact=each, tags=())
        for what, each in described.items()
    )
    return replace(bare, artifact=artifact, referrers=referrers)
