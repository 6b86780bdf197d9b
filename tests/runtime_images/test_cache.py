"""What was asked before gets the same answer, within so many bytes, and never a makeshift."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright_runtime.cache import ResponseCache, key_of
from edgewright_runtime.chain import Answer

ROW = np.arange(6, dtype=np.float32)


def answer(tier: str = "gpu", size: int = 10) -> Answer:
    return Answer({"y": np.full(size, 0.5, np.float32)}, tier, "sha256:1")


@pytest.mark.parametrize(
    "other",
    [
        {"x": ROW.reshape(2, 3)},
        {"x": ROW.reshape(3, 2)},
        {"x": ROW.view(np.int32)},
        {"z": ROW},
        {"x": ROW, "z": ROW},
        {"x": np.array([b"a", b"bc"], object)},
        {"x": np.array([b"ab", b"c"], object)},
    ],
)
def test_whatever_differs_is_another_question(other: dict[str, Any]) -> None:
    assert key_of(other) != key_of({"x": ROW})
    assert key_of(other) == key_of({name: array.copy() for name, array in other.items()})
    assert key_of({"x": np.array([b"ab", b"c"], object)}) != key_of({"x": np.array([b"a", b"bc"], object)})


def test_an_answer_of_the_first_tier_is_given_again() -> None:
    cache = ResponseCache(10_000)
    cache.put(b"1", answer(), "gpu")
    found = cache.get(b"1", "gpu")
    assert found is not None
    assert (found.tier, found.digest) == ("gpu", "sha256:1")
    assert cache.get(b"2", "gpu") is None


def test_an_answer_of_a_lower_tier_is_not_kept() -> None:
    cache = ResponseCache(10_000)
    cache.put(b"1", answer("cpu"), "gpu")
    assert cache.get(b"1", "gpu") is None


def test_what_another_tier_said_is_forgotten_when_the_first_works_again() -> None:
    cache = ResponseCache(10_000)
    cache.put(b"1", answer("cpu"), "cpu")
    assert cache.get(b"1", "cpu") is not None
    assert cache.get(b"1", "gpu") is None
    assert cache.taken == 0


def test_what_was_used_least_recently_goes_first() -> None:
    cache = ResponseCache(2 * 1100)
    for key in (b"1", b"2"):
        cache.put(key, answer(), "gpu")
    cache.get(b"1", "gpu")
    cache.put(b"3", answer(), "gpu")
    assert [key for key in (b"1", b"2", b"3") if cache.get(key, "gpu")] == [b"1", b"3"]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3000)), max_size=60))
def test_it_never_takes_more_than_it_may(asked: list[tuple[int, int]]) -> None:
    cache = ResponseCache(10_000)
    for key, size in asked:
        cache.put(bytes([key]), answer(size=size), "gpu")
        assert 0 <= cache.taken <= 10_000


def test_a_part_of_a_batch_does_not_keep_the_batch() -> None:
    whole = np.zeros((1000, 8), np.float32)
    cache = ResponseCache(10_000)
    cache.put(b"1", Answer({"y": whole[:1]}, "gpu", ""), "gpu")
    found = cache.get(b"1", "gpu")
    assert found is not None
    assert found.outputs["y"].base is None
