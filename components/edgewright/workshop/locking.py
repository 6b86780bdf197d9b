"""A fleet's models and images as they lie in its folder, or in its registry ⇒ what fleet.lock says of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from edgewright.artifact.card import Card
from edgewright.artifact.lock import (
    SOURCE,
    Lock,
    LockedCalibration,
    LockedFile,
    LockedModel,
    LockedVariant,
)
from edgewright.artifact.model import model_artifact, model_layer
from edgewright.artifact.model_signature import fault, files_of
from edgewright.assembly.publication.chunks import chunks_of
from edgewright.assembly.publication.images import IMAGES
from edgewright.catalogue import Catalogue
from edgewright.document.source import cannot_read
from edgewright.errors import FieldPath, Finding, FleetError
from edgewright.fleet import Calibration, Evaluation, Fleet, Model
from edgewright.plan import ClassPlan
from edgewright.plan.locked import check_architectures, check_quality
from edgewright.workshop.absent import kept_model
from edgewright.workshop.answers import kept_answers
from edgewright.workshop.evaluate import evaluate
from edgewright.workshop.figures import read_figures
from edgewright.workshop.images import lock_images
from edgewright.workshop.inspect import inspect
from edgewright.workshop.source import model_file, signature_file, variant_file
from edgewright.workshop.sources import Sources

ARCHITECTURES = ("amd64", "arm64")


@dataclass(frozen=True, slots=True)
class _Bench:
    """What is at hand while models are looked at; findings gather in it."""

    fleet: Fleet
    folder: Path
    before: Lock
    told: Callable[[str], None]
    write: bool
    findings: list[Finding] = field(default_factory=list)


def lock_fleet(
    fleet: Fleet,
    folder: Path,
    catalogue: Catalogue,
    before: Lock,
    told: Callable[[str], None],
    sources: Sources | None = None,
    classes: Sequence[ClassPlan] = (),
    *,
    write: bool = True,
) -> tuple[Lock, tuple[Finding, ...]]:
    """The lock of what is there, and what is wrong with it; `told` hears what is being looked at.

    What lies neither in the folder nor in `sources` is kept as it was locked, or is an error. `classes` are
    planned ones, whose images have to be for them. Golden answers that a form lacks are written beside it, or
    said to be missing where nothing is to be written.
    """
    sources = sources or Sources(folder / IMAGES)
    bench = _Bench(fleet, folder, before, told, write)
    models = {
        name: _kept_model(bench, name, sources) or _lock_model(bench, name, model)
        for name, model in fleet.models.items()
    }
    needed = {each.image.name: each.image.path for one in classes for each in one.workloads}
    images, missing, found = lock_images(fleet, catalogue, before, sources, needed, told)
    lock = Lock(models, images, missing)
    findings = [*bench.findings, *found, *check_architectures(lock, classes)]
    return lock, tuple(dict.fromkeys(findings))


def _kept_model(bench: _Bench, name: str, sources: Sources) -> LockedModel | None:
    """The model as it was locked, where its files are elsewhere; None where they are to be looked at."""
    kept, found = kept_model(bench.fleet, name, bench.before, bench.folder, sources.registry, bench.told)
    bench.findings.extend(found)
    return kept


def _lock_model(bench: _Bench, name: str, model: Model) -> LockedModel:
    path: FieldPath = ("models", name)
    variants: dict[str, LockedVariant] = {}
    missing: dict[str, str] = {}
    golden = measured = None
    figures, found = read_figures(bench.fleet, name, model, bench.folder)
    bench.findings.extend(found)
    try:
        for form, file, at in forms(model, bench.folder, path):
            if not file.exists():
                missing[form] = f"{file.relative_to(bench.folder).as_posix()} is not there"
                bench.findings.extend([no_file(missing[form], at)] if form == SOURCE else [])
                continue
            bench.told(f"{name}/{form}")
            try:
                variants[form] = _lock_variant(bench, name, model, form, file, at)
            except FleetError as error:
                bench.findings.extend(error.findings)
        if model.evaluation is not None and any(each.accuracy is not None for each in variants.values()):
            golden = _locked_file(bench.folder / model.evaluation.golden, bench.folder)
        if model.measured is not None and not any(each.level == "error" for each in found):
            measured = _locked_file(bench.folder / model.measured, bench.folder)
    except FleetError as error:
        bench.findings.extend(error.findings)
    except OSError as error:
        bench.findings.append(replace(cannot_read(model.source, error), path=(*path, "source"), place=None))
    bench.findings.extend(check_quality(name, model, variants))
    known = figures if measured else ()
    locked = LockedModel(model.version, variants, missing, golden, measured, known, model.license)
    return _with_artifacts(bench, name, locked)


def _with_artifacts(bench: _Bench, name: str, locked: LockedModel) -> LockedModel:
    """The model with the digests of its artifacts, each of which names all its forms."""
    variants = {}
    locked = replace(locked, variants=_well_signed(bench, name, locked))
    for form, variant in locked.variants.items():
        card = Card(name, locked, form)
        try:
            layer = model_layer(card, partial(chunks_of, bench.folder), _path_of(name, form))
        except FleetError as error:
            bench.findings.extend(error.findings)
            continue
        digests = {each: model_artifact(card, layer, each).digest for each in ARCHITECTURES}
        variants[form] = replace(variant, artifacts=digests)
    return replace(locked, variants=variants)


def _well_signed(bench: _Bench, name: str, locked: LockedModel) -> dict[str, LockedVariant]:
    """The forms, less the signatures that are over other files: they would refuse the model on a device."""
    forms = dict(locked.variants)
    for form, variant in locked.variants.items():
        if variant.signature is None:
            continue
        content = (bench.folder / variant.signature.file).read_bytes()
        if why := fault(content, files_of(Card(name, locked, form))):
            message = f"{variant.signature.file} is not over the model's files as they are: {why}"
            remedy = "sign it with `edgewright sign`, then lock again; until then the signature is left out"
            bench.findings.append(
                Finding("stale-signature", "warning", message, remedy, _path_of(name, form))
            )
            forms[form] = replace(variant, signature=None)
    return forms


def _path_of(name: str, form: str) -> FieldPath:
    return ("models", name, "source") if form == SOURCE else ("models", name, "variants", form)


def forms(model: Model, folder: Path, path: FieldPath) -> Iterator[tuple[str, Path, FieldPath]]:
    """Each form of the model, the file it should lie in, and the field that says so. Raises FleetError."""
    source = model_file(folder / model.source, (*path, "source"))
    yield SOURCE, source, (*path, "source")
    for name, variant in model.variants.items():
        at = (*path, "variants", name)
        if variant.source is not None:
            yield name, folder / variant.source, (*at, "source")
        else:
            yield name, variant_file(source, name), at


def no_file(reason: str, path: FieldPath) -> Finding:
    """What is found where a model is not."""
    return Finding(
        "model-missing", "error", reason, "correct the path, or put the model there", path, waivable=False
    )


def _lock_variant(
    bench: _Bench, name: str, model: Model, form: str, file: Path, path: FieldPath
) -> LockedVariant:
    shape = inspect(file, path)
    accuracy = _accuracy(bench, model.evaluation, file, path)
    onnx, signature = _locked_file(file, bench.folder), signature_file(file)
    calibration = model.variants[form].calibration if form in model.variants else None
    locked = LockedVariant(
        file=onnx.file,
        digest=onnx.digest,
        size=shape.size,
        artifacts={},
        precision=shape.precision,
        inputs=shape.inputs,
        outputs=shape.outputs,
        accuracy=accuracy,
        weights=tuple(_locked_file(file.parent / each, bench.folder) for each in shape.external),
        memory=shape.memory,
        calibration=_calibration(bench, calibration, name, form) if calibration else None,
        signature=_locked_file(signature, bench.folder) if signature.is_file() else None,
    )
    return replace(locked, answers=_answers(bench, model.evaluation, name, form, file, locked, path))


def _answers(
    bench: _Bench,
    evaluation: Evaluation | None,
    name: str,
    form: str,
    file: Path,
    locked: LockedVariant,
    path: FieldPath,
) -> LockedFile | None:
    """The golden answers of a form; none without a golden set. Raises FleetError."""
    if evaluation is None:
        return None
    model = bench.before.models.get(name)
    before = model.variants.get(form) if model else None
    golden = bench.folder / evaluation.golden
    found = kept_answers(file, locked, before, golden, write=bench.write, field=path)
    return _locked_file(found, bench.folder) if found else None


def _calibration(bench: _Bench, written: Calibration, name: str, form: str) -> LockedCalibration:
    """How a form was calibrated. Its data may lie on another machine: then what was locked there is kept."""
    data = None
    if (bench.folder / written.data).is_file():
        data = _locked_file(bench.folder / written.data, bench.folder)
    elif (model := bench.before.models.get(name)) and form in model.variants:
        before = model.variants[form].calibration
        data = before.data if before and before.data and before.data.file == written.data else None
    return LockedCalibration(written.method, written.per_channel, data)


def _locked_file(file: Path, folder: Path) -> LockedFile:
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return LockedFile(file.relative_to(folder).as_posix(), f"sha256:{digest}", stream.tell())


def _accuracy(bench: _Bench, evaluation: Evaluation | None, file: Path, path: FieldPath) -> int | None:
    if evaluation is None:
        return None
    try:
        return evaluate(file, bench.folder / evaluation.golden, evaluation.metric, path)
    except FleetError as error:
        at = ("models", path[1], "evaluation", "golden")
        raise FleetError(
            replace(each, path=at) if each.rule == "golden-unreadable" else each for each in error.findings
        ) from error
