"""fleet.lock as a file: the plain values that it holds, and the way back."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any, Final

from edgewright.artifact.lock import (
    Figure,
    Lock,
    LockedCalibration,
    LockedFile,
    LockedMemory,
    LockedModel,
    LockedVariant,
    Tensor,
)
from edgewright.artifact.lock_fields import (
    a_digest,
    a_flag,
    a_list,
    a_path,
    a_text,
    a_whole,
    tried,
    unreadable,
)
from edgewright.artifact.lock_images import image_values, read_images
from edgewright.document.document import Document
from edgewright.errors import FieldPath, Finding

LOCK_VERSION: Final = 1


def lock_values(lock: Lock) -> dict[str, Any]:
    """The plain values that fleet.lock holds, in a fixed order."""
    return {
        "lockVersion": LOCK_VERSION,
        "models": {name: _model_values(model) for name, model in sorted(lock.models.items())},
        "images": image_values(lock.images, lock.missing),
    }


def _model_values(model: LockedModel) -> dict[str, Any]:
    variants = {name: _variant_values(variant) for name, variant in model.variants.items()}
    variants |= {name: {"notLocked": reason} for name, reason in model.missing.items()}
    golden = {"golden": _file_values(model.golden)} if model.golden else {}
    measured: dict[str, Any] = {}
    if model.measured:
        figures = [_figure_values(each) for each in model.figures]
        measured = {"measured": _file_values(model.measured) | {"figures": figures}}
    license = {"license": model.license} if model.license else {}
    return {
        "version": model.version,
        **license,
        **golden,
        **measured,
        "variants": dict(sorted(variants.items())),
    }


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
    if variant.answers is not None:
        values["answers"] = _file_values(variant.answers)
    if variant.signature is not None:
        values["signature"] = _file_values(variant.signature)
    if variant.calibration is not None:
        values["calibration"] = _calibration_values(variant.calibration)
    if variant.memory is not None:
        values["memory"] = _memory_values(variant.memory)
    if variant.accuracy is not None:
        values["metrics"] = {"accuracyMillionths": variant.accuracy}
    return values


def _calibration_values(calibration: LockedCalibration) -> dict[str, Any]:
    data = {"data": _file_values(calibration.data)} if calibration.data else {}
    return {"method": calibration.method, "perChannel": calibration.per_channel, **data}


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
            unreadable(document, ("lockVersion",), f"this is no fleet.lock of version {LOCK_VERSION}"),
        )
    findings: list[Finding] = []
    models = {
        name: _read_model(document, ("models", name), model, findings)
        for name, model in _section(document, "models", findings).items()
    }
    images, missing = read_images(document, _section(document, "images", findings), findings)
    return Lock(models, images, missing), tuple(findings)


def _section(document: Document, name: str, findings: list[Finding]) -> dict[str, Any]:
    """What stands below a name of the file's top; the finding is that something else than a mapping does."""
    return _mapping(document, (name,), document.value.get(name), findings)


def _mapping(document: Document, path: FieldPath, value: Any, findings: list[Finding]) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    findings.append(unreadable(document, path, f"`{path[-1]}` is no mapping"))
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
        read = tried(_read_variant, variant)
        if read is None:
            here = (*path, "variants", name)
            findings.append(unreadable(document, here, f"`{name}` is not what a locked variant holds"))
        else:
            variants[name] = read
    golden = tried(_read_file, entry["golden"]) if "golden" in entry else None
    if golden is None and "golden" in entry:
        findings.append(
            unreadable(document, (*path, "golden"), "`golden` is no file with its digest and size")
        )
    measured, figures = _read_measured(document, (*path, "measured"), entry, findings)
    version = entry.get("version")
    if not isinstance(version, str):
        findings.append(unreadable(document, (*path, "version"), f"`{path[-1]}` has no version"))
        version = ""
    license = entry.get("license")
    if license is not None and not isinstance(license, str):
        findings.append(unreadable(document, (*path, "license"), "`license` is no text"))
        license = None
    return LockedModel(version, variants, missing, golden, measured, figures, license)


def _read_measured(
    document: Document, path: FieldPath, entry: dict[str, Any], findings: list[Finding]
) -> tuple[LockedFile | None, tuple[Figure, ...]]:
    if "measured" not in entry:
        return None, ()
    file, figures = tried(_read_file, entry["measured"]), tried(_read_figures, entry["measured"])
    if file is None or figures is None:
        findings.append(unreadable(document, path, "`measured` is no file with its figures"))
        return None, ()
    return file, figures


def _read_figures(value: Any) -> tuple[Figure, ...]:
    return tuple(
        Figure(
            a_text(each["class"]),
            a_text(each["tier"]),
            a_whole(each["batch"], least=1),
            a_whole(each["p99Microseconds"]),
            a_whole(each["powerMilliwatts"]) if "powerMilliwatts" in each else None,
        )
        for each in a_list(value["figures"])
    )


def _read_variant(value: Any) -> LockedVariant:
    accuracy = value.get("metrics", {}).get("accuracyMillionths")
    file = a_path(value["file"])
    weights = tuple(_read_file(each) for each in a_list(value.get("weights", [])))
    if not all(PurePosixPath(each.file).is_relative_to(PurePosixPath(file).parent) for each in weights):
        raise ValueError("weights elsewhere")
    return LockedVariant(
        file=file,
        digest=a_digest(value["digest"]),
        size=a_whole(value["size"]),
        artifacts={
            a_text(architecture): a_digest(digest) for architecture, digest in value["artifacts"].items()
        },
        precision=a_text(value["precision"]),
        inputs=_read_tensors(value["inputs"]),
        outputs=_read_tensors(value["outputs"]),
        accuracy=None if accuracy is None else a_whole(accuracy),
        weights=weights,
        memory=_read_memory(value["memory"]) if "memory" in value else None,
        calibration=_read_calibration(value["calibration"]) if "calibration" in value else None,
        answers=_read_file(value["answers"]) if "answers" in value else None,
        signature=_read_file(value["signature"]) if "signature" in value else None,
    )


def _read_calibration(value: Any) -> LockedCalibration:
    data = _read_file(value["data"]) if "data" in value else None
    return LockedCalibration(a_text(value["method"]), a_flag(value["perChannel"]), data)


def _read_memory(value: Any) -> LockedMemory:
    line = value.get("activations")
    return LockedMemory(
        a_whole(value["weights"]),
        a_whole(value["loading"]),
        a_whole(value["held"]),
        None if line is None else a_whole(line["fixed"]),
        None if line is None else a_whole(line["perItem"]),
    )


def _read_file(value: Any) -> LockedFile:
    return LockedFile(a_path(value["file"]), a_digest(value["digest"]), a_whole(value["size"]))


def _read_tensors(values: Any) -> tuple[Tensor, ...]:
    return tuple(
        Tensor(
            a_text(each["name"]),
            a_text(each["datatype"]),
            tuple(a_whole(size, least=-1) for size in a_list(each["shape"])),
        )
        for each in a_list(values)
    )
