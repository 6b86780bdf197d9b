"""What was meant by a word that nobody knows, and when that is sure enough to write it."""

from __future__ import annotations

import time

import pytest

from edgewright.fleet.wording import plain, scalar, shown, strange
from edgewright.fleet.words import Words, sure

FIELDS = Words(
    ["deviceClasses", "models", "runtimes", "workloads", "rollouts", "maxBatch", "cpu", "memory", "upTo"]
)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("device_classes", "deviceClasses"), ("deviceclasses", "deviceClasses"),
        ("DeviceClasses", "deviceClasses"),
        ("deviceClass", "deviceClasses"), ("device-classes", "deviceClasses"), ("model", "models"),
        ("modles", "models"),
        ("MAX_BATCH", "maxBatch"), ("maxbatch", "maxBatch"), ("cup", "cpu"), ("mem\u043ery", "memory"),
        ("up_to", "upTo"),
        ("me\u200bmory", "memory"), ("\uff43\uff50\uff55", "cpu"), ("frobnicate", None), ("", None),
        ("x" * 10_000, None),
    ],
)  # fmt: skip
def test_the_nearest_word(word: str, meant: str | None) -> None:
    assert FIELDS.nearest(word) == meant
    assert FIELDS.nearest(word) == meant  # also when it was asked before


def test_all_that_are_equally_near_are_known() -> None:
    words = Words(["cpu", "gpu", "memory"])
    assert set(words.near("pu")) == {"cpu", "gpu"}
    assert words.near("cpuu") == ("cpu",)


@pytest.mark.parametrize(
    ("word", "meant", "is_sure"),
    [
        ("modle", "model", True), ("models", "model", True), ("device_classes", "deviceClasses", True),
        ("cup", "cpu", True), ("surface-defect", "surface-defects", True),
        ("onnxruntime-cup", "onnxruntime-cpu", True),
        ("carefull", "careful", True), ("mem\u043ery", "memory", True),
        ("int4", "int8", False), ("resnet18", "resnet50", False), ("inspect-a", "inspect-b", False),
        ("gpu", "cpu", False),
        ("nvidia-l44", "nvidia-l4", False), ("25W", "26W", False), ("raspberry", "raspberry-pi-5-8gb", False),
        ("no", "none", False), ("line-camera", "line-scanner", False),
        ("jetson-orin-nx-16g", "jetson-orin-nx-16gb", False),
    ],
)  # fmt: skip
def test_what_may_be_written_unseen(word: str, meant: str, is_sure: bool) -> None:
    assert sure(word, meant) is is_sure


def test_known_words_are_sorted_and_a_dozen_are_listed() -> None:
    words = Words(f"w{number:02}" for number in reversed(range(14)))
    assert list(words)[:2] == ["w00", "w01"]
    assert len(words) == 14
    assert "w03" in words
    assert "w99" not in words
    assert words.listed() == ", ".join(f"w{number:02}" for number in range(12)) + ", …"
    assert Words(["b", "a"]).listed() == "a, b"
    assert not Words(())
    assert Words(()).nearest("a") is None


def test_guesses_end_where_nobody_reads_them_any_more() -> None:
    start = time.process_time()
    many = Words(f"workload-{number}" for number in range(10_000))
    assert many.nearest("Workload_77") == "workload-77"
    assert many.nearest("wrkload-77") is None
    few = Words(f"workload-{number}" for number in range(300))
    assert few.nearest("wrkload-77") == "workload-77"
    for number in range(10_000):
        few.nearest(f"something-{number}")
        many.nearest(f"something-{number}")
    assert few.nearest("wrkload-77") == "workload-77"  # what is known stays known
    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("6GB", "`6GB`"), ("", '""'), (" ", '" "'), (7, "`7`"), (1.5, "`1.5`"), (True, "`true`"),
        (None, "`null`"),
        (float("inf"), "`.inf`"), (float("-inf"), "`-.inf`"), (float("nan"), "`.nan`"), ({}, "a mapping"),
        ([], "a list"),
        ((), "a list"), ("x" * 61, f"`{'x' * 60}…`"), (10**70, f"`1{'0' * 59}…`"),
        ("caf\u00e9", "`caf\u00e9` (it has U+00E9 LATIN SMALL LETTER E WITH ACUTE in it)"),
        (
            "\u200ba\u0430\u0430b",
            "`\u200ba\u0430\u0430b` (it has U+200B ZERO WIDTH SPACE and U+0430 CYRILLIC SMALL LETTER A in it)",
        ),
        ("\ud800", "`\ud800` (it has U+D800 in it)"),
    ],
)  # fmt: skip
def test_how_values_are_shown(value: object, text: str) -> None:
    assert shown(value) == text


def test_strange_characters_are_named_two_at_most() -> None:
    assert strange("abc") == ""
    assert strange("\u0430\u0435\u043e").count("U+") == 2


def test_plain_is_what_it_looks_like() -> None:
    assert plain("abc-1") == "abc-1"
    assert plain("\u0441\u0430\u0440\u0435") == "cape"
    assert plain("\uff11\uff12\u200b\ufeff3") == "123"


@pytest.mark.parametrize("text", ["true", "null", "12", "1e3", "~", "0x1f", ".5", ""])
def test_a_name_that_is_no_text_in_yaml_is_quoted(text: str) -> None:
    assert scalar(text) == f'"{text}"'
    assert scalar(f"a{text}") == f"a{text}"
