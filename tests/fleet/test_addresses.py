"""Addresses that servers send something to: a port is one that there is, for editors and for `check`."""

from __future__ import annotations

import re

import pytest

from edgewright.fleet.part import HTTP_ADDRESS


@pytest.mark.parametrize("port", [1, 80, 443, 4318, 9999, 10000, 59999, 60000, 65000, 65500, 65530, 65535])
def test_a_port_that_there_is(port: int) -> None:
    assert re.fullmatch(HTTP_ADDRESS, f"http://collector.monitoring.svc:{port}")


@pytest.mark.parametrize(
    "port", ["", "0", "065", "65536", "65540", "65600", "66000", "70000", "99999", "100000"]
)
def test_a_port_that_there_is_not(port: str) -> None:
    """NetworkPolicies have no such port, and the rule on traffic that they come from would be blamed for it."""
    assert not re.fullmatch(HTTP_ADDRESS, f"http://collector.monitoring.svc:{port}")
