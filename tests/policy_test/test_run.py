"""The example's policies refuse what they should; and where one is broken, the run says what gets through."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.policy_test.conftest import ROOT

from edgewright.assembly import Assembled
from edgewright.errors import Finding
from edgewright.plan import Plan
from edgewright.policy_test import asking, trial, tries
from edgewright.policy_test.matrix import ClassMatrix, Report
from edgewright.policy_test.mutation import MUTATIONS
from edgewright.policy_test.run import run
from edgewright.render import Manifest, render
from edgewright.ship.signing.keys import generate
from edgewright.ship.tools import Tool

Object = dict[str, Any]
Broken = Callable[[Object], Object | None]
Run = Callable[..., Report]

OTHERS = ["other-registry", "tag", "root", "writable-root", "no-resources", "no-readiness-probe"]
"""One change for each of the other policies, so that none of them is idle."""

SIGNATURES = "acme-inspection-signatures"


@pytest.fixture
def broken(
    example: Assembled, kyverno: Tool, registry: Tool, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Report]:
    """What comes of the gateways where some objects are broken and others are added; only some changes are tried."""

    def tested(break_: Broken, only: Sequence[str], added: Sequence[Object] = ()) -> Report:
        def changed(manifests: Sequence[Manifest]) -> list[Manifest]:
            mine = [each for each in manifests if each.path.startswith("gateway/")]
            bodies = [(each, break_(copy.deepcopy(each.body))) for each in mine]
            more = [
                Manifest("gateway/manifests/policies.yaml", body, ("security", "policies", 0))
                for body in added
            ]
            return [*(replace(each, body=body) for each, body in bodies if body is not None), *more]

        chosen = tuple(each for each in MUTATIONS if each.name in only)
        assert len(chosen) == len(only)
        monkeypatch.setattr(tries, "MUTATIONS", chosen)
        monkeypatch.setattr(asking, "FAMILIES", (chosen,))
        monkeypatch.setattr(trial, "render", lambda plan: changed(render(plan)))
        assert example.plan is not None
        gateway = tuple(each for each in example.plan.classes if each.name == "gateway")
        plan = replace(example.plan, classes=gateway)
        return run(
            replace(example, plan=plan, manifests=tuple(changed(example.manifests))), ROOT, kyverno, registry
        )

    return tested


def _as_it_is(body: Object) -> Object:
    return body


def _named(name: str, change: Callable[[Object], None]) -> Broken:
    """A change of the one object of a name."""

    def break_(body: Object) -> Object:
        if body["metadata"]["name"] == name:
            change(body)
        return body

    return break_


def _rules(tested: Report) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in tested.findings:
        found.setdefault(finding.rule, []).append(finding)
    return found


def _results(matrix: ClassMatrix) -> dict[str, str]:
    return {row.name: row.result for row in matrix.rows}


def _policy(name: str, expression: str, **spec: Any) -> Object:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    return {
        "apiVersion": "policies.kyverno.io/v1",
        "kind": "ValidatingPolicy",
        "metadata": {"name": name},
        "spec": {
            "matchConstraints": {"resourceRules": [rule]},
            "validations": [{"expression": expression, "message": "no"}],
            **spec,
        },
    }


def test_a_signature_policy_that_does_not_look_at_volumes(broken: Run) -> None:
    def blind(body: Object) -> None:
        body["spec"]["images"] = [each for each in body["spec"]["images"] if each["name"] != "volumes"]
        (rule,) = body["spec"]["validations"]
        rule["expression"] = rule["expression"].replace(" + images.volumes", "")

    names = ["unsigned", "unsigned-model-volume", "signed-by-another-model-volume", *OTHERS]
    tested = broken(_named(SIGNATURES, blind), names)
    found = _rules(tested)["mutation-accepted"]
    assert [each.path for each in found] == [("security", "signatures")] * 2
    assert "`unsigned-model-volume`" in found[0].message
    assert f"`{SIGNATURES}` lets it in" in found[0].message
    assert "`signed-by-another-model-volume`" in found[1].message
    assert set(_rules(tested)) == {"mutation-accepted"}
    results = _results(tested.classes[0])
    assert results["unsigned"] == "refused"
    assert results["as rendered"] == "passed"


def test_a_signature_policy_that_is_not_there(broken: Run) -> None:
    gone: Broken = lambda body: None if body["metadata"]["name"] == SIGNATURES else body  # noqa: E731
    (finding,) = _rules(broken(gone, ["unsigned"]))["mutation-accepted"]
    assert finding.path == ("security", "signatures")
    assert "no policy is there for it" in finding.message


def test_a_policy_that_trusts_a_key_too_few(broken: Run) -> None:
    def one_key(body: Object) -> None:
        (rule,) = body["spec"]["validations"]
        rule["expression"] = rule["expression"].replace(", attestors.rule1signer2", "")

    (finding,) = _rules(broken(_named(SIGNATURES, one_key), ["unsigned"]))["pod-refused"]
    assert "that the last key of each rule has signed" in finding.message
    assert finding.path == ("workloads", "inspect", "rollout")
    assert finding.notes[0].path == ("security", "signatures")


def test_a_policy_that_is_not_asked_when_a_container_is_put_in_later(broken: Run) -> None:
    def not_later(body: Object) -> None:
        for rule in body["spec"]["matchConstraints"]["resourceRules"]:
            rule["resources"] = [each for each in rule["resources"] if "/" not in each]

    names = ["unsigned", "unsigned-ephemeral-container", "unsigned-sidecar", *OTHERS]
    (finding,) = broken(_named(SIGNATURES, not_later), names).findings
    assert finding.rule == "mutation-accepted"
    assert "`unsigned-ephemeral-container`" in finding.message
    assert finding.message.endswith("for it does not match `pods/ephemeralcontainers` on UPDATE")


def test_policies_that_refuse_nothing_and_why(broken: Run) -> None:
    idle = _policy("idle", "true")
    audits = _policy("audits", "!has(object.spec.initContainers)", validationActions=["Audit"])
    elsewhere = _policy("elsewhere", "false", matchConditions=[{"name": "never", "expression": "false"}])
    silent = _policy("silent", "true")
    stumbles = _policy("stumbles", "object.spec.?initContainers.orValue([]).all(c, c.nowhere == 'x')")
    silent["spec"]["validationz"] = silent["spec"].pop("validations")
    names = ["unsigned", "unsigned-init-container", *OTHERS]
    tested = broken(_as_it_is, names, [idle, audits, elsewhere, silent, stumbles])
    found = {each.message.split("`")[1]: each for each in _rules(tested)["policy-refuses-nothing"]}
    assert list(found) == ["idle", "audits", "elsewhere", "silent", "stumbles"]
    assert "could not be evaluated" in found["stumbles"].message
    assert "lets in every pod" in found["idle"].message
    assert "only reports" in found["audits"].message
    assert "Kyverno says nothing of it" in found["silent"].message
    assert {each.path for each in found.values()} == {("security", "policies", 0)}
    assert set(_rules(tested)) == {"policy-refuses-nothing"}


def test_a_policy_that_refuses_everything(broken: Run) -> None:
    tested = broken(_as_it_is, ["unsigned", *OTHERS], [_policy("strict", "false")])
    (finding,) = _rules(tested)["pod-refused"]
    assert "`strict` refuses Rollout/inspect of `gateway`, as it is rendered: no" in finding.message
    assert set(_rules(tested)) == {"pod-refused"}
    assert _results(tested.classes[0])["as rendered"] == "refused"


def test_a_policy_that_cannot_be_evaluated_is_no_refusal(broken: Run) -> None:
    odd = _policy("odd", "object.spec.hostUsers == false")
    tested = broken(_as_it_is, ["unsigned", *OTHERS], [odd])
    (finding,) = _rules(tested)["pod-refused"]
    assert "`odd` could not be evaluated for Rollout/inspect" in finding.message
    assert "no such key: hostUsers" in finding.message


def test_a_policy_that_does_not_compile_is_told(broken: Run) -> None:
    tested = broken(_as_it_is, ["unsigned"], [_policy("half", "object.(")])
    (finding,) = tested.findings
    assert finding.rule == "kyverno-failed"
    assert "failed to compile policy half" in finding.message
    assert tested.classes == ()


def test_two_runs_say_the_same_of_the_fleets_own_registry(broken: Run) -> None:
    names = ["digest-not-there", "tag", "signed-by-another"]
    one, other = broken(_as_it_is, names), broken(_as_it_is, names)
    assert one == other
    assert "127.0.0.1" not in repr(one)
    (row,) = [each for each in one.classes[0].rows if each.name == "digest-not-there"]
    (verdict,) = row.of(("ImageValidatingPolicy", SIGNATURES))
    assert "registry.acme.example/v2/edge/runtime-tensorrt-cuda13/manifests/" in verdict.message


def test_what_flux_pulls_is_let_in_by_its_keys_alone(
    example: Assembled, kyverno: Tool, registry: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No class has a policy here; then the cameras' Secret lacks a key, and then their source asks for none."""
    assert example.plan is not None
    cameras = replace(
        example,
        plan=replace(
            example.plan, classes=tuple(each for each in example.plan.classes if each.name == "line-camera")
        ),
    )

    def tried(change: Callable[[Object], None]) -> Report:
        def changed(plan: Plan) -> list[Manifest]:
            bodies = [(each, copy.deepcopy(each.body)) for each in render(plan)]
            for _, body in bodies:
                change(body)
            return [replace(each, body=body) for each, body in bodies]

        monkeypatch.setattr(trial, "render", changed)
        return run(cameras, ROOT, kyverno, registry)

    def no_second_key(body: Object) -> None:
        if body["kind"] == "Secret":
            del body["stringData"]["signer2.pub"]

    def no_check(body: Object) -> None:
        body["spec"].pop("verify", None) if body["kind"] == "OCIRepository" else None

    good = tried(lambda _body: None)
    assert [each.rule for each in good.findings] == ["policy-not-tried"]
    assert _results(good.classes[0])["signed-by-another"] == "refused"
    (finding,) = _rules(tried(no_second_key))["pod-refused"]
    assert "signed by" not in finding.message
    assert finding.path == ("security", "signatures")
    found = _rules(tried(no_check))
    assert len(found["mutation-accepted"]) == 2
    assert "takes an artifact that nobody signed" in found["mutation-accepted"][0].message
    assert {each.path for each in found["mutation-accepted"]} == {("security", "signatures")}
    assert set(found) == {"mutation-accepted", "policy-not-tried", "policy-refuses-nothing"}


def test_a_second_policy_that_asks_a_registry_is_asked_alone(broken: Run) -> None:
    """Kyverno 1.19.0 stands still where two are asked about one pod."""
    digests = _policy("no-other-key", "images.containers.all(image, image.contains('@'))")
    digests["kind"] = "ImageValidatingPolicy"
    digests["spec"]["matchImageReferences"] = [{"glob": "*"}]
    digests["spec"]["validationConfigurations"] = {"mutateDigest": False, "required": False}
    log = {"insecureIgnoreTlog": True, "insecureIgnoreSCT": True}
    key = {"key": {"data": generate().public.pem}, "ctlog": log}
    digests["spec"]["attestors"] = [{"name": "nobody", "cosign": key}]
    tested = broken(_as_it_is, ["unsigned", *OTHERS], [digests])
    assert tested.findings == ()
    (row,) = [each for each in tested.classes[0].rows if each.name == "tag"]
    (verdict,) = row.of(("ImageValidatingPolicy", "no-other-key"))
    assert verdict.outcome == "refused"
