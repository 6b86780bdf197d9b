"""The name that was meant: near ones only, whatever the letters' case, and never slow."""

from __future__ import annotations

import pytest

from edgewright.catalogue.nearest import did_you_mean


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("memoryByte", "memoryBytes"),
        ("memorybytes", "memoryBytes"),
        ("MEMORYBYTES", "memoryBytes"),
        ("cpucore", "cpuCores"),
        ("vendor", None),
        ("", None),
        (3, None),
        (None, None),
        ("m" * 101, None),
    ],
)
def test_the_nearest_name_or_none(written: object, meant: str | None) -> None:
    assert did_you_mean(written, ["memoryBytes", "cpuCores", "title"]) == meant


def test_no_guess_among_very_many() -> None:
    assert did_you_mean("name-1", [f"name-{number}x" for number in range(501)]) is None
