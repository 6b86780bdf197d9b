"""A fleet's models as they lie in its folder ⇒ what fleet.lock says of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from edgewright.artifact.lock import SOURCE, Lock, LockedFile, LockedModel, LockedVariant
from edgewright.artifact.model import model_artifact
from edgewright.catalogue import Catalogue
from edgewright.document.source import cannot_read
from edgewright.errors import FieldPath, Finding, FleetError
from edgewright.fleet import Evaluation, Fleet, Model, runtimes_of
from edgewright.plan.locked import check_quality
from edgewright.workshop.evaluate import evaluate
from edgewright.workshop.figures import read_figures
from edgewright.workshop.inspect import inspect
from edgewright.workshop.source import model_file, packed_files, variant_file

ARCHITECTURES = ("amd64", "arm64")


@dataclass(frozen=True, slots=True)
class _Bench:
    """What is at hand while models are looked at; findings gather in it."""

    fleet: Fleet
    folder: Path
    told: Callable[[str], None]
    findings: list[Finding] = field(default_factory=list)


def lock_fleet(
    fleet: Fleet, folder: Path, catalogue: Catalogue, before: Lock, told: Callable[[str], None]
) -> tuple[Lock, tuple[Finding, ...]]:
    """The lock of what is there, and what is wrong with it; `told` hears what is being looked at.

    Digests and sizes of images are kept from the lock before, because no file of the fleet's folder has them.
    """
    bench = _Bench(fleet, folder, told)
    models = {name: _lock_model(bench, name, model) for name, model in fleet.models.items()}
    used = sorted(
        {image for runtime in runtimes_of(fleet, catalogue).values() for image in runtime.images.values()}
    )
    images = {name: before.images[name] for name in used if name in before.images}
    missing = {name: "its image has not been built" for name in used if name not in images}
    sizes = {name: size for name, size in before.image_sizes.items() if name in images}
    return Lock(models, images, missing, sizes), tuple(dict.fromkeys(bench.findings))


def _lock_model(bench: _Bench, name: str, model: Model) -> LockedModel:
    path: FieldPath = ("models", name)
    variants: dict[str, LockedVariant] = {}
    missing: dict[str, str] = {}
    golden = measured = None
    figures, found = read_figures(bench.fleet, name, model, bench.folder)
    bench.findings.extend(found)
    try:
        for form, file, at in _forms(model, bench.folder, path):
            if not file.exists():
                missing[form] = f"{file.relative_to(bench.folder).as_posix()} is not there"
                bench.findings.extend([_no_file(missing[form], at)] if form == SOURCE else [])
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
    return LockedModel(model.version, variants, missing, golden, measured, figures if measured else ())


def _forms(model: Model, folder: Path, path: FieldPath) -> Iterator[tuple[str, Path, FieldPath]]:
    """Each form of the model, the file it should lie in, and the field that says so. Raises FleetError."""
    source = model_file(folder / model.source, (*path, "source"))
    yield SOURCE, source, (*path, "source")
    for name, variant in model.variants.items():
        at = (*path, "variants", name)
        if variant.source is not None:
            yield name, folder / variant.source, (*at, "source")
        else:
            yield name, variant_file(source, name), at


def _no_file(reason: str, path: FieldPath) -> Finding:
    return Finding(
        "model-missing", "error", reason, "correct the path, or put the model there", path, waivable=False
    )


def _lock_variant(
    bench: _Bench, name: str, model: Model, form: str, file: Path, path: FieldPath
) -> LockedVariant:
    shape = inspect(file, path)
    files = packed_files(file, shape.external)
    accuracy = _accuracy(bench, model.evaluation, file, path)
    onnx = _locked_file(file, bench.folder)
    artifacts = {
        architecture: model_artifact(
            name,
            model.version,
            None if form == SOURCE else form,
            files,
            {},
            architecture=architecture,
            field=path,
        ).digest
        for architecture in ARCHITECTURES
    }
    return LockedVariant(
        file=onnx.file,
        digest=onnx.digest,
        size=shape.size,
        artifacts=artifacts,
        precision=shape.precision,
        inputs=shape.inputs,
        outputs=shape.outputs,
        accuracy=accuracy,
        weights=tuple(_locked_file(file.parent / each, bench.folder) for each in shape.external),
        memory=shape.memory,
    )


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
