"""What Kyverno says becomes values, and whatever is no verdict is an error."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.real import running_registry

from edgewright.errors import Finding, FleetError
from edgewright.ship.kyverno import Verdict, denies, judge, plain, try_folder
from edgewright.ship.registry import Client
from edgewright.ship.signing.keys import generate
from edgewright.ship.signing.sign import sign
from edgewright.ship.tools import PROGRAMS, Tool, find_tool

Object = dict[str, Any]
LABELS = {"acme": {"kubernetes.io/metadata.name": "acme"}}


@pytest.fixture(scope="module")
def kyverno() -> Tool:
    found = find_tool("kyverno")
    if isinstance(found, Finding):
        pytest.skip(f"{found.message}: {found.remedy}")
    return found


@pytest.fixture
def fake(tmp_path: Path) -> Callable[[str], Tool]:
    """A program in Kyverno's place that does what a script says."""

    def made(script: str) -> Tool:
        program = tmp_path / "kyverno"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return Tool(PROGRAMS["kyverno"], program, "1.19.0")

    return made


def policy(expression: str, name: str = "images", **spec: Any) -> Object:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    return {
        "apiVersion": "policies.kyverno.io/v1",
        "kind": "ValidatingPolicy",
        "metadata": {"name": name},
        "spec": {
            "matchConstraints": {"resourceRules": [rule]},
            "validations": [{"expression": expression, "message": "not from here"}],
            **spec,
        },
    }


def pod(name: str, image: str = "here.example/x", **spec: Any) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "acme"},
        "spec": {"containers": [{"name": "c", "image": image}], **spec},
    }


HERE = "object.spec.containers.all(c, c.image.startsWith('here.example/'))"
PODS = [pod("good"), pod("bad", "there.example/x")]


def outcomes(found: dict[Any, Verdict]) -> dict[tuple[str, str], str]:
    return {(name, title): verdict.outcome for ((_, name), title), verdict in found.items()}


def test_many_pods_and_policies_in_one_call(kyverno: Tool) -> None:
    policies = [policy(HERE), policy("has(object.spec.hostNetwork)", "odd")]
    found = judge(kyverno, policies, PODS, LABELS)
    assert outcomes(found) == {
        ("images", "good"): "passed",
        ("images", "bad"): "refused",
        ("odd", "good"): "refused",
        ("odd", "bad"): "refused",
    }
    assert found[("ValidatingPolicy", "images"), "bad"].message == "not from here"


def test_a_policy_that_does_not_compile_is_an_error(kyverno: Tool) -> None:
    with pytest.raises(FleetError, match="failed to compile policy") as raised:
        judge(kyverno, [policy(HERE), policy("object.spec.(", "broken")], PODS, LABELS)
    assert [each.rule for each in raised.value.findings] == ["kyverno-failed"]


def test_what_cannot_be_evaluated_is_no_refusal(kyverno: Tool) -> None:
    found = judge(kyverno, [policy("object.spec.hostNetwork == false")], PODS, LABELS)
    assert set(outcomes(found).values()) == {"failed"}
    assert "no such key: hostNetwork" in found[("ValidatingPolicy", "images"), "good"].message


def test_a_policy_that_only_audits_refuses_nothing(kyverno: Tool) -> None:
    found = judge(kyverno, [policy(HERE, validationActions=["Audit"])], PODS, LABELS)
    assert outcomes(found) == {("images", "good"): "passed", ("images", "bad"): "audited"}


def test_nothing_is_said_of_what_is_not_matched_or_was_not_loaded(kyverno: Tool) -> None:
    elsewhere = policy(HERE, "elsewhere")
    selected = {"matchLabels": {"kubernetes.io/metadata.name": "other"}}
    elsewhere["spec"]["matchConstraints"]["namespaceSelector"] = selected
    unknown = policy(HERE, "unknown")
    unknown["spec"]["validationz"] = unknown["spec"].pop("validations")
    assert judge(kyverno, [elsewhere], PODS, LABELS) == {}
    assert judge(kyverno, [unknown], PODS, LABELS) == {}


def test_a_condition_that_leaves_a_pod_out_skips_it(kyverno: Tool) -> None:
    conditions = [{"name": "some", "expression": "object.metadata.name == 'bad'"}]
    found = judge(kyverno, [policy(HERE, matchConditions=conditions)], PODS, LABELS)
    assert outcomes(found) == {("images", "good"): "skipped", ("images", "bad"): "refused"}


def test_signatures_are_asked_of_a_real_registry(kyverno: Tool, tmp_path: Path) -> None:
    from edgewright.policy_test.stand_ins import stand_in

    key = generate()
    with running_registry(tmp_path / "registry") as address, Client() as client:
        repository = client.repository(f"{address}/edge/x")
        signed, unsigned = stand_in("edge/x", "own"), stand_in("edge/x", "unsigned")
        for each in (signed, unsigned):
            repository.push(each)
        sign(repository, signed.digest, key)
        policy_of_signatures = _signatures(f"{address}/**", key.public.pem)
        pods = [
            pod(each, f"{address}/edge/x@{digest}") for each, digest in _digests(signed, unsigned).items()
        ]
        found = judge(kyverno, [policy_of_signatures], pods, LABELS)
    assert outcomes(found) == {
        ("signatures", "signed"): "passed",
        ("signatures", "unsigned"): "refused",
        ("signatures", "absent"): "failed",
    }
    assert "MANIFEST_UNKNOWN" in found[("ImageValidatingPolicy", "signatures"), "absent"].message
    gone = judge(kyverno, [policy_of_signatures], pods, LABELS)
    assert set(outcomes(gone).values()) == {"failed"}  # the registry is down: no verdict, and no pass
    assert "connection refused" in gone[("ImageValidatingPolicy", "signatures"), "signed"].message


def _digests(signed: Any, unsigned: Any) -> dict[str, str]:
    return {"signed": signed.digest, "unsigned": unsigned.digest, "absent": f"sha256:{'1' * 64}"}


def _signatures(glob: str, pem: str) -> Object:
    made = policy("images.containers.all(i, verifyImageSignatures(i, [attestors.a]) > 0)", "signatures")
    made["kind"] = "ImageValidatingPolicy"
    made["spec"]["matchImageReferences"] = [{"glob": glob}]
    log = {"insecureIgnoreTlog": True, "insecureIgnoreSCT": True}
    made["spec"]["attestors"] = [{"name": "a", "cosign": {"key": {"data": pem}, "ctlog": log}}]
    return made


def test_a_folder_with_tests(kyverno: Tool, tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(json.dumps(policy(HERE)))
    (tmp_path / "pods.yaml").write_text("\n---\n".join(json.dumps(each) for each in PODS))
    results = [
        {"policy": "images", "kind": "Pod", "resources": [name], "result": result, "isValidatingPolicy": True}
        for name, result in {"good": "pass", "bad": "pass"}.items()
    ]
    test = {
        "apiVersion": "cli.kyverno.io/v1alpha1",
        "kind": "Test",
        "metadata": {"name": "images"},
        "policies": ["policy.yaml"],
        "resources": ["pods.yaml"],
        "results": results,
    }
    (tmp_path / "kyverno-test.yaml").write_text(json.dumps(test))
    good, bad = try_folder(kyverno, tmp_path)
    assert (good.holds, bad.holds) == (True, False)
    assert bad.reason == "Want pass, got fail"


def test_a_folder_without_tests_is_an_error(kyverno: Tool, tmp_path: Path) -> None:
    with pytest.raises(FleetError, match="no tests found"):
        try_folder(kyverno, tmp_path)


def test_it_sees_nothing_of_the_user(
    fake: Callable[[str], Tool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", "/some/cluster")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    monkeypatch.setenv("HUB_PASSWORD", "x")
    judge(fake(f"env > {tmp_path}/seen"), [policy(HERE)], PODS, LABELS)
    seen = dict(line.split("=", 1) for line in (tmp_path / "seen").read_text().splitlines())
    assert seen["KUBECONFIG"] == "/dev/null"
    assert seen["HOME"] == seen["DOCKER_CONFIG"] != str(Path.home())
    assert not {"HTTPS_PROXY", "HUB_PASSWORD"} & set(seen)


@pytest.mark.parametrize(
    "script",
    [
        "echo Policies Skipped:; echo '1. images: invalid'",
        "echo broken >&2; exit 1",
        "exit 3",
        "echo out of memory >&2; exit 137",
    ],
)
def test_what_is_no_report_is_an_error(fake: Callable[[str], Tool], script: str) -> None:
    with pytest.raises(FleetError, match="Kyverno gave no report"):
        judge(fake(script), [policy(HERE)], PODS, LABELS)


STUMBLES = "echo x >> tried; echo 'fatal error: concurrent map writes' >&2; exit 2"


def test_a_call_in_which_it_stumbles_over_itself_is_made_again(fake: Callable[[str], Tool]) -> None:
    once = fake(f"if [ ! -e tried ]; then {STUMBLES}; fi; echo '{{\"results\": []}}'")
    assert judge(once, [policy(HERE)], PODS, LABELS) == {}
    with pytest.raises(FleetError, match="concurrent map writes"):
        judge(fake(STUMBLES), [policy(HERE)], PODS, LABELS)


def test_it_is_stopped_when_it_takes_too_long(fake: Callable[[str], Tool], tmp_path: Path) -> None:
    begun = time.monotonic()
    with pytest.raises(FleetError, match="no answer within 1 s"):
        judge(fake(f"echo $$ > {tmp_path}/pid; exec sleep 60"), [policy(HERE)], PODS, LABELS, seconds=1)
    assert time.monotonic() - begun < 30
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()


def test_a_program_that_has_gone(tmp_path: Path) -> None:
    with pytest.raises(FleetError, match="cannot be run: no such file"):
        judge(Tool(PROGRAMS["kyverno"], tmp_path / "gone", "1.19.0"), [policy(HERE)], PODS, LABELS)


def test_of_several_rules_the_gravest_counts(fake: Callable[[str], Tool]) -> None:
    said = [
        {
            "source": "kyverno",
            "policy": "old",
            "rule": rule,
            "result": result,
            "resources": [{"name": "good"}],
        }
        for rule, result in {"a": "pass", "b": "fail", "c": "skip"}.items()
    ]
    script = f"cat <<'END'\n{json.dumps({'results': said})}\nEND"
    old = {
        "apiVersion": "kyverno.io/v1",
        "kind": "ClusterPolicy",
        "metadata": {"name": "old"},
        "spec": {"validationFailureAction": "Enforce", "rules": [{"name": each} for each in "abc"]},
    }
    found = judge(fake(script), [old], PODS, LABELS)
    assert outcomes(found) == {("old", "good"): "refused"}


def test_what_denies() -> None:
    assert denies(policy(HERE))
    assert denies(policy(HERE, validationActions=["Audit", "Deny"]))
    assert not denies(policy(HERE, validationActions=["Warn"]))
    old: Object = {"apiVersion": "kyverno.io/v1", "spec": {"rules": [{"name": "a"}]}}
    assert not denies(old, "a")
    old["spec"]["rules"] = [{"name": "a", "validate": {"failureAction": "Enforce"}}, {"name": "b"}]
    assert denies(old, "a")
    assert not denies(old, "b")
    old["spec"]["validationFailureAction"] = "enforce"
    assert denies(old, "b")


def test_text_of_a_program_is_one_short_line() -> None:
    assert plain("a\n\x1b[31mb\t c") == "a [31mb c"
    assert len(plain("x" * 5000)) == 400
