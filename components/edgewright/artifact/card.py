"""What an artifact of a model says about the model: the part of fleet.lock that is about one of its forms.

Everything in it comes from fleet.lock, so whoever has the lock and the files makes the same artifact. It names
the forms by the digests of their .onnx files: those of artifacts would have to hold themselves.
docs/artifacts.md has its shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from edgewright.artifact.lock import (
    SOURCE,
    Figure,
    LockedCalibration,
    LockedFile,
    LockedModel,
    LockedVariant,
    Tensor,
)

CARD_VERSION: Final = 1

MODEL_FILE: Final = "model.onnx"
"""The model's name inside its artifact, whatever it is called outside: a server need not know the form."""

ANSWERS_FILE: Final = "answers.npz"
"""The name there of the form's golden answers: inputs, and what the form said of them where it was locked."""

SIGNATURE_FILE: Final = "model.sig"
"""The name there of a signature over the model's files, as OpenSSF model signing writes it."""


@dataclass(frozen=True, slots=True)
class Card:
    """A form of a model that a lock pins: `form` is one of `model.variants`."""

    name: str
    model: LockedModel
    form: str

    @property
    def locked(self) -> LockedVariant:
        """What the lock says of the form."""
        return self.model.variants[self.form]

    @property
    def files(self) -> tuple[tuple[str, LockedFile], ...]:
        """The files of the form with their names inside the artifact, the .onnx file first."""
        locked = self.locked
        weights = [(beside(each.file, locked.file), each) for each in locked.weights]
        beside_them = ((ANSWERS_FILE, locked.answers), (SIGNATURE_FILE, locked.signature))
        others = [(name, file) for name, file in beside_them if file is not None]
        return ((MODEL_FILE, locked.files[0]), *weights, *others)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """What was measured of this form on device classes."""
        return tuple(each for each in self.model.figures if (_form_of(each.tier) or SOURCE) == self.form)


def beside(file: str, model: str) -> str:
    """The path of a file of weights as seen from the model's folder, which is how the artifact has it."""
    return PurePosixPath(file).relative_to(PurePosixPath(model).parent).as_posix()


def _form_of(tier: str) -> str:
    return tier.partition("/")[2]


def card_values(card: Card) -> dict[str, Any]:
    """The card as plain values; what nobody knows is left out."""
    locked, model = card.locked, card.model
    values: dict[str, Any] = {
        "cardVersion": CARD_VERSION,
        "name": card.name,
        "version": model.version,
        "form": card.form,
        "precision": locked.precision,
        "inputs": [_tensor(each) for each in locked.inputs],
        "outputs": [_tensor(each) for each in locked.outputs],
        "files": [
            {"name": name, "digest": each.digest, "size": each.size}
            for name, each in sorted(card.files, key=lambda pair: pair[0])
        ],
        "forms": {form: _form(each) for form, each in sorted(model.variants.items())},
        "lineage": _lineage(card),
        "metrics": _metrics(card),
    }
    return values | ({"license": model.license} if model.license else {})


def _tensor(tensor: Tensor) -> dict[str, Any]:
    return {"name": tensor.name, "datatype": tensor.datatype, "shape": list(tensor.shape)}


def _form(locked: LockedVariant) -> dict[str, Any]:
    """A form by its files; two of the same bytes are the same form, whatever they are called."""
    weights = [each.digest for each in locked.weights]
    values: dict[str, Any] = {"digest": locked.digest, "precision": locked.precision}
    return values | ({"weights": weights} if weights else {})


def _lineage(card: Card) -> dict[str, Any]:
    """Out of which model the form was made, and how; nothing for a model as it was trained."""
    source = card.model.variants.get(SOURCE)
    if card.form == SOURCE or source is None:
        return {}
    values: dict[str, Any] = {"source": source.digest, "precision": card.locked.precision}
    calibration = card.locked.calibration
    return values | ({"calibration": _calibration(calibration)} if calibration else {})


def _calibration(calibration: LockedCalibration) -> dict[str, Any]:
    values: dict[str, Any] = {"method": calibration.method, "perChannel": calibration.per_channel}
    return values | ({"digest": calibration.data.digest} if calibration.data else {})


def _metrics(card: Card) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if card.locked.accuracy is not None:
        values["accuracyMillionths"] = card.locked.accuracy
        values |= {"golden": card.model.golden.digest} if card.model.golden else {}
    if card.figures:
        values["measured"] = [_figure(each) for each in card.figures]
    return values


def _figure(figure: Figure) -> dict[str, Any]:
    values: dict[str, Any] = {"class": figure.device_class, "tier": figure.tier, "batch": figure.batch}
    power = {} if figure.power is None else {"powerMilliwatts": figure.power}
    return values | {"p99Microseconds": figure.p99} | power
