"""The CUDA that an image needs below it, in the form in which a container says so."""

from __future__ import annotations

from collections.abc import Iterable

from edgewright.catalogue import Catalogue
from edgewright.fleet import DeviceClass
from edgewright.plan.plan import Deployed


def least_cuda(
    catalogue: Catalogue, device_class: DeviceClass, deployed: Iterable[Deployed]
) -> dict[str, str]:
    """Image platform ⇒ the least CUDA that the class must offer; a platform without CUDA is left out.

    On a Jetson that is the CUDA of the class's JetPack: a board that still has an older one is not of this
    class. Elsewhere the driver runs every release of its major, so the first one is enough (CUDA minor
    version compatibility: https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html).
    """
    jetpack = catalogue.jetpack_of(device_class.software.jetpack or "")
    found: dict[str, str] = {}
    for name in {each.image.platform for each in deployed}:
        platform = catalogue.platforms.get(name)
        if platform is None or platform.cuda is None:
            continue
        found[name] = jetpack.cuda if platform.jetpack and jetpack else f"{platform.cuda}.0"
    return found
