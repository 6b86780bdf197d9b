"""Networks that a NetworkPolicy names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Row = tuple[str, str, Any, str, str]
Says = Callable[[str, str, Any, str, str], None]


ROWS: list[Row] = [
    ("NetworkPolicy", "spec egress 0 to 0 ipBlock cidr", "10.20.0.5/16", "bad-address", "no network"),
    ("NetworkPolicy", "spec egress 0 to 0 ipBlock cidr", "10.20.0.0", "bad-address", "no network"),
    ("NetworkPolicy", "spec egress 0 to 0 ipBlock cidr", "hub.example/16", "bad-address", "no network"),
    (
        "NetworkPolicy",
        "spec egress 0 to 0 ipBlock except 0",
        "10.21.0.0/24",
        "bad-address",
        "does not lie in",
    ),
    ("NetworkPolicy", "spec egress 0 to 0 ipBlock except 0", "fd00::/64", "bad-address", "does not lie in"),
    ("NetworkPolicy", "spec egress 0 to 0 podSelector", {}, "bad-address", "at once"),
    ("NetworkPolicy", "spec egress 0 to 1", {"ipBlock": {"cidr": "fd00::/64"}}, "", ""),
    ("NetworkPolicy", "spec egress 0 to 1", {}, "bad-address", "names nobody"),
]


@pytest.mark.parametrize(("kind", "path", "value", "rule", "words"), ROWS)
def test_a_field(says: Says, kind: str, path: str, value: Any, rule: str, words: str) -> None:
    says(kind, path, value, rule, words)
