"""How far bytes have got: in units that people read, and not too often."""

from __future__ import annotations

import pytest

from edgewright.commands.travelling import Travelling, bytes_text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 KiB"),
        (5 * 2**20, "5.0 MiB"),
        (2**40, "1.0 TiB"),
        (2**52, "4096.0 TiB"),
    ],
)
def test_bytes(count: int, text: str) -> None:
    assert bytes_text(count) == text


def test_it_tells_now_and_then() -> None:
    times = iter([0.0, 0.05, 2.0, 2.01])
    told: list[str] = []
    travelling = Travelling(told.append, 4 * 2**20, lambda: next(times))
    for _ in range(3):
        travelling(2**20)
    assert told == ["[############............] 2.0 MiB of 4.0 MiB, 1.0 MiB/s"]
    assert travelling.travelled == 3 * 2**20


def test_nothing_to_do_is_a_full_bar() -> None:
    assert Travelling(lambda _: None, 0).line(0) == f"[{'#' * 24}] 0 B of 0 B, -/s"
