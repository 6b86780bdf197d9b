"""Probes and hooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Row = tuple[str, str, Any, str, str]
Says = Callable[[str, str, Any, str, str], None]

POD = "spec template spec"
CONTAINER = f"{POD} containers 0"


ROWS: list[Row] = [
    ("Rollout", f"{CONTAINER} readinessProbe tcpSocket", {"port": 1}, "bad-probe", "httpGet and tcpSocket"),
    ("Rollout", f"{CONTAINER} readinessProbe", {}, "bad-probe", "does nothing"),
    ("Rollout", f"{CONTAINER} livenessProbe successThreshold", 2, "bad-probe", "1 is allowed"),
    ("Rollout", f"{CONTAINER} readinessProbe successThreshold", 2, "", ""),
    ("Rollout", f"{CONTAINER} readinessProbe terminationGracePeriodSeconds", 2, "bad-probe", "ends nothing"),
    ("Rollout", f"{CONTAINER} lifecycle", {"preStop": {"sleep": {"seconds": 91}}}, "bad-probe", "is 90"),
    ("Rollout", f"{CONTAINER} lifecycle", {"preStop": {"sleep": {"seconds": 5}}}, "", ""),
    ("Rollout", f"{CONTAINER} lifecycle", {"preStop": {}}, "bad-probe", "does nothing"),
]


@pytest.mark.parametrize(("kind", "path", "value", "rule", "words"), ROWS)
def test_a_field(says: Says, kind: str, path: str, value: Any, rule: str, words: str) -> None:
    says(kind, path, value, rule, words)
