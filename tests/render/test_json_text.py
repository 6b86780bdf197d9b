"""JSON text: the bytes of the standard library's own indentation, for whatever JSON can hold."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.render.json_text import indented, one_line

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@given(VALUES)
def test_the_bytes_are_those_of_the_standard_library(value: Any) -> None:
    assert indented(value) == json.dumps(value, indent=2, ensure_ascii=False)
    assert one_line(value) == json.dumps(value, ensure_ascii=False)


def test_text_of_another_class_is_text() -> None:
    class Name(str):
        __slots__ = ()

    assert indented({"a": [Name("x")]}) == '{\n  "a": [\n    "x"\n  ]\n}'


def test_what_json_has_no_form_for_is_refused() -> None:
    with pytest.raises(TypeError):
        indented({"a": object()})
