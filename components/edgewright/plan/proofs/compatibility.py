"""Versions that go together for the very image chosen, and a tier that is left when the accelerator fails.

Which tiers can run at all is decided when the plan is made (tiers.py, software.py): a tier that cannot is no
tier of the workload here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from edgewright.catalogue import Catalogue, Image, JetPack, version_key
from edgewright.errors import FieldPath, Finding, Note
from edgewright.fleet import Runtime, runtimes_of
from edgewright.plan.case import Case
from edgewright.plan.plan import Deployed, PlannedImage, PlannedTier
from edgewright.plan.software import SPOKEN

_BROUGHT: Final = ("cuda", "tensorrt")
"""Libraries of an image that lean on those of JetPack below it."""


def prove(case: Case) -> Iterator[Finding]:
    """Of each image once, whatever number of workloads it serves; then of each workload its tiers."""
    for image in _images_with_cuda(case).values():
        held = case.catalogue.images.get(image.name)
        if held is not None:
            yield from _driver(case, image, held)
            yield from _jetpack(case, image, held)
    for deployed in case.planned.workloads:
        if all(_needs_accelerator(case, tier) for tier in deployed.tiers):
            yield _no_fallback(case, deployed)


def _images_with_cuda(case: Case) -> dict[str, PlannedImage]:
    """The images of the class with a workload that uses the CUDA in them."""
    using = {name for name, backend in case.catalogue.backends.items() if "cuda" in backend.loads}
    return {
        deployed.image.name: deployed.image
        for deployed in reversed(case.planned.workloads)
        if any(tier.backend in using for tier in deployed.tiers)
    }


def _driver(case: Case, image: PlannedImage, held: Image) -> Iterator[Finding]:
    """A driver that is older than the image's CUDA needs; on a board it comes with its JetPack."""
    driver = case.device_class.software.driver
    known = case.catalogue.cuda_of(held.cuda) if held.cuda else None
    if driver is None or known is None or case.device_class.board is not None:
        return
    if version_key(driver.removeprefix("v")) < version_key(known.least_driver):
        yield Finding(
            "driver-too-old",
            "error",
            f"CUDA {held.cuda} of `{image.name}` needs the driver {known.least_driver} or later, and "
            f"`{case.planned.name}` has {driver}",
            f'write `driver: "{known.least_driver}"` or later once it is installed, or name an image with '
            "an earlier CUDA",
            (*case.planned.path, "software", "driver"),
            notes=(Note("the image", path=image.path),),
        )


def _jetpack(case: Case, image: PlannedImage, held: Image) -> Iterator[Finding]:
    """An image with a later CUDA or TensorRT than the board's JetPack brings."""
    version = case.device_class.software.jetpack
    brought = _listed(case.catalogue, version.removeprefix("v")) if version else None
    if version is None or brought is None or case.device_class.board is None:
        return
    newer = [
        f"{SPOKEN[library]} {has} (JetPack has {brings})"
        for library in _BROUGHT
        if (has := getattr(held, library)) and _release(has) > _release(brings := getattr(brought, library))
    ]
    if newer:
        yield Finding(
            "image-newer-than-jetpack",
            "warning",
            f"`{image.name}` has {' and '.join(newer)}, later than JetPack {version} of "
            f"`{case.planned.name}`",
            _remedy(case, held, brought),
            (*case.planned.path, "software", "jetpack"),
            notes=(Note("the image", path=image.path),),
        )


def _listed(catalogue: Catalogue, version: str) -> JetPack | None:
    """What a JetPack brings; None for one that is later than every listed one of its major."""
    key = version_key(version)
    latest = max((each for each in map(version_key, catalogue.jetpacks) if each[0] == key[0]), default=())
    return catalogue.jetpack_of(version) if key <= latest else None


def _remedy(case: Case, held: Image, brought: JetPack) -> str:
    catalogue, board = case.catalogue, case.catalogue.boards.get(case.device_class.board or "")
    fitting = [
        name
        for name, each in catalogue.jetpacks.items()
        if each.platform == brought.platform
        and all(
            _release(getattr(held, library) or "0") <= _release(getattr(each, library))
            for library in _BROUGHT
        )
        and board is not None
        and catalogue.takes_jetpack(board, name)
    ]
    other = f"name an image with CUDA {brought.cuda} and TensorRT {brought.tensorrt}, or earlier ones"
    if not fitting:
        return other
    return f"flash JetPack {min(fitting, key=version_key)} or later and write it here, or {other}"


def _release(version: str) -> tuple[int, ...]:
    """The part of a version that libraries are told apart by: 10.3 of 10.3.0."""
    return version_key(version)[:2]


def _no_fallback(case: Case, deployed: Deployed) -> Finding:
    backend = case.catalogue.backends[deployed.tiers[0].backend]
    kind = str(backend.accelerator).rpartition("-")[2].upper()
    at: FieldPath = deployed.origin("tiers")
    return Finding(
        "no-fallback",
        "warning",
        f"`{deployed.name}` on `{case.planned.name}` has no tier left when the {kind} fails",
        _fallback(case, deployed),
        at,
        notes=(Note("the class", path=case.planned.path),),
    )


def _fallback(case: Case, deployed: Deployed) -> str:
    """The tier to add: one of the runtime's that runs on the CPU, with the lightest form that it takes."""
    runtime: Runtime | None = runtimes_of(case.fleet, case.catalogue).get(deployed.runtime)
    backends = {name: case.catalogue.backends.get(name) for name in runtime.backends} if runtime else {}
    variants = case.fleet.models[deployed.model].variants
    for name, backend in backends.items():
        if backend is None or backend.accelerator is not None:
            continue
        if case.hardware.architecture in backend.architectures:
            forms = [form for form, each in variants.items() if each.precision in backend.precisions]
            return f"add a last tier that the CPU runs, such as `{'/'.join([name, *forms[:1]])}`, or a `rule`"
    return "add a `rule` as the last tier, or name a runtime with a backend for the CPU"


def _needs_accelerator(case: Case, tier: PlannedTier) -> bool:
    """Whether a tier is gone with the accelerator."""
    backend = case.catalogue.backends.get(tier.backend)
    return backend is not None and backend.accelerator is not None
