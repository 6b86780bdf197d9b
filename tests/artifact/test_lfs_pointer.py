"""What Git LFS leaves where it has fetched nothing."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.artifact.lfs_pointer import read_pointer

HEX = hashlib.sha256(b"a model").hexdigest()
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{HEX}\nsize 7\n"


def test_a_pointer_names_a_file_exactly() -> None:
    assert read_pointer(POINTER.encode()) == (f"sha256:{HEX}", 7)


def test_extensions_stand_between() -> None:
    text = POINTER.replace("oid", f"ext-0-foo sha256:{HEX}\noid", 1)
    assert read_pointer(text.encode()) == (f"sha256:{HEX}", 7)


@pytest.mark.parametrize(
    "text",
    [
        "",
        POINTER[:-1],
        POINTER + "\n",
        POINTER.replace("size 7", "size -7"),
        POINTER.replace("sha256", "sha512"),
        POINTER.replace("v1", "v2"),
        POINTER.replace("oid", "x" * 1024 + "\noid"),
        "a model",
    ],
)
def test_what_is_none(text: str) -> None:
    assert read_pointer(text.encode()) is None


@given(st.binary(max_size=2000))
def test_nothing_is_raised(content: bytes) -> None:
    assert read_pointer(content) is None
