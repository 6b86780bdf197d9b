"""What fleet.lock says against what the fleet says: what it lacks, what is stale, what is not good enough."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from edgewright.artifact.lock import SOURCE, Lock, LockedModel, LockedVariant
from edgewright.errors import FieldPath, Finding, Note
from edgewright.fleet import Fleet, Model, Points, Runtime, Share, Variant, tags_of
from edgewright.plan.plan import ClassPlan


def check_lock(
    fleet: Fleet, lock: Lock, not_locked: Mapping[str, FieldPath], runtimes: Mapping[str, Runtime]
) -> Iterator[Finding]:
    """Findings about models and images; `not_locked` are those that are needed and have no digest."""
    stale: set[str] = set()
    moved = moved_tags(lock, runtimes)
    for name, model in fleet.models.items():
        locked = lock.models.get(name)
        if locked is None:
            continue
        found = list(stale_model(name, model, locked))
        if found:
            stale.add(name)
        yield from found
        if locked.version == model.version:
            yield from check_quality(name, model, locked.variants)
    for needed, path in not_locked.items():
        model_name, _, form = needed.partition("/")
        if not form and needed in moved:
            yield _differs(
                f"fleet.lock has `{needed}` by the tag {moved[needed]}", _tag_path(needed, fleet, path)
            )
        elif not (form and model_name in stale):
            yield _not_locked(needed, path, lock)


def check_architectures(lock: Lock, classes: Iterable[ClassPlan]) -> Iterator[Finding]:
    """Images that are known to have nothing for a class that gets them."""
    for planned in classes:
        wants = planned.architecture
        for deployed in planned.workloads:
            name = deployed.image.name
            locked = lock.images.get(name)
            if locked is None or not locked.lacks(wants):
                continue
            yield Finding(
                "image-lacks-platform",
                "error",
                f"`{name}` is for {', '.join(sorted(locked.sizes))}, and `{planned.name}` is {wants}",
                f"build it for {wants} too and run `edgewright lock --upgrade-image {name}`, or name another "
                "image",
                deployed.image.path,
                notes=(Note("the class", path=planned.path),),
                waivable=False,
            )


def moved_tags(lock: Lock, runtimes: Mapping[str, Runtime]) -> dict[str, str]:
    """Images that were locked by another tag than the fleet has now ⇒ that other tag."""
    tags = tags_of(runtimes)
    return {
        name: image.tag
        for name, image in lock.images.items()
        if image.tag is not None and image.tag != tags.get(name, image.tag)
    }


def _tag_path(image: str, fleet: Fleet, needed_at: FieldPath) -> FieldPath:
    """The tag of an image; where nobody wrote one, the field that needs the image."""
    for name, runtime in fleet.runtimes.items():
        if runtime.tag is not None and image in runtime.images.values():
            return ("runtimes", name, "tag")
    return needed_at


def _not_locked(name: str, path: FieldPath, lock: Lock) -> Finding:
    model, _, form = name.partition("/")
    reason = lock.missing.get(name) if not form else None
    if form and model in lock.models:
        reason = lock.models[model].missing.get(form)
    there = (
        "once it is there" if form else f"once it is in build/images/{name} or in the registry (docs/lock.md)"
    )
    return Finding(
        rule="not-locked",
        level="warning",
        message=f"fleet.lock has no digest for `{name}`" + (f": {reason}" if reason else ""),
        remedy=f"run `edgewright lock` {there}; until then only `render --unlocked` writes it, "
        "and nothing can publish it",
        path=path,
    )


def stale_model(name: str, model: Model, locked: LockedModel) -> Iterator[Finding]:
    """Where fleet.lock speaks of something else than the fleet does."""
    path: FieldPath = ("models", name)
    if locked.version != model.version:
        yield _differs(
            f"fleet.lock has `{name}` in version {locked.version or 'nothing'}, and this is {model.version}",
            (*path, "version"),
        )
        return
    source = locked.variants.get(SOURCE)
    if source is not None and not _is_at(source.file, model.source):
        yield _differs(f"fleet.lock has {source.file} as the source of `{name}`", (*path, "source"))
    for form, variant in model.variants.items():
        known = locked.variants.get(form)
        if known is not None and variant.source is not None and not _is_at(known.file, variant.source):
            yield _differs(
                f"fleet.lock has {known.file} as `{name}/{form}`", (*path, "variants", form, "source")
            )
        if known is not None and not _calibrated_as(known, variant):
            calibration: FieldPath = ("calibration",) if variant.calibration is not None else ()
            yield _differs(
                f"fleet.lock has `{name}/{form}` calibrated in another way",
                (*path, "variants", form, *calibration),
            )
    if locked.license != model.license:
        written: FieldPath = (*path, "license") if model.license is not None else path
        yield _differs(f"fleet.lock has {locked.license or 'nothing'} as the licence of `{name}`", written)
    if model.measured is not None and not _has_figures_of(locked, model):
        yield _differs(f"fleet.lock has no figures of `{name}` by this file", (*path, "measured"))
    evaluation, golden = model.evaluation, locked.golden
    if evaluation is None or not locked.variants:
        return
    if golden is None:
        yield _differs(
            f"fleet.lock has no figures of `{name}` by this golden set", (*path, "evaluation", "golden")
        )
    elif PurePosixPath(golden.file) != PurePosixPath(evaluation.golden):
        message = f"fleet.lock has figures of `{name}` by {golden.file}, not by this golden set"
        yield _differs(message, (*path, "evaluation", "golden"))


def _calibrated_as(locked: LockedVariant, variant: Variant) -> bool:
    """Whether a locked form was calibrated as the fleet says; which bytes its data has, the lock alone knows."""
    file, written = locked.calibration, variant.calibration
    if file is None or written is None:
        return file is None and written is None
    same = (file.method, file.per_channel) == (written.method, written.per_channel)
    return same and (file.data is None or PurePosixPath(file.data.file) == PurePosixPath(written.data))


def _has_figures_of(locked: LockedModel, model: Model) -> bool:
    """Whether the figures of a locked model are by the file that the fleet names."""
    file, written = locked.measured, model.measured
    return file is not None and written is not None and PurePosixPath(file.file) == PurePosixPath(written)


def without_stale(fleet: Fleet, lock: Lock, runtimes: Mapping[str, Runtime]) -> Lock:
    """The lock less what it says of files and tags that the fleet does not name any more."""
    models = {
        name: _without_stale(fleet.models[name], locked) if name in fleet.models else locked
        for name, locked in lock.models.items()
    }
    moved = moved_tags(lock, runtimes)
    images = {name: image for name, image in lock.images.items() if name not in moved}
    return replace(lock, models=models, images=images)


def _without_stale(model: Model, locked: LockedModel) -> LockedModel:
    figures = locked.figures if locked.version == model.version and _has_figures_of(locked, model) else ()
    return replace(locked, variants=_fresh(model, locked), figures=figures)


def _fresh(model: Model, locked: LockedModel) -> dict[str, LockedVariant]:
    if locked.version != model.version:
        return {}
    sources = {form: variant.source for form, variant in model.variants.items()} | {SOURCE: model.source}
    return {
        form: variant
        for form, variant in locked.variants.items()
        if form in sources and ((source := sources[form]) is None or _is_at(variant.file, source))
    }


def _is_at(file: str, source: str) -> bool:
    """Whether a locked file is the one that the fleet names, or lies right in the folder that it names."""
    locked, written = PurePosixPath(file), PurePosixPath(source)
    return written in (locked, locked.parent)


def _differs(message: str, path: FieldPath) -> Finding:
    return Finding(
        "lock-stale",
        "warning",
        message,
        "run `edgewright lock`; until then only `render --unlocked` writes it, and nothing can publish it",
        path,
    )


def check_quality(name: str, model: Model, variants: Mapping[str, LockedVariant]) -> Iterator[Finding]:
    """Forms of a model that are worse than the fleet allows, or not of the precision that it says."""
    path: FieldPath = ("models", name)
    for form, locked in variants.items():
        variant = model.variants.get(form)
        if form != SOURCE and variant is None:
            continue  # not a form of this model any more
        at = (*path, "source") if variant is None else (*path, "variants", form)
        if variant is not None and locked.precision != variant.precision:
            yield Finding(
                "precision-differs",
                "error",
                f"`{form}` is {variant.precision} here, and {locked.file} is {locked.precision}",
                f"write `precision: {locked.precision}`, or convert the model",
                (*at, "precision"),
            )
        yield from _below_floor(form, locked, model, path, at)
        if variant is not None and variant.max_drop is not None:
            yield from _drops(form, locked, variants.get(SOURCE), variant.max_drop, at)


def _below_floor(
    form: str, locked: LockedVariant, model: Model, path: FieldPath, at: FieldPath
) -> Iterator[Finding]:
    if locked.accuracy is None or model.evaluation is None or locked.accuracy >= model.evaluation.floor:
        return
    yield Finding(
        "below-floor",
        "error",
        f"`{form}` has an accuracy of {Share(locked.accuracy)}, below the floor of {model.evaluation.floor}",
        "train or quantise it anew, or lower the floor",
        at,
        notes=(Note("the floor", path=(*path, "evaluation", "floor")),),
    )


def _drops(
    form: str, locked: LockedVariant, source: LockedVariant | None, allowed: int, at: FieldPath
) -> Iterator[Finding]:
    if source is None or source.accuracy is None or locked.accuracy is None:
        return
    lost = source.accuracy - locked.accuracy
    if lost > allowed:
        yield Finding(
            "drops-too-far",
            "error",
            f"`{form}` has an accuracy of {Share(locked.accuracy)}, the source {Share(source.accuracy)}: "
            f"{Points(lost)} are lost",
            "quantise it anew, or allow a larger drop",
            (*at, "maxDrop"),
        )
