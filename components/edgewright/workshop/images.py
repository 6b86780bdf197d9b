"""A fleet's server images ⇒ what fleet.lock says of them. docs/lock.md says what pins what, and when it moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from edgewright.artifact.image import NoImageError
from edgewright.artifact.lock import Lock, LockedImage
from edgewright.catalogue import Catalogue
from edgewright.errors import FieldPath, Finding, FleetError
from edgewright.fleet import Fleet, runtimes_of, tags_of
from edgewright.workshop.sources import REGISTRY, Registry, Sources, built_image, built_sizes

T = TypeVar("T")

_NOT_BUILT: Final = "its image has not been built"
_BY_THE_REGISTRY: Final = (
    "registry-credentials", "registry-failed", "registry-refused", "registry-unreachable", "tool-missing",
)  # fmt: skip
"""What says nothing about an image: it may be there."""

_UNREACHABLE: Final = (
    "check the name, the network and the proxy; `--offline` asks nobody, and images stay as they were locked"
)


@dataclass(frozen=True, slots=True)
class _Looking:
    """What is at hand while images are looked for; findings gather in it."""

    fleet: Fleet
    sources: Sources
    needed: Mapping[str, FieldPath]
    told: Callable[[str], None]
    findings: list[Finding] = field(default_factory=list)

    def path(self, name: str) -> FieldPath:
        """Where the fleet names an image: in a runtime of its own, or where it needs one of ours."""
        for runtime, entry in self.fleet.runtimes.items():
            for platform, image in entry.images.items():
                if image == name:
                    return ("runtimes", runtime, "images", platform)
        return self.needed.get(name, REGISTRY)

    def full(self, name: str) -> str:
        """The image as people call it: with its registry."""
        return f"{self.fleet.registry}/{name}"


def lock_images(
    fleet: Fleet,
    catalogue: Catalogue,
    before: Lock,
    sources: Sources,
    needed: Mapping[str, FieldPath],
    told: Callable[[str], None],
) -> tuple[dict[str, LockedImage], dict[str, str], list[Finding]]:
    """The images that are pinned, why others are not, and what is wrong.

    `needed` are the images that a class gets, with a field that says so. Nothing that was pinned is lost
    where something is wrong with it.
    """
    looking = _Looking(fleet, sources, needed, told)
    images: dict[str, LockedImage] = {}
    missing: dict[str, str] = {}
    for name, tag in tags_of(runtimes_of(fleet, catalogue)).items():
        known = before.images.get(name)
        try:
            found = _image(looking, name, tag, known)
        except FleetError as error:
            looking.findings.extend(_placed(looking, name, error, new=known is None))
            found = known
        if found is not None:
            images[name] = found
        else:
            missing[name] = before.missing.get(name, _NOT_BUILT)
    return images, missing, list(dict.fromkeys(looking.findings))


def _placed(looking: _Looking, name: str, error: FleetError, *, new: bool) -> list[Finding]:
    """Findings at fleet.yaml. That a new image cannot be asked for stops nobody: it is not locked, as before."""
    findings = []
    for each in error.findings:
        if each.path:
            findings.append(each)
            continue
        excused = new and each.rule in _BY_THE_REGISTRY
        level = ("warning" if name in looking.needed else "info") if excused else each.level
        remedy = _UNREACHABLE if each.rule == "registry-unreachable" else each.remedy
        findings.append(replace(each, level=level, path=REGISTRY, remedy=remedy, waivable=False))
    return findings


def _image(looking: _Looking, name: str, tag: str, before: LockedImage | None) -> LockedImage | None:
    """The image as it is to be locked; None where it is nowhere to be found."""
    sources = looking.sources
    moves = before is None or name in sources.upgrade or (before.tag is not None and before.tag != tag)
    built = built_image(sources.layouts, name, tag, looking.path(name))
    if built is not None:
        found = LockedImage(built.digest, _read(looking, name, lambda: built_sizes(built)))
        return found if before is None or moves else _same(looking, name, before, found, "its layout")
    registry = sources.registry
    wanted = before is not None or looking.path(name) != REGISTRY  # one of ours that nobody uses is not
    if registry is None or not wanted or not (moves or sources.verify):
        return before
    looking.told(looking.full(name))
    if before is None or moves:
        return _by_tag(looking, registry, name, tag, before)
    return _verified(looking, registry, name, before)


def _by_tag(
    looking: _Looking, registry: Registry, name: str, tag: str, before: LockedImage | None
) -> LockedImage | None:
    """The image that the tag names now; what was pinned where there is no such tag."""
    manifest = registry.manifest(looking.full(name), tag)
    if manifest is None:
        if before is not None:
            looking.findings.append(_moved(looking, name, tag, "is not there", before))
        return before
    sizes = _read(looking, name, lambda: registry.sizes(looking.full(name), manifest))
    return LockedImage(manifest.digest, sizes, tag)


def _verified(looking: _Looking, registry: Registry, name: str, before: LockedImage) -> LockedImage:
    """The pinned image as the registry has it, by its digest."""
    manifest = registry.manifest(looking.full(name), before.digest)
    if manifest is None:
        raise FleetError([_mismatch(looking, name, before.digest, "the registry has no such image")])
    sizes = _read(looking, name, lambda: registry.sizes(looking.full(name), manifest))
    if before.tag is not None:
        now = registry.manifest(looking.full(name), before.tag)
        if now is None or now.digest != before.digest:
            points = f"points at {now.digest[:19]}…" if now else "is not there any more"
            looking.findings.append(_moved(looking, name, before.tag, points, before))
    return _same(looking, name, before, LockedImage(before.digest, sizes), "the registry")


def _read(looking: _Looking, name: str, sizes: Callable[[], T]) -> T:
    try:
        return sizes()
    except NoImageError as error:
        raise FleetError([_unreadable(looking, name, error)]) from None


def _same(looking: _Looking, name: str, before: LockedImage, found: LockedImage, where: str) -> LockedImage:
    """What was pinned, with the sizes that were found. Raises FleetError where it is something else."""
    if found.digest != before.digest:
        raise FleetError([_mismatch(looking, name, before.digest, f"{where} has {found.digest}")])
    wrong = {each: size for each, size in before.sizes.items() if found.sizes.get(each) != size}
    if wrong:
        said, is_so = _listed(before.sizes), _listed(found.sizes)
        raise FleetError([_mismatch(looking, name, said, f"{where} has {is_so}")])
    return replace(before, sizes=found.sizes, size=None)


def _listed(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{size:,} bytes for {each}" for each, size in sorted(sizes.items()))


def _mismatch(looking: _Looking, name: str, locked: str, found: str) -> Finding:
    return Finding(
        "lock-mismatch",
        "error",
        f"fleet.lock has `{looking.full(name)}` as {locked}, and {found}",
        f"bring back the image that was locked, or run `edgewright lock --upgrade-image {name}` where the change "
        "is meant",
        looking.path(name),
        waivable=False,
    )


def _moved(looking: _Looking, name: str, tag: str, how: str, before: LockedImage) -> Finding:
    """That a tag is not what fleet.lock knows. Devices are none the wiser: they get the digest."""
    wanted = before.tag is not None and before.tag != tag
    return Finding(
        "tag-moved",
        "error" if wanted else "warning",
        f"the tag `{tag}` of `{looking.full(name)}` {how}, and fleet.lock has {before.digest[:19]}…",
        "write a tag that is there, or push the image under this one"
        if wanted
        else f"nothing, where that is meant; else run `edgewright lock --upgrade-image {name}`",
        looking.path(name),
        waivable=False,
    )


def _unreadable(looking: _Looking, name: str, error: NoImageError) -> Finding:
    return Finding(
        "image-unreadable",
        "error",
        f"`{looking.full(name)}` {error}",
        "push an image for Linux, in the form of OCI or of Docker's schema 2",
        looking.path(name),
        waivable=False,
    )
