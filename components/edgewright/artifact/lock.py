"""fleet.lock: digest, size, shapes and metrics of every model, variant and image that a fleet names.

It holds inputs only, never rendered output. What is not there yet is named in it with the reason. Here are
the values; `lock_file` has their form in the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

SOURCE: Final = "source"
"""The name under which a model stands as it was trained, beside its variants."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output: its Open Inference Protocol datatype and its shape, -1 where it may vary."""

    name: str
    datatype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LockedFile:
    """A file exactly: its path below fleet.yaml's folder, the digest of its bytes, and how many there are."""

    file: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class LockedMemory:
    """What a form takes in memory, in bytes, computed from its graph: see docs/memory.md.

    `weights` as they lie in memory; `loading` is the most while a session is made of them, `held` what of
    that is still taken when it runs. A run of a batch of b takes `fixed` + b times `per_item`; both are None
    where no line bounds it.
    """

    weights: int
    loading: int
    held: int
    fixed: int | None = None
    per_item: int | None = None

    def activations(self, batch: int) -> int | None:
        """Bytes of inputs and buffers of one run; None where nobody knows."""
        if self.fixed is None or self.per_item is None:
            return None
        return self.fixed + self.per_item * batch


@dataclass(frozen=True, slots=True)
class LockedCalibration:
    """How the ranges of a quantised form were found, as fleet.yaml says; `data` is None where the file of
    typical inputs has never lain here."""

    method: str
    per_channel: bool
    data: LockedFile | None = None


@dataclass(frozen=True, slots=True)
class LockedVariant:
    """A form of a model, exactly.

    `file` is its path below fleet.yaml's folder and `digest` that of the .onnx file; `weights` are its
    files of weights beside that one; `size` counts these files, in bytes. `artifacts` are the digests of
    its OCI images by architecture; `accuracy` is in millionths. `memory` is None in locks of before.
    `answers` are its golden answers, None where there is no golden set. `signature` is the one of OpenSSF model
    signing over all of these files, where it lies beside the .onnx file.
    """

    file: str
    digest: str
    size: int
    artifacts: Mapping[str, str]
    precision: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    accuracy: int | None = None
    weights: tuple[LockedFile, ...] = ()
    memory: LockedMemory | None = None
    calibration: LockedCalibration | None = None
    answers: LockedFile | None = None
    signature: LockedFile | None = None

    @property
    def files(self) -> tuple[LockedFile, ...]:
        """Every file of the form, the .onnx file first."""
        size = self.size - sum(each.size for each in self.weights)
        others = (each for each in (self.answers, self.signature) if each is not None)
        return (LockedFile(self.file, self.digest, size), *self.weights, *others)


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured of a tier on a device class: a batch of `batch` requests was answered within `p99`
    microseconds, 99 times of 100. `power` is the draw meanwhile, in milliwatts."""

    device_class: str
    tier: str
    batch: int
    p99: int
    power: int | None = None


@dataclass(frozen=True, slots=True)
class LockedModel:
    """A model's version and its forms; `missing` says why a form has no digest yet.

    `golden` is the set that its accuracy was measured on; `figures` are what was measured on devices, as
    the file `measured` has it.
    """

    version: str
    variants: Mapping[str, LockedVariant] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    golden: LockedFile | None = None
    measured: LockedFile | None = None
    figures: tuple[Figure, ...] = ()
    license: str | None = None


@dataclass(frozen=True, slots=True)
class LockedImage:
    """A server image exactly: the digest of its manifest, or of the index over several architectures.

    `sizes` are the bytes that a device of each architecture pulls: layers as the registry has them, and the
    config. `size` stands in locks of before instead, for whichever architecture. `tag` is the one that the
    digest was found under; an image out of a folder has none.
    """

    digest: str
    sizes: Mapping[str, int] = field(default_factory=dict)
    tag: str | None = None
    size: int | None = None

    def size_on(self, architecture: str) -> int | None:
        """The bytes that a device of an architecture pulls; None where nobody knows."""
        return self.sizes.get(architecture, self.size)

    def lacks(self, architecture: str) -> bool:
        """Whether the image is known to have nothing for an architecture."""
        return bool(self.sizes) and architecture not in self.sizes


@dataclass(frozen=True, slots=True)
class Lock:
    """What fleet.lock pins. An image without a digest is in `missing` with the reason."""

    models: Mapping[str, LockedModel] = field(default_factory=dict)
    images: Mapping[str, LockedImage] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)

    def variant(self, model: str, version: str, name: str) -> LockedVariant | None:
        """The form of a model, if it is pinned at this version."""
        locked = self.models.get(model)
        return locked.variants.get(name) if locked and locked.version == version else None
