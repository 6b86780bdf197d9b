"""What a gate loses, and whether the Kyverno that a fleet has can be the one at admission."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from edgewright.errors import Finding
from edgewright.fleet import Fleet
from edgewright.plan.plan import ClassPlan

PRESENT_FORM: Final = (1, 19)
"""From here on policies are written in Kyverno's present form (policies.kyverno.io/v1): `required` and
`verifyDigest` of an ImageValidatingPolicy count since then."""
OLDEST: Final = (1, 13)
"""Before this one, CEL in a ClusterPolicy lacks what our policies are written in."""


class Loss(NamedTuple):
    """What a gate cannot do, and what to do about it."""

    loses: str
    remedy: str


LOSSES: Final = {
    "delivery": Loss(
        "nothing on the device checks a pod that somebody makes there: no policy, registry or image's signature",
        "keep what reaches its Kubernetes few, or write `signatureGate: admission` where a registry stands near",
    ),
    "admission": Loss(
        "without the registry or Kyverno no new pod is let in, and so no crashed one is replaced",
        "keep a registry beside the devices, or write `signatureGate: delivery`",
    ),
    "bundle": Loss(
        "what was signed when the stick was read is not asked again, and nothing checks a pod made by hand",
        "keep whoever can reach the device few; a stolen key counts there until the next stick",
    ),
}
"""Each gate ⇒ what a class with it goes without."""


_OLD_KIND: Final = "ClusterPolicy"


def kyverno_version(version: str) -> tuple[int, int]:
    """Major and minor version of `1.19.0` or `v1.19.0-rc.1`."""
    found = re.match(r"v?(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def check_admission(fleet: Fleet, classes: Sequence[ClassPlan]) -> Iterator[Finding]:
    """What each class goes without by its gate, and a Kyverno that is too old for a class that has it."""
    for planned in classes:
        loss = LOSSES[planned.device_class.signature_gate]
        yield Finding(
            "gate-loses",
            "info",
            f"`{planned.name}` checks signatures by `{planned.device_class.signature_gate}`: {loss.loses}",
            loss.remedy,
            (*planned.path, "signatureGate"),
        )
    asked = [each.name for each in classes if each.device_class.signature_gate == "admission"]
    version = fleet.platform.kyverno
    if asked and kyverno_version(version) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        yield Finding(
            "kyverno-too-old",
            "error",
            f"Kyverno {version} cannot read the policies that `{asked[0]}` needs at admission",
            f"use Kyverno {oldest} or newer, or another `signatureGate`",
            ("platform", "kyverno"),
            waivable=False,
        )


def check_forms(fleet: Fleet, policies: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[Finding]:
    """Policies of the fleet's own that are of another form than its Kyverno has: never both on one cluster."""
    version = fleet.platform.kyverno
    old = kyverno_version(version) < PRESENT_FORM
    for index, folder in enumerate(fleet.security.policies):
        for policy in policies.get(folder, ()):
            if (policy["kind"] == _OLD_KIND) is not old:
                wanted = "a ClusterPolicy" if old else "a ValidatingPolicy or an ImageValidatingPolicy"
                yield Finding(
                    "policy-form",
                    "error",
                    f"`{policy['metadata']['name']}` in {folder} is of kind {policy['kind']}, "
                    f"and all policies for Kyverno {version} are of the other form",
                    f"write it as {wanted}",
                    ("security", "policies", index),
                    waivable=False,
                )
