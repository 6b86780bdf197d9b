"""Environment variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Row = tuple[str, str, Any, str, str]
Says = Callable[[str, str, Any, str, str], None]

POD = "spec template spec"
CONTAINER = f"{POD} containers 0"


ROWS: list[Row] = [
    ("Rollout", f"{CONTAINER} env 1 value", "x", "bad-variable", "a value and a source"),
    ("Rollout", f"{CONTAINER} env 1 valueFrom", {}, "bad-variable", "no source"),
    (
        "Rollout",
        f"{CONTAINER} env 1 valueFrom resourceFieldRef resource",
        "memory",
        "bad-variable",
        "of itself",
    ),
    (
        "Rollout",
        f"{CONTAINER} env 2",
        {"name": "S", "valueFrom": {"secretKeyRef": {"key": "k"}}},
        "bad-variable",
        "",
    ),
]


@pytest.mark.parametrize(("kind", "path", "value", "rule", "words"), ROWS)
def test_a_field(says: Says, kind: str, path: str, value: Any, rule: str, words: str) -> None:
    says(kind, path, value, rule, words)
