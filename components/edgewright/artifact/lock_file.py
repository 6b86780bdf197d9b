"""fleet.lock as a file: the plain values that it holds, and the way back."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any, Final, TypeVar

from edgewright.artifact.lock import (
    Figure,
    Lock,
    LockedFile,
    LockedMemory,
    LockedModel,
    LockedVariant,
    Tensor,
)
from edgewright.document.document import Document
from edgewright.errors import FieldPath, Finding

LOCK_VERSION: Final = 1

_T = TypeVar("_T")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


def lock_values(lock: Lock) -> dict[str, Any]:
    """The plain values that fleet.lock holds, in a fixed order."""
    images: dict[str, Any] = {
        name: {"digest": digest} | ({"size": lock.image_sizes[name]} if name in lock.image_sizes else {})
        for name, digest in lock.images.items()
    }
    images |= {name: {"notLocked": reason} for name, reason in lock.missing.items()}
    return {
        "lockVersion": LOCK_VERSION,
        "models": {name: _model_values(model) for name, model in sorted(lock.models.items())},
        "images": dict(sorted(images.items())),
    }


def _model_values(model: LockedModel) -> dict[str, Any]:
    variants = {name: _variant_values(variant) for name, variant in model.variants.items()}
    variants |= {name: {"notLocked": reason} for name, reason in model.missing.items()}
    golden = {"golden": _file_values(model.golden)} if model.golden else {}
    measured: dict[str, Any] = {}
    if model.measured:
        figures = [_figure_values(each) for each in model.figures]
        measured = {"measured": _file_values(model.measured) | {"figures": figures}}
    return {"version": model.version, **golden, **measured, "variants": dict(sorted(variants.items()))}


def _figure_values(figure: Figure) -> dict[str, Any]:
    power = {} if figure.power is None else {"powerMilliwatts": figure.power}
    values = {"class": figure.device_class, "tier": figure.tier, "batch": figure.batch}
    return values | {"p99Microseconds": figure.p99, **power}


def _file_values(file: LockedFile) -> dict[str, Any]:
    return {"file": file.file, "digest": file.digest, "size": file.size}


def _variant_values(variant: LockedVariant) -> dict[str, Any]:
    values: dict[str, Any] = {
        "file": variant.file,
        "digest": variant.digest,
        "size": variant.size,
        "artifacts": dict(sorted(variant.artifacts.items())),
        "precision": variant.precision,
        "inputs": [_tensor_values(tensor) for tensor in variant.inputs],
        "outputs": [_tensor_values(tensor) for tensor in variant.outputs],
    }
    if variant.weights:
        values["weights"] = [_file_values(each) for each in variant.weights]
    if variant.memory is not None:
        values["memory"] = _memory_values(variant.memory)
    if variant.accuracy is not None:
        values["metrics"] = {"accuracyMillionths": variant.accuracy}
    return values


def _memory_values(memory: LockedMemory) -> dict[str, Any]:
    values: dict[str, Any] = {"weights": memory.weights, "loading": memory.loading, "held": memory.held}
    if memory.fixed is not None:
        values["activations"] = {"fixed": memory.fixed, "perItem": memory.per_item}
    return values


def _tensor_values(tensor: Tensor) -> dict[str, Any]:
    return {"name": tensor.name, "datatype": tensor.datatype, "shape": list(tensor.shape)}


def read_lock(document: Document) -> tuple[Lock, tuple[Finding, ...]]:
    """What a fleet.lock pins; what cannot be read in it is left out and a finding."""
    if document.findings:
        return Lock(), document.findings
    value = document.value
    if not isinstance(value, dict) or value.get("lockVersion") != LOCK_VERSION:
        return Lock(), (
            _unreadable(document, ("lockVersion",), f"this is no fleet.lock of version {LOCK_VERSION}"),
        )
    findings: list[Finding] = []
    models = {
        name: _read_model(document, ("models", name), model, findings)
        for name, model in _section(document, "models", findings).items()
    }
    images, missing, sizes = {}, {}, {}
    for name, image in _section(document, "images", findings).items():
        entry = image if isinstance(image, dict) else {}
        digest = entry.get("digest")
        if isinstance(digest, str) and _DIGEST.fullmatch(digest):
            images[name] = digest
            if "size" in entry and (size := _tried(_whole, entry["size"])) is not None:
                sizes[name] = size
            elif "size" in entry:
                findings.append(_unreadable(document, ("images", name, "size"), "this is no number of bytes"))
        elif isinstance(entry.get("notLocked"), str):
            missing[name] = entry["notLocked"]
        else:
            findings.append(
                _unreadable(document, ("images", name), f"`{name}` has no digest of the form sha256:…")
            )
    return Lock(models, images, missing, sizes), tuple(findings)


def _section(document: Document, name: str, findings: list[Finding]) -> dict[str, Any]:
    """What stands below a name of the file's top; the finding is that something else than a mapping does."""
    return _mapping(document, (name,), document.value.get(name), findings)


def _mapping(document: Document, path: FieldPath, value: Any, findings: list[Finding]) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    findings.append(_unreadable(document, path, f"`{path[-1]}` is no mapping"))
    return {}


def _read_model(document: Document, path: FieldPath, value: Any, findings: list[Finding]) -> LockedModel:
    entry = _mapping(document, path, value, findings)
    if not entry:
        return LockedModel("")
    variants: dict[str, LockedVariant] = {}
    missing: dict[str, str] = {}
    for name, variant in _mapping(document, (*path, "variants"), entry.get("variants"), findings).items():
        if isinstance(variant, dict) and isinstance(variant.get("notLocked"), str):
            missing[name] = variant["notLocked"]
            continue
        read = _tried(_read_variant, variant)
        if read is None:
            here = (*path, "variants", name)
            findings.append(_unreadable(document, here, f"`{name}` is not what a locked variant holds"))
        else:
            variants[name] = read
    golden = _tried(_read_file, entry["golden"]) if "golden" in entry else None
    if golden is None and "golden" in entry:
        findings.append(
            _unreadable(document, (*path, "golden"), "`golden` is no file with its digest and size")
        )
    measured, figures = _read_measured(document, (*path, "measured"), entry, findings)
    version = entry.get("version")
    if not isinstance(version, str):
        findings.append(_unreadable(document, (*path, "version"), f"`{path[-1]}` has no version"))
        version = ""
    return LockedModel(version, variants, missing, golden, measured, figures)


def _read_measured(
    document: Document, path: FieldPath, entry: dict[str, Any], findings: list[Finding]
) -> tuple[LockedFile | None, tuple[Figure, ...]]:
    if "measured" not in entry:
        return None, ()
    file, figures = _tried(_read_file, entry["measured"]), _tried(_read_figures, entry["measured"])
    if file is None or figures is None:
        findings.append(_unreadable(document, path, "`measured` is no file with its figures"))
        return None, ()
    return file, figures


def _read_figures(value: Any) -> tuple[Figure, ...]:
    return tuple(
        Figure(
            _text(each["class"]),
            _text(each["tier"]),
            _whole(each["batch"], least=1),
            _whole(each["p99Microseconds"]),
            _whole(each["powerMilliwatts"]) if "powerMilliwatts" in each else None,
        )
        for each in _list(value["figures"])
    )


def _tried(read: Callable[[Any], _T], value: Any) -> _T | None:
    """What was read; None where the value has another shape."""
    try:
        return read(value)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _read_variant(value: Any) -> LockedVariant:
    accuracy = value.get("metrics", {}).get("accuracyMillionths")
    file = _path(value["file"])
    weights = tuple(_read_file(each) for each in _list(value.get("weights", [])))
    if not all(PurePosixPath(each.file).is_relative_to(PurePosixPath(file).parent) for each in weights):
        raise ValueError("weights elsewhere")
    return LockedVariant(
        file=file,
        digest=_digest(value["digest"]),
        size=_whole(value["size"]),
        artifacts={
            _text(architecture): _digest(digest) for architecture, digest in value["artifacts"].items()
        },
        precision=_text(value["precision"]),
        inputs=_read_tensors(value["inputs"]),
        outputs=_read_tensors(value["outputs"]),
        accuracy=None if accuracy is None else _whole(accuracy),
        weights=weights,
        memory=_read_memory(value["memory"]) if "memory" in value else None,
    )


def _read_memory(value: Any) -> LockedMemory:
    line = value.get("activations")
    return LockedMemory(
        _whole(value["weights"]),
        _whole(value["loading"]),
        _whole(value["held"]),
        None if line is None else _whole(line["fixed"]),
        None if line is None else _whole(line["perItem"]),
    )


def _read_file(value: Any) -> LockedFile:
    return LockedFile(_path(value["file"]), _digest(value["digest"]), _whole(value["size"]))


def _read_tensors(values: Any) -> tuple[Tensor, ...]:
    return tuple(
        Tensor(
            _text(each["name"]),
            _text(each["datatype"]),
            tuple(_whole(size, least=-1) for size in _list(each["shape"])),
        )
        for each in _list(values)
    )


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _path(value: Any) -> str:
    """A path below the fleet's folder."""
    path = PurePosixPath(_text(value))
    if path.is_absolute() or ".." in path.parts or "\0" in value:
        raise ValueError("not below the folder")
    return str(value)


def _whole(value: Any, least: int = 0) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("no whole number")
    if value < least:
        raise ValueError("too small")
    return value


def _digest(value: Any) -> str:
    if not _DIGEST.fullmatch(_text(value)):
        raise ValueError("no digest")
    return str(value)


def _unreadable(document: Document, path: FieldPath, message: str) -> Finding:
    return Finding(
        rule="lock-unreadable",
        level="error",
        message=message,
        remedy="run `edgewright lock` to write it anew",
        path=path,
        place=document.place(path),
        waivable=False,
    )
