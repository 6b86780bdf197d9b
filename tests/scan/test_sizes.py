"""Content as large as the API server takes, and larger."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edgewright.errors import Finding

Break = Callable[..., list[Finding]]

MEBIBYTE = 1024 * 1024


@pytest.mark.parametrize(
    ("field", "content"),
    [("data", "x" * MEBIBYTE), ("data", "é" * (MEBIBYTE // 2)), ("binaryData", "QUFB" * (MEBIBYTE // 3 - 9))],
)
def test_a_configmap_may_hold_one_mebibyte(broken: Break, field: str, content: str) -> None:
    assert "too-large" not in {each.rule for each in broken("ConfigMap", field, {"a": content})}


@pytest.mark.parametrize(
    ("field", "content"),
    [("data", "x" * (MEBIBYTE + 1)), ("data", "é" * (MEBIBYTE // 2 + 1)), ("binaryData", "QUFB" * 349_600)],
)
def test_a_configmap_may_hold_no_more(broken: Break, field: str, content: str) -> None:
    [found] = broken("ConfigMap", field, {"a": content})[:1]
    assert found.rule == "too-large"
    assert "1048576 are allowed" in found.message
