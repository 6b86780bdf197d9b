"""Archives: what Python's reader makes of them, and names that no archive takes."""

from __future__ import annotations

import io
import random
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.artifact.archive import Member, WrongSize, archive, flaws, shown_name

STEP = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=40)
NAME = st.lists(STEP, min_size=1, max_size=4).map("/".join)
CONTENTS = st.dictionaries(NAME, st.binary(max_size=1200), max_size=5)


def member(name: str, content: bytes, chunk: int = 100) -> Member:
    chunks = [content[start : start + chunk] for start in range(0, len(content), chunk)]
    return Member(name, len(content), lambda: chunks)


def packed(contents: dict[str, bytes], chunk: int = 100) -> bytes:
    return b"".join(archive([member(name, each, chunk) for name, each in contents.items()]))


@given(CONTENTS, st.integers(1, 700), st.randoms(use_true_random=False))
def test_what_has_no_flaw_comes_back(contents: dict[str, bytes], chunk: int, order: random.Random) -> None:
    unfit = {name for name, _ in flaws(tuple(contents))}
    good = {name: each for name, each in contents.items() if name not in unfit}
    whole = packed(good)
    with tarfile.open(fileobj=io.BytesIO(whole), mode="r:") as opened:
        members = opened.getmembers()
        files = {each.name: extracted.read() for each in members if (extracted := opened.extractfile(each))}
    assert files == good
    names = [each.name for each in members]
    assert names == sorted(names)
    assert {each.mode for each in members} <= {0o644, 0o755}
    folders = {each.name for each in members if each.isdir()}
    assert folders == {name[:end] for name in good for end, sign in enumerate(name) if sign == "/"}
    shuffled = list(good.items())
    order.shuffle(shuffled)
    assert packed(dict(shuffled), chunk) == whole


@pytest.mark.parametrize(
    ("names", "flaw"),
    [
        ([""], "does not lie below its folder"),
        (["../model.onnx"], "does not lie below its folder"),
        (["/model.onnx"], "does not lie below its folder"),
        (["a//b"], "does not lie below its folder"),
        (["a\\b"], "does not lie below its folder"),
        (["./model.onnx"], "does not lie below its folder"),
        (["model\n.onnx"], "has characters that are no text"),
        (["model\x9b.onnx"], "has characters that are no text"),
        (["model\udcff.onnx"], "has characters that are no text"),
        (["weights/.wh.model.onnx"], "means `remove this file` in an image layer"),
        (["a" * 256], "is too long for a file system"),
        (["/".join(["a" * 200] * 6)], "is too long for a file system"),
        (["a", "a"], "is there twice"),
        (["a", "a/b"], "is a folder as well"),
        (["a/b/c", "a/b"], "is a folder as well"),
    ],
)
def test_a_name_that_not_every_device_can_unpack(names: list[str], flaw: str) -> None:
    ((name, found),) = flaws(names)
    assert found == flaw
    shown = shown_name(name)
    assert shown.isascii()
    assert shown.isprintable()
    assert len(shown) < 100


@pytest.mark.parametrize("size", [6, 8])
def test_a_member_of_another_size_than_it_says(size: int) -> None:
    with pytest.raises(WrongSize, match="a file"):
        b"".join(archive([Member("a file", size, lambda: [b"a ", b"graph"])]))


def test_nothing_is_an_archive_too() -> None:
    assert packed({}) == bytes(1024)
