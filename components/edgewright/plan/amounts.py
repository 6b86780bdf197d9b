"""Amounts that the language allows and nobody can mean: zero of what is needed, starts that take weeks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from edgewright.catalogue import Catalogue
from edgewright.errors import Finding, Note
from edgewright.fleet.part import camel
from edgewright.plan.hardware import NVIDIA, Hardware
from edgewright.plan.plan import Deployed
from edgewright.plan.start import builds_engine, startup_patience

LONGEST_START: Final = 7 * 86_400
"""Seconds that a start may take at most; what is longer is a slip of the pen, or a broken device."""

_AMOUNTS: Final = ("cpu", "memory", "ephemeral_storage", "engine_cache")


def check_amounts(
    class_name: str, hardware: Hardware, deployed: Deployed, catalogue: Catalogue
) -> Iterator[Finding]:
    """What a workload asks for on a class and cannot have meant."""
    for name in _AMOUNTS:
        if getattr(deployed.resources, name) == 0:
            yield Finding(
                "zero-resource",
                "error",
                f"`{camel(name)}` is zero, which Kubernetes refuses or takes for no limit at all",
                "write what the workload needs",
                (*deployed.origin("resources"), camel(name)),
                waivable=False,
            )
    patience = startup_patience(deployed)
    if patience > LONGEST_START:
        yield _too_long(class_name, deployed, patience)
    if builds_engine(deployed) and not deployed.startup.engine_build:
        yield _no_time(class_name, deployed)
    asked = deployed.uses_gpu and hardware.gpus > 0  # that there is none is found elsewhere
    if asked and not any(_uses_gpu(tier.backend, catalogue) for tier in deployed.tiers):
        yield Finding(
            "no-effect",
            "warning",
            f"no tier of `{deployed.name}` on `{class_name}` uses the GPU that it keeps from others",
            "remove `gpu`, or add a tier that uses it",
            (*deployed.origin("resources"), "gpu"),
            on_key=True,
            notes=(Note("the class", path=("deviceClasses", class_name)),),
        )


def _no_time(class_name: str, deployed: Deployed) -> Finding:
    return Finding(
        "startup-too-short",
        "error",
        f"`{deployed.name}` builds a TensorRT engine when it first starts on `{class_name}`, and its startup "
        "probe leaves no time for that",
        "write `engineBuild: 15m`, or as long as it took on such a device",
        (*deployed.origin("startup"), "engineBuild"),
        notes=(Note("the class", path=("deviceClasses", class_name)),),
    )


def _too_long(class_name: str, deployed: Deployed, patience: int) -> Finding:
    latency = deployed.given.get("latency")
    return Finding(
        "startup-too-long",
        "error",
        f"a start of `{deployed.name}` on `{class_name}` may take {patience:,} s: load, engineBuild, and p99 "
        "for each warm-up request",
        "shorten one of them: a start may take at most 7d",
        deployed.origin("startup"),
        notes=(Note("how long each warm-up request may take", path=latency),) if latency else (),
        waivable=False,
    )


def _uses_gpu(backend: str, catalogue: Catalogue) -> bool:
    known = catalogue.backends.get(backend)
    return known is not None and known.accelerator == NVIDIA
