"""The Pod Security Standards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edgewright.errors import Finding
from edgewright.scan import check_objects

Object = dict[str, Any]
Break = Callable[..., list[Finding]]
Row = tuple[str, str, Any, str, str]
Says = Callable[[str, str, Any, str, str], None]

POD = "spec template spec"
CONTAINER = f"{POD} containers 0"
CONTEXT = f"{CONTAINER} securityContext"


ROWS: list[Row] = [
    ("Rollout", f"{POD} hostNetwork", True, "pod-security", "hostNetwork: is true"),
    ("Rollout", f"{CONTAINER} ports 0 hostPort", 8080, "pod-security", "hostPort"),
    ("Rollout", f"{CONTAINER} readinessProbe httpGet host", "1.2.3.4", "pod-security", "httpGet.host"),
    ("Rollout", f"{CONTEXT} privileged", True, "pod-security", "privileged"),
    ("Rollout", f"{CONTEXT} allowPrivilegeEscalation", True, "pod-security", "is true"),
    (
        "Rollout",
        f"{CONTEXT} capabilities drop",
        ["NET_RAW"],
        "pod-security",
        "capabilities.drop",
    ),
    (
        "Rollout",
        f"{CONTEXT} capabilities add",
        ["CHOWN"],
        "pod-security",
        "NET_BIND_SERVICE",
    ),
    ("Rollout", f"{CONTEXT} capabilities add", ["NET_BIND_SERVICE"], "", ""),
    ("Rollout", f"{CONTEXT} procMount", "Unmasked", "pod-security", "procMount"),
    ("Rollout", f"{CONTEXT} runAsUser", 0, "pod-security", "any user but 0"),
    ("Rollout", f"{POD} securityContext runAsNonRoot", False, "pod-security", "runAsNonRoot: is false"),
    ("Rollout", f"{POD} securityContext seccompProfile type", "Unconfined", "pod-security", "RuntimeDefault"),
    ("Rollout", f"{POD} securityContext sysctls", [{"name": "a", "value": "b"}], "pod-security", "sysctls"),
    ("Rollout", f"{POD} securityContext seLinuxOptions", {"type": "spc_t"}, "pod-security", "container_t"),
    (
        "Rollout",
        f"{POD} securityContext seLinuxOptions",
        {"role": "r"},
        "pod-security",
        "seLinuxOptions.role",
    ),
    ("Rollout", f"{POD} securityContext appArmorProfile", {"type": "Unconfined"}, "pod-security", "appArmor"),
    (
        "Rollout",
        f"{POD} securityContext windowsOptions",
        {"hostProcess": True},
        "pod-security",
        "hostProcess",
    ),
    (
        "Rollout",
        f"{POD} volumes 3",
        {"name": "scratch", "hostPath": {"path": "/"}},
        "pod-security",
        "hostPath",
    ),
    (
        "Rollout",
        f"{POD} volumes 3",
        {"name": "scratch", "nfs": {"server": "a", "path": "/"}},
        "pod-security",
        "nfs",
    ),
]


@pytest.mark.parametrize(("kind", "path", "value", "rule", "words"), ROWS)
def test_a_field(says: Says, kind: str, path: str, value: Any, rule: str, words: str) -> None:
    says(kind, path, value, rule, words)


@pytest.mark.parametrize(("kubernetes", "refused"), [("1.34", True), ("1.36", False)])
def test_root_in_a_user_namespace_is_allowed_since_1_35(
    objects: list[Object], kubernetes: str, refused: bool
) -> None:
    objects[0]["metadata"]["labels"]["pod-security.kubernetes.io/enforce-version"] = "latest"
    spec = objects[8]["spec"]["template"]["spec"]
    profile = {"type": "RuntimeDefault"}
    spec |= {"hostUsers": False, "securityContext": {"runAsUser": 0, "seccompProfile": profile}}
    found = check_objects([(each, ()) for each in objects], kubernetes)
    assert ("pod-security" in {each.rule for each in found}) == refused


def test_baseline_lets_pass_what_restricted_refuses(objects: list[Object]) -> None:
    objects[0]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] = "baseline"
    context = objects[8]["spec"]["template"]["spec"]["containers"][0]["securityContext"]
    del context["allowPrivilegeEscalation"], context["capabilities"]
    assert check_objects([(each, ()) for each in objects], "1.36") == []
    context["capabilities"] = {"add": ["SYS_ADMIN"]}
    [found] = check_objects([(each, ()) for each in objects], "1.36")
    assert found.rule == "pod-security"
    assert "baseline" in found.message


def test_without_a_namespace_that_enforces_nothing_is_said(objects: list[Object]) -> None:
    del objects[0]["metadata"]["labels"]
    objects[8]["spec"]["template"]["spec"]["hostPID"] = True
    assert check_objects([(each, ()) for each in objects], "1.36") == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (CONTEXT, "allowPrivilegeEscalation: is not set"),
        (CONTEXT, "capabilities.drop: is not set"),
        (f"{POD} securityContext", "runAsNonRoot: is not set"),
        (f"{POD} securityContext seccompProfile", "seccompProfile.type: is not set"),
        (f"{POD} volumes 3 emptyDir", "volumes[3]: is not set"),
    ],
)
def test_what_restricted_asks_for_has_to_be_written(broken: Break, path: str, words: str) -> None:
    found = [each.message for each in broken("Rollout", path) if each.rule == "pod-security"]
    assert any(words in message for message in found), found
