"""Models whose files are elsewhere: a machine without Git LFS, or one that never had them.

What fleet.lock says of such a model is kept where nothing speaks against it: every file that lies here is the
locked one, a pointer of Git LFS names the locked one, and for the rest the registry has the very artifacts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from edgewright.artifact.lock import SOURCE, Lock, LockedFile, LockedModel
from edgewright.assembly.models import compare_model, pointer_at
from edgewright.errors import FieldPath, Finding, FleetError
from edgewright.fleet import Fleet, Model
from edgewright.plan.locked import stale_model
from edgewright.plan.signing import model_repository
from edgewright.workshop.sources import REGISTRY, Registry


def kept_model(
    fleet: Fleet,
    name: str,
    before: Lock,
    folder: Path,
    registry: Registry | None,
    told: Callable[[str], None],
) -> tuple[LockedModel | None, list[Finding]]:
    """The model as it was locked, and what speaks against it; None where its files are all here, or where
    fleet.lock says nothing of such a model."""
    model, locked = fleet.models[name], before.models.get(name)
    if locked is None or not _is_locked(name, model, locked):
        return None, []
    absent = [
        form for form in locked.variants if any(_is_absent(folder, each) for each in _files(locked, form))
    ]
    stand_ins = any(
        pointer_at(folder / each.file) for variant in locked.variants.values() for each in variant.files
    )
    if not absent and not stand_ins:
        return None, []
    findings = list(compare_model(name, model, locked, folder))
    for form in absent:
        told(f"{name}/{form} in {fleet.registry}")
        findings += _published(fleet, name, locked, form, registry)
    return locked, findings


def _is_locked(name: str, model: Model, locked: LockedModel) -> bool:
    """Whether fleet.lock speaks of this very model, with all its forms."""
    forms = {SOURCE, *model.variants}
    return locked.variants.keys() == forms and not any(stale_model(name, model, locked))


def _files(locked: LockedModel, form: str) -> tuple[LockedFile, ...]:
    """The files without which a form is not here; what else belongs to it may be taken away and leaves it."""
    variant = locked.variants[form]
    return tuple(each for each in variant.files if each not in (variant.answers, variant.signature))


def _is_absent(folder: Path, file: LockedFile) -> bool:
    try:
        return not (folder / file.file).exists()
    except OSError:
        return True


def _published(
    fleet: Fleet, name: str, locked: LockedModel, form: str, registry: Registry | None
) -> Iterator[Finding]:
    """What is wrong where the registry does not have the artifacts of a form that lies elsewhere."""
    path: FieldPath = ("models", name, "source") if form == SOURCE else ("models", name, "variants", form)
    file, repository = locked.variants[form].file, model_repository(fleet, name)
    if registry is None:
        remedy = "put the model there, or let `edgewright lock` ask the registry for what is locked"
        yield _missing(f"{file} is not there, and no registry was asked for it", remedy, path)
        return
    for architecture, digest in locked.variants[form].artifacts.items():
        try:
            found = registry.manifest(repository, digest)
        except FleetError as error:
            yield from (replace(each, path=REGISTRY, waivable=False) for each in error.findings)
            yield _missing(f"{file} is not there, and the registry does not say whether it has it", "", path)
            return
        if found is None:
            message = f"{file} is not there, and {repository} has no {digest}, locked for {architecture}"
            yield _missing(message, "", path)


def _missing(message: str, remedy: str, path: FieldPath) -> Finding:
    usual = "put the model there, or publish it from where it is"
    return Finding("model-missing", "error", message, remedy or usual, path, waivable=False)
