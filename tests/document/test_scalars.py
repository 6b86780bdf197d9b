"""Plain scalars mean what the core schema of YAML 1.2 says: by a table, and by ruamel.yaml's opinion."""

from __future__ import annotations

import datetime
import math
import re
import warnings

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from edgewright.document.scalars import resolve

_INFINITE, _NONE = float("inf"), "no number"

CORE = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None, "nULL": "nULL", "none": "none",
    "true": True, "True": True, "TRUE": True, "tRUE": "tRUE", "false": False, "False": False, "FALSE": False,
    "yes": "yes", "no": "no", "on": "on", "off": "off", "y": "y", "n": "n", "Y": "Y", "NO": "NO",
    "0": 0, "7": 7, "-7": -7, "+7": 7, "007": 7, "010": 10, "08": 8, "-0": 0,
    "12345678901234567890": 12345678901234567890, "1" * 100: int("1" * 100), "1" * 101: "1" * 101,
    "0o17": 15, "0o8": "0o8", "0O17": "0O17", "-0o7": "-0o7", "0x1F": 31, "0xfF": 255, "0X1F": "0X1F",
    "0xg": "0xg", "0b101": "0b101", "1_000": "1_000", "1,000": "1,000",
    "1:30": "1:30", "12:30:45": "12:30:45",
    "1.5": 1.5, "-1.5": -1.5, "+1.5": 1.5, "1.": 1.0, ".5": 0.5, "-.5": -0.5,
    ".": ".", "-": "-", "+": "+", "-.": "-.", "1e": "1e", "e3": "e3",
    "1e3": 1000.0, "1E3": 1000.0, "1e+3": 1000.0, "1e-3": 0.001, ".5e1": 5.0, "1.e1": 10.0,
    ".inf": _INFINITE, ".Inf": _INFINITE, ".INF": _INFINITE, "+.inf": _INFINITE,
    "-.inf": -_INFINITE, "-.INF": -_INFINITE, ".iNF": ".iNF",
    "inf": "inf", "nan": "nan", ".nAn": ".nAn", "-.nan": "-.nan", "1e400": "1e400", "-1e400": "-1e400",
    "2001-01-01": "2001-01-01", "6Gi": "6Gi", "1.2.3": "1.2.3", "v1": "v1",
    "\u0661": "\u0661", "1\n": "1\n", " 1": " 1",
}  # fmt: skip


@pytest.mark.parametrize("text", CORE)
def test_the_core_schema(text: str) -> None:
    found = resolve(text)
    assert found == CORE[text]
    assert type(found) is type(CORE[text])


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_not_a_number(text: str) -> None:
    found = resolve(text)
    assert isinstance(found, float)
    assert math.isnan(found)


def _second_opinion(text: str) -> object:
    """What ruamel.yaml makes of the text as a plain scalar."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = YAML(typ="safe", pure=True).load(f"- {text}\n")
    return loaded[0] if isinstance(loaded, list) and len(loaded) == 1 else _NONE


# Where ruamel.yaml reads more than the core schema: underscores, binary, signs before 0o and 0x, dates, `=`.
_MORE = re.compile(r".*_.*|[-+]?0b.*|[-+]0[ox].*|=|<<")
_PIECES = st.sampled_from(
    [
        "0",
        "1",
        "7",
        "8",
        "9",
        "+",
        "-",
        ".",
        "e",
        "E",
        "o",
        "x",
        "b",
        "f",
        "inf",
        "nan",
        "null",
        "true",
        "~",
        "T",
        "N",
    ]
)


@given(st.lists(_PIECES, min_size=1, max_size=8).map("".join) | st.from_regex(r"[!-~]{1,8}", fullmatch=True))
@example("0o17")
@example("1e5")
@example("-.5E-3")
def test_ruamel_is_of_the_same_opinion(text: str) -> None:
    assume(not _MORE.fullmatch(text))
    assume(not re.search(r"[#&*!|>'\"%@`{}\[\],?:]", text))  # not always a plain scalar
    assume(text not in ("-", "---", "...") and not text.startswith("- "))
    try:
        other = _second_opinion(text)
    except (YAMLError, ValueError):
        assume(False)
    assume(not isinstance(other, (datetime.date, list, dict)))
    assume(not (isinstance(other, float) and math.isinf(other) and "inf" not in text.lower()))
    found = resolve(text)
    assert type(found) is type(other)
    assert found == other or (found != found and other != other)
