"""A policy pack: our scan of objects, for whatever a program applies to a cluster beside an EdgeFleet.

    pulumi preview --policy-pack stacks/policy

What a fleet renders has been scanned before it was registered; this looks at the objects of a program's
own as well, typed ones of pulumi-kubernetes included.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    StackValidationArgs,
    StackValidationPolicy,
)

from edgewright.errors import Finding, Level
from edgewright.scan import check_objects

KUBERNETES: Final = "1.36"
"""The version that objects are checked for where a policy's configuration names none."""

_ELSEWHERE: Final = ("missing-reference", "unknown-kind", "unknown-kubernetes")
"""What only who sees the whole cluster can say: another program may have made it."""


def pack() -> PolicyPack:
    """The pack `edgewright`: errors stop an update, warnings are shown."""
    return PolicyPack(
        "edgewright",
        [
            _policy("objects-a-cluster-takes", "error", EnforcementLevel.MANDATORY),
            _policy("objects-to-look-at-again", "warning", EnforcementLevel.ADVISORY),
        ],
    )


def _policy(name: str, level: Level, enforcement: EnforcementLevel) -> StackValidationPolicy:
    def validate(arguments: StackValidationArgs, report: ReportViolation) -> None:
        version = str(arguments.get_config().get("kubernetes", KUBERNETES))
        for urn, finding in violations(arguments.resources, version):
            if finding.level == level:
                report(f"[{finding.rule}] {finding.message}: {finding.remedy}", urn)

    return StackValidationPolicy(
        name,
        "Kubernetes objects fit their schemas, and the rules of Edgewright that no schema has.",
        validate,
        enforcement,
        PolicyConfigSchema({"kubernetes": {"type": "string", "default": KUBERNETES}}),
    )


def violations(resources: Iterable[PolicyResource], kubernetes: str) -> Iterator[tuple[str, Finding]]:
    """The URN of each object at fault and the finding; what is unknown in a preview is left out."""
    objects = [
        (body, (each.urn,))
        for each in resources
        if each.resource_type.startswith("kubernetes:") and (body := _body(each.props))
    ]
    for finding in check_objects(objects, kubernetes):
        if finding.path and finding.rule not in _ELSEWHERE:
            yield str(finding.path[0]), finding


def _body(props: Mapping[str, Any]) -> dict[str, Any]:
    """The object; empty for what is none, such as a Helm release or a provider."""
    body = _plain(props)
    is_object = isinstance(body, dict) and isinstance(body.get("kind"), str) and "apiVersion" in body
    return body if is_object else {}


def _plain(value: Any) -> Any:
    """Plain mappings and lists, and whole numbers as such: on their way all of them became floats."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items() if not str(key).startswith("__")}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
