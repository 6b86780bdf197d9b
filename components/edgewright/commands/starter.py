"""The first fleet.yaml, out of a few answers: a template with comments, filled in and proved."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.resources import files
from io import StringIO
from typing import Any, Final

from edgewright.catalogue import Board, Catalogue, version_key
from edgewright.errors import FieldPath, Finding

CLASS: Final = "edge"
_NAME_IN_TEMPLATE: Final = "my-model"
_REGISTRY_IN_TEMPLATE: Final = "registry.example/my-fleet"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a first fleet needs to know, as it was typed; `devices` is a count."""

    name: str = "my-fleet"
    registry: str = _REGISTRY_IN_TEMPLATE
    board: str = "jetson-orin-nx-16gb"
    model: str = "models/my-model.onnx"
    version: str = "1.0.0"
    devices: str = "1"

    def with_default_registry(self) -> Answers:
        """The same, with a registry of the fleet's own where none was named."""
        named = self.registry != _REGISTRY_IN_TEMPLATE
        return self if named else Answers(**{**asdict(self), "registry": f"registry.example/{self.name}"})


def wrong_with(question: str, answers: Answers, catalogue: Catalogue) -> Finding | None:
    """What `check` would say of one answer, None where it is fine."""
    from edgewright.fleet import read_fleet

    model = model_name(answers.model)
    paths: Mapping[str, FieldPath] = {
        "name": ("fleet",),
        "registry": ("registry",),
        "board": ("deviceClasses", CLASS, "board"),
        "model": ("models", model, "source"),
        "version": ("models", model, "version"),
        "devices": ("deviceClasses", CLASS, "devices"),
    }
    found = read_fleet(_values(answers), catalogue).findings
    return next((each for each in found if each.path == paths[question] and each.level == "error"), None)


def _values(answers: Answers) -> dict[str, Any]:
    from edgewright.document.scalars import resolve
    from edgewright.fleet.migrations import CURRENT

    model = model_name(answers.model)
    return {
        "apiVersion": CURRENT,
        "fleet": answers.name,
        "registry": answers.registry,
        "deviceClasses": {CLASS: {"board": answers.board, "devices": resolve(answers.devices)}},
        "models": {model: {"version": answers.version, "source": answers.model}},
        "workloads": {model: {"model": model}},
    }


def model_name(path: str) -> str:
    """A name for the model in a file: the file's, or its folder's where the file is just `model.onnx`."""
    parts = [part for part in path.split("/") if part.strip(".")] or [""]
    last = parts[-1].removesuffix(".onnx")
    if last == "model" and len(parts) > 1:
        last = parts[-2]
    plain = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower())[:63].strip("-") or "model"


def starter(answers: Answers, catalogue: Catalogue) -> str:
    """The text of a fleet.yaml that `check` has nothing against; each answer has to be a right one."""
    from ruamel.yaml import YAML

    template = files("edgewright.commands").joinpath("templates", "fleet.yaml").read_text(encoding="utf-8")
    yaml = YAML()
    yaml.width = 4096
    yaml.preserve_quotes = True
    fleet = yaml.load(template.replace(f"{_REGISTRY_IN_TEMPLATE}/**", f"{answers.registry}/**"))
    _fill(fleet, answers, catalogue)
    out = StringIO()
    yaml.dump(fleet, out)
    return out.getvalue()


def _fill(fleet: Any, answers: Answers, catalogue: Catalogue) -> None:
    from edgewright.document.scalars import resolve

    fleet["fleet"], fleet["registry"] = _text(answers.name), _text(answers.registry)
    devices = fleet["deviceClasses"][CLASS]
    devices["board"], devices["devices"] = _text(answers.board), resolve(answers.devices)
    board = catalogue.boards[answers.board]
    jetpack = _jetpack(board, catalogue)
    if jetpack is None:
        del devices["software"]["jetpack"]
    else:
        devices["software"]["jetpack"] = _text(jetpack)
    name = model_name(answers.model)
    model, workload = (fleet[section].pop(_NAME_IN_TEMPLATE) for section in ("models", "workloads"))
    fleet["models"][_text(name)], fleet["workloads"][_text(name)] = model, workload
    model["version"] = answers.version  # two dots: no reader takes it for a number
    model["source"], workload["model"] = _text(answers.model), _text(name)
    if jetpack is None or not _gpu_is_used(jetpack, catalogue):
        del workload["resources"]["gpu"]


def _jetpack(board: Board, catalogue: Catalogue) -> str | None:
    """The newest JetPack that the board runs, one whose images use the GPU before all others."""
    fitting = [version for version in catalogue.jetpacks if catalogue.takes_jetpack(board, version)]
    ranked = sorted(fitting, key=lambda version: (_gpu_is_used(version, catalogue), version_key(version)))
    return ranked[-1] if ranked else None


def _gpu_is_used(jetpack: str, catalogue: Catalogue) -> bool:
    platform = catalogue.jetpacks[jetpack].platform
    return any(platform in runtime.images for runtime in catalogue.runtimes.values())


def _text(value: str) -> Any:
    """The value as YAML writes it, in quotes where some reader would take it for something else."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    from edgewright.document.emit import emit

    return value if emit(value) == f"{value}\n" else DoubleQuotedScalarString(value)
