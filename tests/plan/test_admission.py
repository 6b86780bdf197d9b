"""What each gate loses, and which Kyverno can be at admission."""

from __future__ import annotations

from typing import Any

import pytest
from tests.small import found, only, plan_of, smallest

from edgewright.errors import Finding
from edgewright.plan.admission import LOSSES, kyverno_version

OWN: dict[str, Any] = {"kind": "ValidatingPolicy", "metadata": {"name": "own"}}


def findings(gate: str = "admission", kyverno: str = "1.19.0", **more: Any) -> tuple[Finding, ...]:
    offline = {"deviceClasses__kiosk__offline": True} if gate == "bundle" else {}
    values = smallest(
        deviceClasses__kiosk__signatureGate=gate,
        platform={"kyverno": kyverno},
        security={"policies": ["./own"]},
        **offline,
    )
    return plan_of(values, **more).findings


@pytest.mark.parametrize("gate", list(LOSSES))
def test_each_class_is_told_what_its_gate_loses(gate: str) -> None:
    finding = only(findings(gate), "gate-loses")
    assert finding.level == "info"
    assert finding.path == ("deviceClasses", "kiosk", "signatureGate")
    assert finding.message == f"`kiosk` checks signatures by `{gate}`: {LOSSES[gate].loses}"
    assert finding.remedy == LOSSES[gate].remedy


@pytest.mark.parametrize(
    ("version", "old"), [("1.12.9", True), ("0.9.0", True), ("1.13.0", False), ("1.19.0", False)]
)
def test_a_kyverno_that_cannot_read_the_policies(version: str, old: bool) -> None:
    assert bool(found(findings(kyverno=version), "kyverno-too-old")) is old
    assert not found(findings("delivery", version), "kyverno-too-old")


@pytest.mark.parametrize(
    ("kyverno", "kind", "wrong"),
    [
        ("1.19.0", "ValidatingPolicy", False),
        ("1.19.0", "ImageValidatingPolicy", False),
        ("1.19.0", "ClusterPolicy", True),
        ("1.18.0", "ClusterPolicy", False),
        ("1.18.0", "ValidatingPolicy", True),
    ],
)
def test_all_policies_have_the_form_of_the_fleets_kyverno(kyverno: str, kind: str, wrong: bool) -> None:
    told = found(findings(kyverno=kyverno, policies={"./own": ({**OWN, "kind": kind},)}), "policy-form")
    assert [each.path for each in told] == ([("security", "policies", 0)] if wrong else [])


@pytest.mark.parametrize(
    ("text", "version"), [("1.19.0", (1, 19)), ("v1.20.1-rc.1", (1, 20)), ("1.9.3", (1, 9)), ("x", (0, 0))]
)
def test_versions(text: str, version: tuple[int, int]) -> None:
    assert kyverno_version(text) == version
