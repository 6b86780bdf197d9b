"""What containers ask for, what quotas and ranges count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Row = tuple[str, str, Any, str, str]
Says = Callable[[str, str, Any, str, str], None]

POD = "spec template spec"
CONTAINER = f"{POD} containers 0"


ROWS: list[Row] = [
    ("Rollout", f"{CONTAINER} resources limits memroy", "1Gi", "bad-resource", "no resource of a container"),
    ("Rollout", f"{CONTAINER} resources limits kubernetes.io/x", 1, "bad-resource", "no resource"),
    ("Rollout", f"{CONTAINER} resources limits hugepages-2Mi", "4Mi", "", ""),
    ("Rollout", f"{CONTAINER} resources requests memory", "7Gi", "bad-resource", "more than the limit"),
    ("Rollout", f"{CONTAINER} resources requests cpu", "2000m", "", ""),
    ("Rollout", f"{CONTAINER} resources requests cpu", "2001m", "bad-resource", "more than the limit"),
    ("Rollout", f"{CONTAINER} resources requests nvidia.com/gpu", "0", "bad-resource", "has one number"),
    ("Rollout", f"{CONTAINER} resources limits", {}, "bad-resource", "requested without a limit"),
    ("Rollout", f"{CONTAINER} resources limits amd.com/gpu", "0.5", "bad-resource", "cannot be divided"),
]


@pytest.mark.parametrize(("kind", "path", "value", "rule", "words"), ROWS)
def test_a_field(says: Says, kind: str, path: str, value: Any, rule: str, words: str) -> None:
    says(kind, path, value, rule, words)
