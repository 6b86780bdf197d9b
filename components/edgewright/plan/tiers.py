"""Which image and which tiers a workload can run on a class, and why the others cannot."""

from __future__ import annotations

from collections.abc import Mapping

from edgewright.artifact.lock import SOURCE
from edgewright.catalogue import Backend, Catalogue
from edgewright.errors import FieldPath, Finding, Note
from edgewright.fleet import Model, Runtime, Tier
from edgewright.plan.hardware import NVIDIA, Hardware

RULE = "rule"
_OTHER_FORMATS = ("tflite", "gguf")
_LIGHTEST_FIRST = ("int8", "fp16", "bf16", "fp32")


def platform_for(runtime: Runtime, hardware: Hardware) -> str | None:
    """The most specific platform of the class that the runtime has an image for."""
    return next((platform for platform in hardware.platforms if platform in runtime.images), None)


def choose_runtime(
    runtimes: Mapping[str, Runtime], hardware: Hardware, gpus: int, catalogue: Catalogue
) -> str | None:
    """The runtime for a workload that names none: one whose image fits the class.

    Where the workload asks for GPUs, one that uses them comes first; where it asks for none, one without.
    """
    fitting = {
        name: platform
        for name, runtime in runtimes.items()
        if (platform := platform_for(runtime, hardware)) is not None
    }

    def suits(name: str) -> bool:
        uses = any(
            backend.accelerator is not None
            and backend.accelerator in hardware.accelerators
            and _has_cuda_for(backend, fitting[name], catalogue)
            for each in runtimes[name].backends
            if (backend := catalogue.backends.get(each))
        )
        return uses == (gpus > 0)

    return min(fitting, key=lambda name: (not suits(name), name), default=None)


def _has_cuda_for(backend: Backend, platform: str, catalogue: Catalogue) -> bool:
    """Whether images of the platform bring the CUDA that the backend needs, if it needs any."""
    known = catalogue.platforms.get(platform)
    return not backend.needs_cuda or (known is not None and known.cuda is not None)


def default_tiers(runtime: Runtime, model: Model, rule: str | None, catalogue: Catalogue) -> tuple[Tier, ...]:
    """Each backend of the runtime with the lightest form of the model that it can run, then the rule."""
    tiers = []
    for name in runtime.backends:
        backend = catalogue.backends.get(name)
        able = [
            (_LIGHTEST_FIRST.index(variant.precision), variant_name)
            for variant_name, variant in model.variants.items()
            if backend and variant.precision in backend.precisions
        ]
        tiers.append(Tier(f"{name}/{min(able)[1]}" if able else name))
    return (*tiers, Tier(RULE)) if rule else tuple(tiers)


def file_format(tier: Tier, model: Model) -> str:
    """The format of the tier's form of the model: by the name of its file, ONNX where that says nothing.

    A variant that names no file is made out of the source, and always ONNX.
    """
    variant = model.variants.get(tier.variant or "")
    source = model.source if tier.variant is None else (variant.source if variant else None) or ""
    ending = source[-7:].rpartition(".")[2].lower()
    return ending if ending in _OTHER_FORMATS else "onnx"


def why_not(
    tier: Tier,
    precision: str | None,
    hardware: Hardware,
    platform: str,
    gpus: int,
    catalogue: Catalogue,
    file_format: str = "onnx",
) -> tuple[str, str] | None:
    """Why a tier cannot run in an image of the platform on a class, and what to do; None where it can.

    A rule always can. `precision` is that of the tier's form of the model, None where nobody knows it yet;
    `gpus` are those that the workload asks for.
    """
    backend = catalogue.backends.get(tier.backend)
    if tier == RULE or backend is None:
        return None
    title, remove = backend.title, "remove the tier from this class"
    if hardware.architecture not in backend.architectures:
        return f"{title} does not run on {hardware.architecture}", remove
    if backend.accelerator is not None and backend.accelerator not in hardware.accelerators:
        return f"{title} needs an {_spoken(backend.accelerator)}, which this class has not", remove
    if not _has_cuda_for(backend, platform, catalogue):
        return f"{title} needs CUDA, and the image for {platform} has none", _cuda_remedy(hardware, catalogue)
    if backend.accelerator == NVIDIA and gpus == 0:
        return f"{title} needs a GPU, and the workload asks for none", "add `gpu: 1` to its resources"
    if file_format not in backend.formats:
        return f"{title} does not read {file_format}", f"use a model in {', '.join(backend.formats)}"
    if precision is not None and precision not in backend.precisions:
        return f"{title} does not run {precision}", f"use a variant of {', '.join(backend.precisions)}"
    return None


def _spoken(accelerator: str) -> str:
    maker, _, kind = accelerator.partition("-")
    return f"{'NVIDIA' if maker == 'nvidia' else maker.capitalize()} {kind.upper()}"


def _cuda_remedy(hardware: Hardware, catalogue: Catalogue) -> str:
    able = [name for name in hardware.platforms if (known := catalogue.platforms.get(name)) and known.cuda]
    if able:
        return f"name a runtime with an image for {', '.join(able)}, or remove the tier from this class"
    return "state the class's `software.jetpack` or `software.driver`, or remove the tier from this class"


def cannot_run(tier: Tier, reason: tuple[str, str], path: FieldPath, class_name: str) -> Finding:
    """The finding for a tier that is left out on a class."""
    message, remedy = reason
    return Finding(
        "tier-cannot-run",
        "warning",
        f"`{tier}` cannot run on `{class_name}`: {message}",
        remedy,
        path,
        notes=(Note("the class", path=("deviceClasses", class_name)),),
    )


def form_of(tier: Tier) -> str:
    """The name of the tier's form of the model in fleet.lock."""
    return tier.variant or SOURCE
