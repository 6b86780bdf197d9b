"""A path stays below the folder of fleet.yaml; its pattern, which cannot look ahead, says just that."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from edgewright.fleet.part import local_path
from edgewright.fleet.security import Policy


def stays_below(text: str) -> bool:
    """The same rule in plain words."""
    strange = re.search(r"[\x00-\x1f\x7f\\]", text)
    return 0 < len(text) <= 500 and not text.startswith("/") and ".." not in text.split("/") and not strange


@given(st.text(st.sampled_from("./a\\\n\x7fé\u2028😀"), max_size=12) | st.text(max_size=600))
def test_a_path_is_taken_when_it_stays_below(text: str) -> None:
    if stays_below(text):
        assert local_path(text) == text
    else:
        with pytest.raises(PydanticCustomError) as refusal:
            local_path(text)
        assert refusal.value.type == "bad-path"


@pytest.mark.parametrize("text", ["a/" * 5000 + "\n", "../" * 5000, "." * 5000, "a" * 500 + "/.."])
def test_a_hostile_path_takes_no_time(text: str) -> None:
    with pytest.raises(PydanticCustomError):
        local_path(text)


@pytest.mark.parametrize("policy", ["require-digests", "a", "./policies/site-rules", "./x", "./..x/y"])
def test_a_policy_has_a_name_or_a_folder(policy: str) -> None:
    assert TypeAdapter(Policy).validate_python(policy) == policy


@pytest.mark.parametrize(
    "policy",
    [
        "./../x",
        "./",
        ".//x",
        "./a/../../b",
        "policies/site-rules",
        "Require",
        "a-",
        "./a\n",
        "a\n",
        "./" + "a" * 199,
    ],
)
def test_what_is_neither_is_refused(policy: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Policy).validate_python(policy)
