"""Quantities wherever they stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edgewright.scan.quantities import NANO, amount

Row = tuple[str, str, Any, str, str]
Says = Callable[[str, str, Any, str, str], None]

POD = "spec template spec"
CONTAINER = f"{POD} containers 0"


ROWS: list[Row] = [
    *(
        ("Rollout", f"{CONTAINER} resources {side} memory", value, "bad-quantity", "no quantity")
        for side in ("limits", "requests")
        for value in ("6Gibberish", "1Gib", "6 Gi", "", "1e999", "٣Gi", "0x10", ".", "Gi")
    ),
    ("Rollout", f"{CONTAINER} resources requests memory", "-1Gi", "bad-quantity", "less than nothing"),
    ("Rollout", f"{CONTAINER} resources requests memory", "500m", "bad-quantity", "whole number of bytes"),
    ("Rollout", f"{CONTAINER} resources limits memory", 2**33, "", ""),
    ("Rollout", f"{CONTAINER} resources limits memory", "6.5Gi", "", ""),
    ("Rollout", f"{POD} volumes 3 emptyDir sizeLimit", "64MiB", "bad-quantity", "sizeLimit"),
    ("Rollout", f"{CONTAINER} env 1 valueFrom resourceFieldRef divisor", "Mi", "bad-quantity", "divisor"),
    ("Rollout", f"{POD} overhead", {"memory": "1x"}, "bad-quantity", "overhead.memory"),
    ("PersistentVolumeClaim", "spec resources requests storage", "2GB", "bad-quantity", "storage"),
    ("PersistentVolumeClaim", "spec resources requests storage", "0", "bad-quantity", "is 0"),
    ("PersistentVolumeClaim", "spec resources requests", {}, "bad-quantity", "storage: is missing"),
    ("RuntimeClass", "overhead", {"podFixed": {"cpu": "x"}}, "bad-quantity", "overhead.podFixed.cpu"),
]


@pytest.mark.parametrize(("kind", "path", "value", "rule", "words"), ROWS)
def test_a_field(says: Says, kind: str, path: str, value: Any, rule: str, words: str) -> None:
    says(kind, path, value, rule, words)


# Values that k8s.io/apimachinery's ParseQuantity gives.
@pytest.mark.parametrize(
    ("quantity", "nano"),
    [
        ("0", 0),
        ("1", NANO),
        ("5.", 5 * NANO),
        (".5", NANO // 2),
        ("+1", NANO),
        ("-1", -NANO),
        ("100m", NANO // 10),
        ("1u", 1000),
        ("1n", 1),
        ("1.5m", 1_500_000),
        ("1k", 1000 * NANO),
        ("1E", 10**18 * NANO),
        ("1E3", 1000 * NANO),
        ("1e-3", NANO // 1000),
        ("1e-10", 1),
        ("0.1n", 1),
        ("1Ki", 1024 * NANO),
        ("0.5Gi", 2**29 * NANO),
        ("1Ei", 2**60 * NANO),
        (6, 6 * NANO),
        (0.5, NANO // 2),
    ],
)
def test_an_amount_is_exact(quantity: str | int | float, nano: int) -> None:
    assert amount(quantity) == nano


@pytest.mark.parametrize(
    "text",
    ["", ".", "Gi", "1K", "1mi", "1Gib", "1 Gi", " 1", "1,5", "1_0", "--1", "1e", "1e1.5", "1\n", "1e100"],
)
def test_what_is_no_quantity_has_no_amount(text: str) -> None:
    assert amount(text) is None


@pytest.mark.parametrize(
    "huge", [10**5000, float("inf"), float("nan"), "9" * 5000, "1e" + "9" * 5000], ids=type
)
def test_what_is_beyond_all_use_costs_no_time(huge: str | int | float) -> None:
    assert amount(huge) is None
