"""What an ONNX file says of itself: operator sets, kinds of weights, files beside it.

ONNX is protobuf; a few numbered fields are all that is needed, so they are read here straight from the
bytes. Weights are stepped over, never read: a file of two gigabytes costs no more than its graph.
Source: onnx.proto of ONNX 1.19 (field numbers are fixed for ever) and protobuf's "Encoding".
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

Precision = Literal["fp64", "fp32", "fp16", "bf16", "int8"]

MOST_FIELDS = 2_000_000
"""Fields looked at before a file is refused: a few seconds, and many times what a large graph has."""

_FOREIGN = "it is no ONNX file, or is cut short"
_DEEPEST = 100  # protobuf's own limit
_MOST_DIMENSIONS = 64

_Message = Literal["model", "opset", "graph", "node", "attribute", "tensor", "entry", "sparse", "function"]
Value: TypeAlias = int | memoryview
_Open: TypeAlias = tuple[_Message, Iterator[tuple[int, Value]], dict[int, list[Value]]]

_WITHIN: dict[_Message, dict[int, _Message]] = {
    "model": {7: "graph", 8: "opset", 25: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "tensor": {13: "entry"},
    "sparse": {1: "tensor", 2: "tensor"},
    "function": {7: "node", 11: "attribute"},
}

_KEPT: dict[_Message, tuple[int, ...]] = {"opset": (1, 2), "node": (4,), "tensor": (1, 2), "entry": (1, 2)}

_FLOATS: dict[int, Precision] = {1: "fp32", 10: "fp16", 11: "fp64", 16: "bf16"}
_QUANTISED = ("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "ConvInteger", "MatMulInteger")


class NotOnnx(ValueError):
    """The bytes are no ONNX model; the text says what about them."""


@dataclass(frozen=True, slots=True)
class OnnxFile:
    """`opset` is the version of the standard operators, 0 where there are none; `external` are the names of
    the files with weights, as the model writes them, sorted."""

    opset: int
    precision: Precision
    external: tuple[str, ...]


def read_onnx(content: memoryview) -> OnnxFile:
    """What the bytes say; raises NotOnnx where they are no model, are cut short or hold too much.

    The precision is int8 where anything is quantised, else that of most weights.
    """
    weights: Counter[Precision] = Counter()
    kinds, external, opset, quantised = set(), set(), 0, False
    for kind, found in _messages(content):
        kinds.add(kind)
        if kind == "opset" and text(found.get(1)) in ("", "ai.onnx"):
            opset = max(opset, number(found.get(2)))
        elif kind == "node":
            operator = text(found.get(4))
            quantised |= operator in _QUANTISED or operator.startswith("QLinear")
        elif kind == "tensor" and (precision := _FLOATS.get(number(found.get(2)))):
            weights[precision] += math.prod(count(found.get(1, [])))
        elif kind == "entry" and text(found.get(1)) == "location":
            external.add(text(found.get(2)))
    if "graph" not in kinds:
        raise NotOnnx("it is no ONNX file: there is no graph in it")
    most: Precision = max(weights, key=lambda each: (weights[each], each), default="fp32")
    return OnnxFile(opset, "int8" if quantised else most, tuple(sorted(external)))


def _messages(content: memoryview) -> Iterator[tuple[_Message, dict[int, list[Value]]]]:
    """Every message of the file, inner ones first, with those of its fields that are asked for."""
    open_ones: list[_Open] = [("model", fields(content), {})]
    seen = 0
    while open_ones:
        kind, rest, kept = open_ones[-1]
        field, value = next(rest, (0, 0))
        seen += 1
        inner = _WITHIN.get(kind, {}).get(field)
        if field == 0:
            yield kind, kept
            open_ones.pop()
        elif inner and isinstance(value, memoryview):
            open_ones.append((inner, fields(value), {}))
        elif field in _KEPT.get(kind, ()):
            kept.setdefault(field, []).append(value)
        if seen > MOST_FIELDS or len(open_ones) > _DEEPEST:
            raise NotOnnx("its graph is larger, or nested deeper, than any that was ever trained")


def count(dimensions: list[Value]) -> tuple[int, ...]:
    """The dimensions of a tensor, which come one a field, or packed into one."""
    found: list[int] = []
    for value in dimensions:
        at = 0
        if isinstance(value, int):
            found.append(value)
        while isinstance(value, memoryview) and at < len(value) and len(found) <= _MOST_DIMENSIONS:
            number, at = _varint(value, at)
            found.append(number)
    if len(found) > _MOST_DIMENSIONS:
        raise NotOnnx(f"a tensor has more than {_MOST_DIMENSIONS} dimensions")
    return tuple(found)


def number(values: list[Value] | None) -> int:
    """The last integer among a field's values, as protobuf has it; 0 where there is none."""
    return next((value for value in reversed(values or []) if isinstance(value, int)), 0)


def text(values: list[Value] | None) -> str:
    """The last text among a field's values; empty where there is none."""
    found = next((value for value in reversed(values or []) if isinstance(value, memoryview)), None)
    return "" if found is None else bytes(found[:4096]).decode("utf-8", "replace")


def fields(content: memoryview) -> Iterator[tuple[int, Value]]:
    """Number and value of each field of a message: integers, or the bytes of what has a length."""
    at, end = 0, len(content)
    while at < end:
        key, at = _varint(content, at)
        number, kind, size = key >> 3, key & 7, 0
        if number == 0:
            raise NotOnnx(_FOREIGN)
        if kind == 0:
            value, at = _varint(content, at)
            yield number, value
            continue
        if kind == 2:
            size, at = _varint(content, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise NotOnnx(_FOREIGN)
        if at + size > end:
            raise NotOnnx(_FOREIGN)
        yield number, content[at : at + size]
        at += size


def _varint(content: memoryview, at: int) -> tuple[int, int]:
    """An integer of protobuf's variable length, and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(content):
            raise NotOnnx(_FOREIGN)
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise NotOnnx(_FOREIGN)
