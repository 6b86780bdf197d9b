"""Engines that were built on this device, kept over restarts: found again only where they are exactly right.

TensorRT builds an engine for one model, one GPU, one version of itself and one precision, and it takes minutes;
ONNX Runtime optimises a graph for one model, one processor and one version of itself. Each such combination has a
folder of its own, named by a digest of it. `made.json` in it is written when what is kept is whole, with the
digest of every file: whatever is cut off, changed or somebody else's has no right one, is removed, and made anew.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import platform
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

_MADE: Final = "made.json"
_TIMING: Final = "timing"
_OF_PROCESSORS: Final = ("vendor_id", "model name", "flags", "CPU implementer", "CPU part", "Features")


@dataclass(frozen=True, slots=True)
class EngineKey:
    """What an engine belongs to. `gpu` is its name and compute capability, `tensorrt` a version as 10.3.0."""

    model: str
    gpu: str
    tensorrt: str
    precision: str


@dataclass(frozen=True, slots=True)
class GraphKey:
    """What an optimised graph belongs to. `processor` is what `processor_of_device` says, `onnxruntime` a
    version as 1.32.0."""

    model: str
    processor: str
    onnxruntime: str


Key = EngineKey | GraphKey


def _folder(key: Key) -> str:
    """The name of the folder, the same for the same key."""
    text = json.dumps(asdict(key), sort_keys=True).encode()
    return hashlib.sha256(text).hexdigest()[:32]


def prepared(cache: Path, key: Key) -> tuple[Path, bool]:
    """The folder of an engine, and whether a whole one lies in it; what is not whole has been removed."""
    folder = cache / _folder(key)
    if _is_whole(folder, key):
        with suppress(OSError):  # a cache that was filled elsewhere and is mounted read-only
            os.utime(folder)  # used last: what is made room for is what was not used for longest
        return folder, True
    return emptied(folder), False


def emptied(folder: Path) -> Path:
    """The folder, with nothing in it. Raises OSError."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def sealed(folder: Path, key: Key) -> None:
    """Say that the engine in a folder is whole. Written beside and renamed: there or not there."""
    values = {"key": asdict(key), "files": _digests(folder)}
    part = folder / f".{_MADE}"
    with part.open("w", encoding="utf-8") as out:
        json.dump(values, out, indent=2, sort_keys=True)
        out.flush()
        os.fsync(out.fileno())
    part.replace(folder / _MADE)


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())


def make_room(cache: Path, size: int, keep: Path) -> None:
    """Remove folders that were not used for longest until all that lie in the cache take at most `size` bytes;
    never `keep`."""
    folders = [each for each in cache.iterdir() if each.is_dir() and each.name != _TIMING]
    sizes = {each: size_of(each) for each in folders}
    total = sum(sizes.values())
    for folder in sorted(folders, key=lambda each: each.stat().st_mtime_ns):
        if total <= size:
            return
        if folder != keep:
            shutil.rmtree(folder, ignore_errors=True)
            total -= sizes[folder]


def cache_options(cache: Path, folder: Path) -> dict[str, str]:
    """What ONNX Runtime's TensorRT provider is told, so that it reads and writes engines in `folder`.

    https://onnxruntime.ai/docs/execution-providers/TensorRT-ExecutionProvider.html
    """
    timing = cache / _TIMING
    timing.mkdir(parents=True, exist_ok=True)
    return {
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": str(folder),
        "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": str(timing),
    }


def forget_timings(cache: Path) -> bool:
    """Remove what was measured for earlier engines; whether there was anything. A file that was cut off makes every
    build fail: it has no seal, for each build writes it again."""
    there = any((cache / _TIMING).glob("*"))
    shutil.rmtree(cache / _TIMING, ignore_errors=True)
    return there


def precision_options(precision: str) -> dict[str, str]:
    """Which types TensorRT may compute in."""
    return {
        "trt_fp16_enable": "1" if precision in ("fp16", "int8") else "0",
        "trt_int8_enable": "1" if precision == "int8" else "0",
    }


def gpu_of_device() -> str:
    """The first GPU's name and compute capability, as the CUDA driver says them. Raises OSError without one."""
    cuda = ctypes.CDLL("libcuda.so.1")
    device, name = ctypes.c_int(), ctypes.create_string_buffer(128)
    major, minor = ctypes.c_int(), ctypes.c_int()
    calls = (
        cuda.cuInit(0),
        cuda.cuDeviceGet(ctypes.byref(device), 0),
        cuda.cuDeviceGetName(name, len(name), device),
        cuda.cuDeviceGetAttribute(ctypes.byref(major), 75, device),  # COMPUTE_CAPABILITY_MAJOR of cuda.h
        cuda.cuDeviceGetAttribute(ctypes.byref(minor), 76, device),  # …_MINOR
    )
    if any(calls):
        raise OSError(f"the CUDA driver answers with error {next(filter(None, calls))}")
    return f"{name.value.decode()} {major.value}.{minor.value}"


def processor_of_device() -> str:
    """A digest of what the kernel says of the processor's kind and instructions: graphs are laid out for both."""
    said = {platform.machine()}
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
        said |= {line for line in lines if line.partition(":")[0].strip() in _OF_PROCESSORS}
    return hashlib.sha256("\n".join(sorted(said)).encode()).hexdigest()


def tensorrt_version() -> str:
    """The version of TensorRT's library, whichever major one is there. Raises OSError where none is."""
    for major in (11, 10, 8):
        with suppress(OSError):
            number: int = ctypes.CDLL(f"libnvinfer.so.{major}").getInferLibVersion()
            step = 1000 if number < 10_000 else 10_000  # 8502 is 8.5.2, 100300 is 10.3.0
            return f"{number // step}.{number % step // 100}.{number % 100}"
    raise OSError("there is no libnvinfer.so of TensorRT 8, 10 or 11")


def _is_whole(folder: Path, key: Key) -> bool:
    try:
        made = json.loads((folder / _MADE).read_bytes())
        return bool(made["key"] == asdict(key) and made["files"] and made["files"] == _digests(folder))
    except (KeyError, OSError, TypeError, ValueError):
        return False


def _digests(folder: Path) -> Mapping[str, str]:
    """Name ⇒ digest of every file but the seal. A link counts as no file: nothing here makes one."""
    files = sorted(each for each in folder.iterdir() if each.name not in (_MADE, f".{_MADE}"))
    if any(each.is_symlink() or not each.is_file() for each in files):
        raise ValueError("something else than files")
    return {each.name: _sha256(each) for each in files}


def _sha256(file: Path) -> str:
    found = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            found.update(chunk)
    return found.hexdigest()
