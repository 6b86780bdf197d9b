"""Selectors that miss what they are for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Row = tuple[str, str, Any, str, str]
Says = Callable[[str, str, Any, str, str], None]


ROWS: list[Row] = [
    ("Rollout", "spec selector matchLabels team", "x", "selector-mismatch", "label is null"),
    ("Rollout", "spec selector", {"matchLabels": {}}, "selector-mismatch", "nothing in particular"),
    (
        "Rollout",
        "spec selector matchExpressions",
        [{"key": "app.kubernetes.io/name", "operator": "NotIn", "values": ["inspect"]}],
        "selector-mismatch",
        "does not match",
    ),
    (
        "Rollout",
        "spec selector matchExpressions",
        [{"key": "app.kubernetes.io/name", "operator": "Exists"}],
        "",
        "",
    ),
    ("Service", "spec selector team", "x", "selector-mismatch", "no pod of the rendering"),
]


@pytest.mark.parametrize(("kind", "path", "value", "rule", "words"), ROWS)
def test_a_field(says: Says, kind: str, path: str, value: Any, rule: str, words: str) -> None:
    says(kind, path, value, rule, words)
