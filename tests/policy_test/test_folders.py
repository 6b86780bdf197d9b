"""A folder of the user's own is tried by its own tests, which show that its policies refuse something."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.small import fleet_of, smallest

from edgewright.policy_test.folders import OwnTests, try_folders
from edgewright.ship.tools import Tool

POLICY = {
    "apiVersion": "policies.kyverno.io/v1",
    "kind": "ValidatingPolicy",
    "metadata": {"name": "named"},
    "spec": {
        "matchConstraints": {
            "resourceRules": [
                {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
            ]
        },
        "validations": [{"expression": "object.metadata.name != 'nobody'", "message": "have a name"}],
    },
}


def _pod(name: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": []}}


def _tests(folder: Path, **results: str) -> None:
    rows = [
        {"policy": "named", "kind": "Pod", "resources": [pod], "result": result, "isValidatingPolicy": True}
        for pod, result in results.items()
    ]
    test = {
        "apiVersion": "cli.kyverno.io/v1alpha1",
        "kind": "Test",
        "metadata": {"name": "named"},
        "policies": ["policy.yaml"],
        "resources": ["pods.yaml"],
        "results": rows,
    }
    (folder / "kyverno-test.yaml").write_text(json.dumps(test))


def _tried(base: Path, kyverno: Tool, **results: str) -> OwnTests:
    folder = base / "mine"
    folder.mkdir()
    (folder / "policy.yaml").write_text(json.dumps(POLICY))
    (folder / "pods.yaml").write_text(
        "\n---\n".join(json.dumps(_pod(each)) for each in ("somebody", "nobody"))
    )
    if results:
        _tests(folder, **results)
    fleet = fleet_of(smallest(security={"policies": ["require-digests", "./mine"]}))
    return try_folders(fleet, base, kyverno)


def test_tests_that_hold_show_what_a_policy_refuses(kyverno: Tool, tmp_path: Path) -> None:
    own = _tried(tmp_path, kyverno, somebody="pass", nobody="fail")
    assert (own.findings, own.refusing) == ((), frozenset({"named"}))
    assert [each.holds for each in own.said["./mine"]] == [True, True]


def test_tests_that_want_no_refusal_show_none(kyverno: Tool, tmp_path: Path) -> None:
    assert _tried(tmp_path, kyverno, somebody="pass").refusing == frozenset()


def test_a_test_that_does_not_hold_is_told_where_the_folder_is_named(kyverno: Tool, tmp_path: Path) -> None:
    own = _tried(tmp_path, kyverno, somebody="fail", nobody="fail")
    (finding,) = own.findings
    assert (finding.rule, finding.path) == ("policy-test-failed", ("security", "policies", 1))
    assert "of `named` and v1/Pod/default/somebody: Want fail, got pass" in finding.message
    assert own.refusing == frozenset()


def test_a_folder_without_tests_is_told(kyverno: Tool, tmp_path: Path) -> None:
    (finding,) = _tried(tmp_path, kyverno).findings
    assert finding.rule == "policy-test-failed"
    assert "no tests that Kyverno could run" in finding.message
