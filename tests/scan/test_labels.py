"""Labels, annotations, the form of selectors, and a namespace's pod-security labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edgewright.errors import Finding

Row = tuple[str, str, Any, str, str]
Break = Callable[..., list[Finding]]
Says = Callable[[str, str, Any, str, str], None]

POD = "spec template spec"
LONG = "a" * 64


NOBODY = {"matchExpressions": [{"key": "a b", "operator": "DoesNotExist"}]}

ROWS: list[Row] = [
    ("Rollout", "spec selector", NOBODY, "bad-label", "spec.selector.matchExpressions[0].key"),
    ("Deployment", "spec selector", NOBODY, "bad-label", "spec.selector.matchExpressions[0].key"),
    ("Rollout", "metadata labels a/b/c", "x", "bad-label", "no key for a label"),
    ("Rollout", "metadata labels team", "A B", "bad-label", "no value for a label"),
    ("Rollout", "metadata labels team", LONG, "bad-label", "no value for a label"),
    ("Rollout", "metadata labels team", "", "", ""),
    ("Rollout", f"{POD} nodeSelector kubernetes.io/arch", "arm/64", "bad-label", "nodeSelector"),
    (
        "Rollout",
        f"{POD} tolerations",
        [{"key": "-gpu", "operator": "Exists"}],
        "bad-label",
        "no key of a taint",
    ),
    ("Rollout", "metadata annotations", {"a b": "x"}, "bad-label", "no key for an annotation"),
    ("Rollout", "metadata annotations", {"Example.COM/a": "x"}, "", ""),
    ("Rollout", "metadata annotations", {"a": "é" * 131072}, "too-large", "262145 bytes"),
    ("Rollout", "metadata annotations", {"a": "x" * 262143}, "", ""),
    ("NetworkPolicy", "spec podSelector matchLabels", {"-": "x"}, "bad-label", "podSelector.matchLabels"),
    (
        "NetworkPolicy",
        "spec podSelector matchExpressions",
        [{"key": "a", "operator": "In"}],
        "bad-label",
        "needs values",
    ),
    (
        "NetworkPolicy",
        "spec podSelector matchExpressions",
        [{"key": "a", "operator": "Exists", "values": ["b"]}],
        "bad-label",
        "takes no values",
    ),
    ("Namespace", "metadata labels pod-security.kubernetes.io/enforce", "strict", "bad-enum", "baseline"),
    ("Namespace", "metadata labels pod-security.kubernetes.io/enforce-version", "1.36", "bad-enum", "latest"),
    (
        "Namespace",
        "metadata labels pod-security.kubernetes.io/force",
        "baseline",
        "bad-enum",
        "no label of Pod",
    ),
    ("Namespace", "metadata labels pod-security.kubernetes.io/audit", "baseline", "", ""),
]


@pytest.mark.parametrize(("kind", "path", "value", "rule", "words"), ROWS)
def test_a_field(says: Says, kind: str, path: str, value: Any, rule: str, words: str) -> None:
    says(kind, path, value, rule, words)


def test_a_service_selects_by_labels_that_there_can_be(broken: Break) -> None:
    found = broken("Service", "spec selector team", "A B")
    assert {each.rule for each in found} == {"bad-label", "selector-mismatch"}
