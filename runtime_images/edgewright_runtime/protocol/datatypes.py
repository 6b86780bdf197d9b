"""The datatypes of the protocol as numpy knows them, and tensors as lists and as bytes."""

from __future__ import annotations

import struct
from itertools import chain
from math import prod
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edgewright_runtime.protocol.fault import RequestFault

DTYPES: Final[dict[str, np.dtype[Any]]] = {
    "BOOL": np.dtype("?"),
    "UINT8": np.dtype("u1"),
    "UINT16": np.dtype("<u2"),
    "UINT32": np.dtype("<u4"),
    "UINT64": np.dtype("<u8"),
    "INT8": np.dtype("i1"),
    "INT16": np.dtype("<i2"),
    "INT32": np.dtype("<i4"),
    "INT64": np.dtype("<i8"),
    "FP16": np.dtype("<f2"),
    "FP32": np.dtype("<f4"),
    "FP64": np.dtype("<f8"),
    "BYTES": np.dtype(object),
}
"""OIP datatype ⇒ numpy's. BF16 is missing: numpy has no such type, so no tensor of it can be answered."""

_NAMES: Final = {dtype: name for name, dtype in DTYPES.items() if name != "BYTES"}
_WORDS: Final = {"b": "true or false", "i": "whole numbers", "u": "whole numbers from 0", "f": "numbers"}
_DEEPEST: Final = 32  # dimensions that numpy can have
_LENGTH: Final = struct.Struct("<I")


def datatype_of(array: NDArray[Any]) -> str:
    """The OIP datatype of an array, little endian; text and bytes are BYTES."""
    if array.dtype.kind in "OSU":
        return "BYTES"
    return _NAMES[array.dtype]


def from_list(name: str, datatype: str, shape: tuple[int, ...], values: Any) -> NDArray[Any]:
    """A tensor out of JSON, flat or nested. Raises RequestFault where a value is not of the datatype."""
    if datatype == "FP16":
        # The protocol has no JSON for it: too many readers would lose bits. Triton refuses it likewise.
        raise RequestFault(f"`{name}` is FP16, which JSON cannot carry: send it as binary data")
    flat, kinds = _flat(name, values, prod(shape))
    if datatype == "BYTES":
        if not kinds <= {str}:
            raise RequestFault(f"`{name}` is BYTES: every element has to be a string")
        array = np.empty(len(flat), dtype=object)
        array[:] = [value.encode() for value in flat]
    else:
        array = _numbers(name, datatype, flat, kinds)
    return array.reshape(shape)


def _flat(name: str, values: Any, count: int) -> tuple[list[Any], set[type]]:
    """Nested lists as one list of `count` values, and what types these have."""
    if not isinstance(values, list):
        raise RequestFault(f"`data` of `{name}` is no list")
    flat: list[Any] = values
    for _ in range(_DEEPEST):
        kinds = set(map(type, flat))  # the quickest way to look at each: there may be millions
        if list not in kinds:
            break
        if len(kinds) > 1:
            raise RequestFault(f"`data` of `{name}` is nested unevenly")
        flat = list(chain.from_iterable(flat))
    if len(flat) != count:
        raise RequestFault(f"`data` of `{name}` has {len(flat):,} elements, its shape asks for {count:,}")
    return flat, kinds


def _numbers(name: str, datatype: str, flat: list[Any], kinds: set[type]) -> NDArray[Any]:
    dtype = DTYPES[datatype]
    allowed: set[type] = {bool} if dtype.kind == "b" else {int} if dtype.kind in "iu" else {int, float}
    if not kinds <= allowed:
        raise RequestFault(f"`{name}` is {datatype}: every element has to be {_WORDS[dtype.kind]}")
    try:
        array = np.array(flat, dtype=dtype)
    except OverflowError:
        raise RequestFault(f"`{name}` has a value that {datatype} cannot hold") from None
    return array


def from_bytes(name: str, datatype: str, shape: tuple[int, ...], raw: memoryview) -> NDArray[Any]:
    """A tensor out of binary data, without a copy where the datatype allows it. Raises RequestFault."""
    count = prod(shape)
    if datatype == "BYTES":
        return _strings(name, raw, count).reshape(shape)
    dtype = DTYPES[datatype]
    if len(raw) != count * dtype.itemsize:
        raise RequestFault(
            f"`{name}` has {len(raw):,} bytes of binary data, {datatype} {list(shape)} takes {count * dtype.itemsize:,}"
        )
    if datatype == "BOOL" and count and np.frombuffer(raw, np.uint8).max() > 1:
        raise RequestFault(f"`{name}` is BOOL: every byte has to be 0 or 1")
    array: NDArray[Any] = np.ndarray(shape, dtype, raw)
    return array


def _strings(name: str, raw: memoryview, count: int) -> NDArray[Any]:
    """Each element is its length (4 bytes, little endian) and its bytes."""
    array, at = np.empty(min(count, len(raw)), dtype=object), 0
    for index in range(count):
        if at + 4 > len(raw):
            raise RequestFault(f"`{name}` ends after {index:,} of {count:,} elements")
        (length,) = _LENGTH.unpack_from(raw, at)
        at += 4
        if at + length > len(raw):
            raise RequestFault(f"element {index:,} of `{name}` is longer than its binary data")
        array[index] = bytes(raw[at : at + length])
        at += length
    if at != len(raw):
        raise RequestFault(f"`{name}` has {len(raw) - at:,} bytes behind its {count:,} elements")
    return array


def check_text(name: str, array: NDArray[Any]) -> None:
    """Raise RequestFault where an element is no text: the strings of an ONNX model are."""
    for index, value in enumerate(array.ravel()):
        try:
            value.decode()
        except UnicodeDecodeError:
            raise RequestFault(f"element {index:,} of `{name}` is not UTF-8, which the model takes") from None


def to_list(array: NDArray[Any]) -> list[Any]:
    """A tensor as JSON has it: flat, in row-major order. Raises ValueError where JSON cannot carry it."""
    flat = array.ravel()
    if array.dtype.kind == "O":
        return [value.decode() if isinstance(value, bytes) else str(value) for value in flat]
    if array.dtype.kind == "f" and not np.isfinite(flat).all():
        raise ValueError("JSON has no way to write infinity, or what is no number")
    return list(flat.tolist())


def to_bytes(array: NDArray[Any]) -> bytes:
    """A tensor, little endian, as binary data in row-major order."""
    if array.dtype.kind != "O":
        return array.tobytes()
    raws = [value if isinstance(value, bytes) else str(value).encode() for value in array.ravel()]
    return b"".join(_LENGTH.pack(len(raw)) + raw for raw in raws)
