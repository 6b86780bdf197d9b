"""Rendered Pods, and their volumes as a node mounts them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from tests.runtime_images.serving import ROOT

from edgewright.artifact.card import Card
from edgewright.artifact.lock_file import read_lock
from edgewright.artifact.model import model_layer
from edgewright.assembly.publication.chunks import chunks_of
from edgewright.commands.main import main
from edgewright.document.document import read_document


def objects_of_the_kiosk(folder: Path) -> dict[str, dict[str, Any]]:
    """What `edgewright render` writes for the workload of the example's class `kiosk`, by kind."""
    assert main(["render", str(ROOT / "fleet.yaml"), "--unlocked", "--out", str(folder)]) == 0
    return objects_in(folder / "kiosk/manifests/inspect.yaml")


def objects_in(file: Path) -> dict[str, dict[str, Any]]:
    """The objects of a rendered workload, by kind."""
    return {each["kind"]: each for each in yaml.safe_load_all(file.read_text())}


def model_of_the_example(volume: dict[str, Any], folder: Path) -> None:
    """Lay what a node mounts for a form of the example's model: the layer of its artifact."""
    lock, _ = read_lock(read_document(ROOT / "fleet.lock"))
    card = Card("surface-defects", lock.models["surface-defects"], volume["name"].removeprefix("model-"))
    content = b"".join(model_layer(card, partial(chunks_of, ROOT)).chunks())
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(folder)


def volumes(
    pod: dict[str, Any],
    config_map: dict[str, Any],
    folder: Path,
    lay_image: Callable[[dict[str, Any], Path], None] = model_of_the_example,
) -> dict[str, Path]:
    """The Pod's volumes on this machine. `lay_image(volume, place)` unpacks the image of a volume."""
    found = {}
    for volume in pod["spec"]["volumes"]:
        place = found[volume["name"]] = folder / volume["name"]
        place.mkdir(parents=True)
        if "configMap" in volume:
            assert volume["configMap"]["name"] == config_map["metadata"]["name"]
            for name, text in config_map["data"].items():
                (place / name).write_text(text)
        elif "image" in volume:
            lay_image(volume, place)
        else:
            place.chmod(0o2777)
    return found
