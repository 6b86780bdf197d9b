"""Who must have signed what, and gates that have nothing to check."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.small import found, only, plan_of, smallest

from edgewright.plan.signing import matches

KEY = {"key": "keys/one.pub"}
KEYLESS = {"keyless": {"issuer": "https://issuer.example", "subject": "someone"}}
ALL = "registry.example/tiny/**"


def signed(*rules: tuple[list[str], list[dict[str, Any]]], **device_class: Any) -> dict[str, Any]:
    values = smallest(
        security={"signatures": [{"images": images, "anyOf": signers} for images, signers in rules]}
    )
    values["deviceClasses"]["kiosk"] |= device_class
    return values


@pytest.mark.parametrize(
    ("glob", "image", "fits"),
    [
        ("r.example/edge/**", "r.example/edge/a", True),
        ("r.example/edge/**", "r.example/edge/a/b", True),
        ("r.example/edge/*", "r.example/edge/a/b", True),
        ("r.example/edge/*", "r.example/edge", False),
        ("r.example/edge/a", "r.example/edge/a", True),
        ("r.example/edge/a", "r.example/edge/ab", False),
        ("r.example/*/a", "r.example/x/y/a", True),
        ("rXexample/*", "r.example/a", False),
        ("r.example/*", "rXexample/a", False),
        ("*", "anything/at:all", True),
    ],
)
def test_which_images_a_pattern_names(glob: str, image: str, fits: bool) -> None:
    assert matches(glob, image) is fits


@given(
    st.lists(st.text(alphabet="ab./-_", max_size=4), min_size=1, max_size=5),
    st.text(alphabet="ab./-_", max_size=8),
)
def test_a_pattern_names_what_its_stars_are_replaced_by(parts: list[str], text: str) -> None:
    assert matches("*".join(parts), text.join(parts))


def test_nothing_signed_is_a_warning() -> None:
    finding = only(plan_of(smallest()).findings, "nothing-is-signed")
    assert (finding.level, finding.path) == ("warning", ("security",))
    assert not found(plan_of(signed(([ALL], [KEY]))).findings, "nothing-is-signed")


@pytest.mark.parametrize(
    ("images", "gate", "covered"),
    [
        ([ALL], "delivery", True),
        (["registry.example/tiny/manifests/*"], "delivery", True),
        (["registry.example/tiny/runtime-*"], "delivery", False),
        ([ALL], "admission", True),
        (["registry.example/tiny/manifests/*"], "admission", False),
        (["registry.example/tiny/runtime-*", "registry.example/tiny/models/digits"], "admission", True),
        (["registry.example/tiny/runtime-*"], "admission", False),
        (["other.example/**"], "admission", False),
    ],
)
def test_a_gate_has_something_to_check(images: list[str], gate: str, covered: bool) -> None:
    findings = found(plan_of(signed((images, [KEY]), signatureGate=gate)).findings, "gate-checks-nothing")
    assert bool(findings) != covered
    if not covered:
        assert findings[0].path == ("security", "signatures")
        assert findings[0].notes[0].path == ("deviceClasses", "kiosk")


@pytest.mark.parametrize("engine", ["argocd", "ocm", "kubefleet", "rancher-fleet"])
@pytest.mark.parametrize("written", [True, False])
def test_a_gate_by_delivery_needs_an_engine_that_checks(engine: str, written: bool) -> None:
    values = signed(([ALL], [KEY]), **({"signatureGate": "delivery"} if written else {}))
    values["delivery"] = {"engine": engine}
    (finding,) = [each for each in found(plan_of(values).findings, "engine-cannot") if not each.path[2:]]
    assert (finding.level, finding.path) == ("error", ("delivery", "engine"))
    gate = ("deviceClasses", "kiosk", "signatureGate")
    assert finding.notes[0].path == (gate if written else gate[:2])


@pytest.mark.parametrize(("engine", "gate"), [("flux", "delivery"), ("argocd", "admission")])
def test_an_engine_beside_a_gate_that_checks(engine: str, gate: str) -> None:
    values = signed(([ALL], [KEY]), signatureGate=gate)
    values["delivery"] = {"engine": engine}
    assert not {"gate-checks-nothing", "engine-cannot"} & {each.rule for each in plan_of(values).findings}


@pytest.mark.parametrize(("offline", "fine"), [(True, True), (False, False)])
def test_a_bundle_is_read_by_offline_classes_only(offline: bool, fine: bool) -> None:
    more = {"offline": True} if offline else {}
    findings = found(
        plan_of(signed(([ALL], [KEY]), signatureGate="bundle", **more)).findings, "gate-checks-nothing"
    )
    assert bool(findings) != fine
    if not fine:
        assert findings[0].path == ("deviceClasses", "kiosk", "signatureGate")


@pytest.mark.parametrize(
    ("registries", "allowed"),
    [
        (["registry.example/tiny/**"], True),
        (["registry.example/**"], True),
        (["registry.example/tiny/runtime-*", "registry.example/tiny/models/*"], True),
        (["registry.example/tiny/runtime-*"], False),
        (["other.example/**"], False),
    ],
)
def test_the_fleets_own_images_are_allowed(registries: list[str], allowed: bool) -> None:
    findings = found(plan_of(smallest(security={"registries": registries})).findings, "registry-not-allowed")
    assert bool(findings) != allowed
    if not allowed:
        assert findings[0].path == ("security", "registries")
        assert findings[0].notes[-1].path == ("registry",)
        assert not findings[0].waivable


@pytest.mark.parametrize(
    ("rules", "engine", "mixes"),
    [
        ([([ALL], [KEY, KEYLESS])], "flux", 0),
        ([(["registry.example/tiny/manifests/*"], [KEY]), ([ALL], [KEY, KEYLESS])], "flux", None),
        ([(["other.example/**"], [KEY]), ([ALL], [KEYLESS, KEY])], "flux", 1),
        ([([ALL], [KEY, KEYLESS])], "argocd", None),
        ([([ALL], [KEY, KEY])], "flux", None),
        ([([ALL], [KEYLESS, KEYLESS])], "flux", None),
    ],
)
def test_flux_checks_keys_or_identities(rules: Any, engine: str, mixes: int | None) -> None:
    values = signed(*rules)
    values["delivery"] = {"engine": engine}
    findings = found(plan_of(values).findings, "signers-cannot-mix")
    assert bool(findings) == (mixes is not None)
    if mixes is not None:
        first = rules[mixes][1].index(KEYLESS)
        assert findings[0].path == ("security", "signatures", mixes, "anyOf", first)
        assert findings[0].notes[0].path == ("security", "signatures", mixes, "anyOf", 1 - first)
