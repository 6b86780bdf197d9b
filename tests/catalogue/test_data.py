"""The built-in data: complete, typed, sourced, and in agreement with itself."""

from __future__ import annotations

import dataclasses
import json
import re
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

import edgewright.catalogue
from edgewright.catalogue import Catalogue, load, version_key
from edgewright.catalogue.k3s import k3s_key
from edgewright.catalogue.loading import SECTIONS
from edgewright.catalogue.records import camel

DATA = Path(edgewright.catalogue.__file__).parent / "data"
ENTRIES = [
    pytest.param(entry, id=f"{section}/{name}")
    for section in SECTIONS
    for name, entry in getattr(load(), section).items()
]
SOURCED = [param for param in ENTRIES if hasattr(param.values[0], "sources")]
GIB = 2**30


def without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len({key for key, _ in pairs}) == len(pairs), f"a key twice among {[key for key, _ in pairs]}"
    return dict(pairs)


def agrees(value: object, hint: Any) -> bool:
    """Whether the value is of the annotated type, all the way down."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return value in args
    if origin in (Union, types.UnionType):
        return any(agrees(value, arg) for arg in args)
    if origin is tuple:
        return isinstance(value, tuple) and all(agrees(element, args[0]) for element in value)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(
            agrees(key, args[0]) and agrees(element, args[1]) for key, element in value.items()
        )
    if dataclasses.is_dataclass(hint):
        return type(value) is hint and fields_agree(value)
    return type(value) is hint


def fields_agree(entry: Any) -> bool:
    hints = get_type_hints(type(entry))
    return all(agrees(getattr(entry, field.name), hints[field.name]) for field in dataclasses.fields(entry))


def test_a_file_a_section_and_no_key_twice() -> None:
    assert sorted(file.stem for file in DATA.iterdir()) == sorted(SECTIONS)
    for section in SECTIONS:
        text = (DATA / f"{section}.json").read_text(encoding="utf-8")
        assert list(json.loads(text, object_pairs_hook=without_twins)) == [section]
        assert text.endswith("}\n")


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_field_is_of_its_type(entry: Any) -> None:
    assert fields_agree(entry)


@pytest.mark.parametrize("entry", SOURCED)
def test_every_figure_has_a_source_that_can_be_opened(entry: Any) -> None:
    for field in dataclasses.fields(entry):
        if field.name not in ("title", "meaning", "sources") and getattr(entry, field.name) not in (None, ()):
            assert entry.sources.get(camel(field.name)) or entry.sources.get("*"), field.name
    for sources in entry.sources.values():
        assert sources
        assert all(re.fullmatch(r"https://[^\s/]+\.[a-z]{2,}/\S*", source) for source in sources)


def test_names_are_what_a_fleet_can_write() -> None:
    for section in ("boards", "gpus", "backends", "runtimes", "platforms"):
        for name in getattr(load(), section):
            assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name), name
    for name in load().parts:
        assert re.fullmatch(r"[a-z][A-Za-z0-9]*", name), name


def test_what_the_example_fleet_names_is_there() -> None:
    catalogue = load()
    assert {"jetson-orin-nx-16gb", "intel-n100-8gb"} <= set(catalogue.boards)
    assert "nvidia-l4" in catalogue.gpus
    assert {"tensorrt", "onnxruntime-cuda", "onnxruntime-cpu"} <= set(catalogue.backends)
    platform = {"kyverno", "argoRollouts", "flux", "prometheus", "nvidiaDevicePlugin"}
    assert set(catalogue.parts) == {*platform, "k3s", "coredns"}
    assert catalogue.boards["jetson-orin-nx-16gb"].power_modes["25W"].cpu_cores == 8


def test_boards_agree_with_themselves() -> None:
    for name, board in load().boards.items():
        assert board.memory_bytes % GIB == 0, name
        assert name.rpartition("-")[2] in (f"{board.memory_bytes // GIB}gb", "thor"), name
        if board.gpu is not None:
            assert (board.gpu.compute_capability is not None) == (board.gpu.kind == "nvidia-gpu"), name
        assert bool(board.jetpack_from) == name.startswith("jetson-"), name
        for mode_name, mode in board.power_modes.items():
            assert mode.cpu_cores is None or mode.cpu_cores <= board.cpu_cores, (name, mode_name)
            watts = re.match(r"([0-9]+)W", mode_name)
            assert watts is None or mode.power_milliwatts == 1000 * int(watts[1]), (name, mode_name)
            assert mode.cpu_max_hertz is None or 5e8 < mode.cpu_max_hertz < 3e9, (name, mode_name)
            assert mode.gpu_max_hertz is None or 3e8 <= mode.gpu_max_hertz < 2e9, (name, mode_name)


def test_the_first_jetpack_of_a_major_comes_once_and_in_order() -> None:
    for name, board in load().boards.items():
        for starts in (board.jetpack_from, *(mode.jetpack_from for mode in board.power_modes.values())):
            keys = [version_key(start) for start in starts]
            assert keys == sorted(keys), name
            assert len({key[0] for key in keys}) == len(keys), name
            assert all(load().takes_jetpack(board, start) for start in starts), name


def test_jetpacks_agree_with_their_platform() -> None:
    catalogue = load()
    assert list(catalogue.jetpacks) == sorted(catalogue.jetpacks, key=version_key)
    for version, jetpack in catalogue.jetpacks.items():
        platform = catalogue.platforms[jetpack.platform]
        assert platform.jetpack == version_key(version)[0], version
        assert platform.cuda == version_key(jetpack.cuda)[0], version
        assert platform.architecture == "arm64", version


def test_slices_of_a_gpu_fit_on_it() -> None:
    for name, gpu in load().gpus.items():
        for profile, mig in gpu.mig_profiles.items():
            assert mig.memory_bytes * mig.greatest_count <= gpu.memory_bytes, (name, profile)
            assert f".{mig.memory_bytes // GIB}gb" in profile, (name, profile)


def test_k3s_lines_and_their_releases_are_in_order() -> None:
    lines = load().k3s
    keys = [k3s_key(f"{line}.0+k3s1") for line in lines]
    assert None not in keys
    assert keys == sorted(keys, key=str)
    for line in lines.values():
        releases = [k3s_key(release) for release in line.containerd]
        assert releases == sorted(releases, key=str)


def test_a_backend_that_needs_cuda_runs_on_nvidia_only() -> None:
    for name, backend in load().backends.items():
        assert backend.needs_cuda == (backend.accelerator == "nvidia-gpu"), name
        assert (backend.provider is not None) == name.startswith("onnxruntime"), name


def test_images_are_for_platforms_that_carry_a_backend_of_the_runtime() -> None:
    catalogue: Catalogue = load()
    for name, runtime in catalogue.runtimes.items():
        needs_cuda = any(catalogue.backends[backend].needs_cuda for backend in runtime.backends)
        for platform in runtime.images:
            assert (catalogue.platforms[platform].cuda is not None) == needs_cuda, (name, platform)
            architecture = catalogue.platforms[platform].architecture
            assert all(architecture in catalogue.backends[b].architectures for b in runtime.backends), name


def test_only_a_pc_with_cuda_asks_for_a_driver() -> None:
    for name, platform in load().platforms.items():
        on_pc = platform.cuda is not None and platform.jetpack is None
        assert (platform.least_driver is not None) == on_pc, name
    assert load().platforms["amd64-cuda13"].least_driver == "580.65.06"
    assert load().platforms["amd64-cuda12"].least_driver == "525.60.13"


def test_requests_of_parts_stay_below_their_limits() -> None:
    for name, part in load().parts.items():
        assert part.containers, name
        for container in part.containers.values():
            request, limit = container.memory_request_bytes, container.memory_limit_bytes
            assert request is None or limit is None or request <= limit, name


def test_releases_come_in_order_and_only_add_later_gpus() -> None:
    catalogue = load()
    for releases in (catalogue.cudas, catalogue.tensorrts, catalogue.onnxruntimes):
        assert list(releases) == sorted(releases, key=version_key)
    for with_code in (catalogue.cudas, catalogue.tensorrts):
        for version, release in with_code.items():
            keys = [version_key(each) for each in release.compute_capabilities]
            assert keys == sorted(keys), version
            assert keys[0] >= version_key("7.0"), version


def test_what_a_jetpack_brings_is_known_and_runs_on_its_boards() -> None:
    catalogue = load()
    for version, jetpack in catalogue.jetpacks.items():
        cuda, tensorrt = catalogue.cuda_of(jetpack.cuda), catalogue.tensorrt_of(jetpack.tensorrt)
        assert cuda is not None, version
        assert tensorrt is not None, version
        for name, board in catalogue.boards.items():
            if catalogue.takes_jetpack(board, version) and board.gpu is not None:
                assert board.gpu.compute_capability in cuda.compute_capabilities, (version, name)
                assert board.gpu.compute_capability in tensorrt.compute_capabilities, (version, name)


def test_the_least_driver_of_a_platform_is_that_of_its_cuda() -> None:
    catalogue = load()
    drivers = {version_key(version)[0]: cuda.least_driver for version, cuda in catalogue.cudas.items()}
    for name, platform in catalogue.platforms.items():
        if platform.least_driver is not None:
            assert platform.least_driver == drivers[platform.cuda or 0], name
    for version, cuda in catalogue.cudas.items():
        assert cuda.least_driver == drivers[version_key(version)[0]], version


def test_images_of_our_own_hold_what_their_backends_load() -> None:
    catalogue = load()
    for name, runtime in catalogue.runtimes.items():
        for platform, image in runtime.images.items():
            held = catalogue.images[image]
            assert (version_key(held.cuda)[0] if held.cuda else None) == catalogue.platforms[platform].cuda, (
                image
            )
            loads = {library for backend in runtime.backends for library in catalogue.backends[backend].loads}
            assert all(getattr(held, library) for library in loads), (name, image)
            assert held.onnxruntime, image
            known = catalogue.onnxruntime_of(held.onnxruntime)
            assert known is not None, image
            for library in ("cuda", "cudnn", "tensorrt"):
                version = getattr(held, library)
                assert version is None or version_key(version)[0] == getattr(known, library), (image, library)


def test_only_backends_with_cuda_load_it() -> None:
    for name, backend in load().backends.items():
        assert ("cuda" in backend.loads) == backend.needs_cuda, name
        assert ("openvino" in backend.loads) == ("openvino" in name), name
        assert ("tensorrt" in backend.loads) == ("tensorrt" in name), name
