"""Names that something else already has."""

from __future__ import annotations

import pytest
from tests.small import changed, found, plan_of, smallest


@pytest.mark.parametrize(
    ("fleet", "reserved"),
    [
        ("default", True), ("kube-system", True), ("kube-me", True), ("flux-system", True), ("kyverno", True),
        ("system-x", True), ("kubernetes", False), ("defaults", False), ("tiny", False),
    ],
)  # fmt: skip
def test_namespaces_of_the_system(fleet: str, reserved: bool) -> None:
    findings = found(plan_of(smallest(fleet=fleet)).findings, "reserved-name")
    assert [each.path for each in findings] == [("fleet",)] * reserved


def test_names_of_our_own_objects() -> None:
    values = smallest(workloads={"default-deny": smallest()["workloads"]["read"]})
    (finding,) = found(plan_of(values).findings, "reserved-name")
    assert finding.path == ("workloads", "default-deny")
    assert finding.on_key
    assert not finding.waivable


@pytest.mark.parametrize(("form", "reserved"), [("source", True), ("sources", False)])
def test_the_models_own_form(form: str, reserved: bool) -> None:
    values = changed(smallest(), {("models", "digits", "variants"): {form: {"precision": "int8"}}})
    findings = found(plan_of(values).findings, "reserved-name")
    assert [each.path for each in findings] == [("models", "digits", "variants", form)] * reserved
