"""What an image holds against what a backend wants of it, and against the GPU that it meets.

Figures are the catalogue's: what it does not know of an image stands in nobody's way.
"""

from __future__ import annotations

from typing import Final

from edgewright.catalogue import Backend, Catalogue, Image, version_key

SPOKEN: Final = {"cuda": "CUDA", "cudnn": "cuDNN", "tensorrt": "TensorRT", "openvino": "OpenVINO"}
"""Libraries of the catalogue as people call them."""

_OLDEST_LISTED: Final = version_key("7.0")  # of GPUs before it, nothing is listed


def obstacle(
    backend: Backend, image: str, capability: str | None, catalogue: Catalogue
) -> tuple[str, str] | None:
    """Why a backend cannot run with what an image holds, and what to do; None where it can, or nobody knows.

    `capability` is the compute capability of the class's GPU.
    """
    held = catalogue.images.get(image)
    if held is None:
        return None
    return (
        _lacks(backend, image, held)
        or _loads_another(backend, image, held, catalogue)
        or _no_code(backend, image, held, capability, catalogue)
    )


def _lacks(backend: Backend, image: str, held: Image) -> tuple[str, str] | None:
    missing = [SPOKEN[each] for each in backend.loads if getattr(held, each) is None]
    if backend.provider is not None and held.onnxruntime is None:
        missing.append("ONNX Runtime")
    if not missing:
        return None
    return f"{backend.title} needs {missing[0]}, and `{image}` has none", f"put {missing[0]} into the image"


def _loads_another(backend: Backend, image: str, held: Image, catalogue: Catalogue) -> tuple[str, str] | None:
    """Where the image's ONNX Runtime looks for a library of another major, or for a later OpenVINO."""
    if backend.provider is None or held.onnxruntime is None:
        return None
    known = catalogue.onnxruntime_of(held.onnxruntime)
    for library in backend.loads if known else ():
        wants, has = getattr(known, library), getattr(held, library)
        if wants is None:
            continue
        fits = (
            version_key(has)[0] == wants if isinstance(wants, int) else version_key(has) >= version_key(wants)
        )
        if not fits:
            name = SPOKEN[library]
            return (
                f"ONNX Runtime {held.onnxruntime} loads {name} {wants}, and `{image}` has {name} {has}",
                f"put {name} {wants} into the image, or an ONNX Runtime that loads {name} "
                f"{version_key(has)[0]}",
            )
    return None


def _no_code(
    backend: Backend, image: str, held: Image, capability: str | None, catalogue: Catalogue
) -> tuple[str, str] | None:
    """Where a library of the image has no code for the GPU.

    CUDA's machine code runs on every later GPU of the same major; TensorRT has a list.
    """
    if capability is None or version_key(capability) < _OLDEST_LISTED:
        return None
    cuda = catalogue.cuda_of(held.cuda) if held.cuda and "cuda" in backend.loads else None
    if cuda is not None and not _runs_code_of(capability, cuda.compute_capabilities):
        return _without_code(f"CUDA {held.cuda}", image, capability)
    tensorrt = catalogue.tensorrt_of(held.tensorrt) if held.tensorrt and "tensorrt" in backend.loads else None
    if tensorrt is not None and capability not in tensorrt.compute_capabilities:
        return _without_code(f"TensorRT {held.tensorrt}", image, capability)
    return None


def _runs_code_of(capability: str, made_for: tuple[str, ...]) -> bool:
    key = version_key(capability)
    return any(made[0] == key[0] and made <= key for made in map(version_key, made_for))


def _without_code(library: str, image: str, capability: str) -> tuple[str, str]:
    name = library.partition(" ")[0]
    return (
        f"{library} of `{image}` has no code for a GPU of compute capability {capability}",
        f"name an image with a {name} that has, or remove the tier from this class",
    )
