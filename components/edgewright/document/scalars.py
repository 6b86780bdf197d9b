"""What a plain scalar means by the core schema of YAML 1.2: null, true, an integer, a float or text.

YAML 1.1's further readings (`yes` as true, `010` as eight, `1:30` as ninety, a date) are text or
decimal here, so what a reviewer reads is what a device gets.
"""

from __future__ import annotations

import re
from math import isfinite
from typing import Final

_CONSTANTS: Final[dict[str, object]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
    ".inf": float("inf"), ".Inf": float("inf"), ".INF": float("inf"),
    "+.inf": float("inf"), "+.Inf": float("inf"), "+.INF": float("inf"),
    "-.inf": float("-inf"), "-.Inf": float("-inf"), "-.INF": float("-inf"),
    ".nan": float("nan"), ".NaN": float("nan"), ".NAN": float("nan"),
}  # fmt: skip
_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BASED: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_NUMBER_STARTS: Final = frozenset("0123456789+-.")
_LONGEST_NUMBER: Final = 100  # Python refuses to convert integers of more than 4,300 digits


def resolve(text: str) -> object:
    """The value of a plain scalar; a number that is too long or too large to be held stays text."""
    if text[:1] in _NUMBER_STARTS:
        number = _number(text)
        if number is not None:
            return number
    return _CONSTANTS.get(text, text)


def _number(text: str) -> int | float | None:
    if len(text) > _LONGEST_NUMBER:
        return None
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text[2:], 8 if text[1] == "o" else 16)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if isfinite(number) else None
    return None
