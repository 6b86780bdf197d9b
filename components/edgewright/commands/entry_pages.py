"""An entry of the catalogue as a page for people, with units that they read, and as plain values."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from edgewright.catalogue.records import camel

_INDENT: Final = "    "
_WIDTH: Final = 100
_TITLES: Final = ("title", "meaning")
_UPPER: Final = {
    "cpu": "CPU", "gpu": "GPU", "npu": "NPU", "cuda": "CUDA", "cudnn": "cuDNN", "l4t": "L4T", "int8": "INT8",
    "mig": "MIG", "tensorrt": "TensorRT", "openvino": "OpenVINO", "onnxruntime": "ONNX Runtime",
    "jetpack": "JetPack", "ubuntu": "Ubuntu", "python": "Python",
}  # fmt: skip
_NONE: Final = {"power_milliwatts": "no cap stated"}
"""What it means that a field has no value; one that is not here is left out then."""


def summary(entry: Any) -> str:
    """An entry on one line: its title, or its figures where it has none."""
    for name in _TITLES:
        if hasattr(entry, name):
            return str(getattr(entry, name))
    said = []
    for field in dataclasses.fields(entry):
        value = getattr(entry, field.name)
        if field.name != "sources" and isinstance(value, str | int | tuple) and not isinstance(value, bool):
            said.append(f"{_label(field.name)} {_written(field.name, value)}")
    line = ", ".join(said)
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"


def page(kind: str, name: str, entry: Any) -> Iterator[str]:
    """The lines about an entry: what it is, each figure, and where the figures were read."""
    yield f"ENTRY     {name}"
    yield f"KIND      {kind}"
    titles = [str(getattr(entry, each)) for each in _TITLES if hasattr(entry, each)]
    if titles:
        yield from ("", *(_INDENT + title for title in titles))
    yield from ("", "FIGURES", *_block(entry, _INDENT))
    if hasattr(entry, "sources"):
        yield from ("", "SOURCES", *_sources(entry.sources))


def figures(entry: Any) -> dict[str, Any]:
    """The figures as a catalogue file writes them, in plain units, and their sources by field."""
    plain = {camel(field.name): _plain(getattr(entry, field.name)) for field in dataclasses.fields(entry)}
    sources = plain.pop("sources", {})
    return {"figures": plain, "sources": sources}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {camel(field.name): _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _block(entry: Any, indent: str) -> Iterator[str]:
    """The figures of an entry, or of a part of one, a line each; its own parts are set in."""
    shown = [(field.name, getattr(entry, field.name)) for field in dataclasses.fields(entry)]
    kept = [(name, value) for name, value in shown if _is_shown(name, value)]
    width = max((len(_label(name)) for name, value in kept if not _has_parts(value)), default=0)
    for name, value in kept:
        if not _has_parts(value):
            yield f"{indent}{_label(name):<{width}}  {_written(name, value)}"
            continue
        yield f"{indent}{_label(name)}"
        yield from _parts(value, indent + _INDENT)


def _is_shown(name: str, value: Any) -> bool:
    if name in ("sources", *_TITLES) or value == () or value == {}:
        return False
    return value is not None or name in _NONE


def _has_parts(value: Any) -> bool:
    return isinstance(value, Mapping) or dataclasses.is_dataclass(value)


def _parts(value: Any, indent: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield from _block(value, indent)
        return
    width = max(map(len, value))
    for name, each in value.items():
        inner = _on_one_line(each) if _has_parts(each) else _written("", each)
        yield f"{indent}{name:<{width}}  {inner}".rstrip()


def _on_one_line(part: Any) -> str:
    said = [
        f"{_label(field.name)} {_written(field.name, value)}"
        for field in dataclasses.fields(part)
        if _is_shown(field.name, value := getattr(part, field.name))
    ]
    return ", ".join(said) or "nothing stated"


def _label(name: str) -> str:
    """The field's name as people say it, without the unit that its value shows."""
    bare = name.removesuffix(next((unit for unit in _UNITS if name.endswith(unit)), ""))
    return " ".join(_UPPER.get(word, word) for word in bare.split("_"))


def _written(name: str, value: Any) -> str:
    if value is None:
        return _NONE.get(name, "not stated")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    for unit, write in _UNITS.items():
        if name.endswith(unit):
            return write(value)
    return str(value)


def _memory(amount: int) -> str:
    for unit, size in (("Gi", 2**30), ("Mi", 2**20), ("Ki", 2**10)):
        if amount % size == 0:
            return f"{amount // size}{unit}"
    return f"{amount}B"


def _frequency(amount: int) -> str:
    return f"{amount / 1e9:g} GHz" if amount >= 10**9 else f"{amount / 1e6:g} MHz"


_UNITS: Final[dict[str, Callable[[int], str]]] = {
    "_bytes": _memory,
    "_hertz": _frequency,
    "_milliwatts": lambda amount: f"{amount / 1000:g}W",
    "_millicores": lambda amount: f"{amount}m",
}
"""The end of a field's name ⇒ how an amount in that unit is written."""


def _sources(sources: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    whole = len(sources) == 1 and "*" in sources
    for field, places in sources.items():
        if not whole:
            yield f"{_INDENT}{'every other figure' if field == '*' else field}"
        yield from (f"{_INDENT * (1 if whole else 2)}{place}" for place in places)
