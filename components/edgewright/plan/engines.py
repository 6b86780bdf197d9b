"""What an engine of delivery cannot do of what a rollout asks for. It is refused, and never left out silently.

On each device Argo Rollouts waits, judges and goes back, whatever brings the change. What is told here is
whether the next ring waits for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from edgewright.errors import FieldPath, Finding, Note
from edgewright.fleet import Fleet, Rollout
from edgewright.fleet.wording import listed
from edgewright.plan.plan import ClassPlan

_CANNOT: Final[dict[str, dict[str, str]]] = {
    # https://open-cluster-management.io/docs/concepts/work-distribution/manifestworkreplicaset/
    "ocm": {
        "unreachable": "a device that is switched off holds up the next ring until it leaves the placement",
    },
    # https://kubefleet.dev/docs/concepts/staged-update/
    "kubefleet": {
        "abortWhen": "a stage waits for a time or an approval, and looks at no figures",
        "unreachable": "any device that fails stops the run",
    },
    # https://fleet.rancher.io/ref-fleet-yaml
    "rancher-fleet": {
        "soak": "the next ring begins as soon as devices are ready",
        "abortWhen": "it looks at nothing but readiness",
        "unreachable": "a device that is switched off holds up the next ring",
    },
}
"""Engine ⇒ field of a rollout ⇒ why it cannot keep it. Flux and Argo CD run on each device and follow its
ring, so that what the next ring waits for is decided before they see anything."""


def check_engines(fleet: Fleet, classes: Sequence[ClassPlan]) -> Iterator[Finding]:
    """What the engine cannot keep of the rollouts that it brings to a class, and gates that it has not."""
    yield from _gates(fleet, classes)
    cannot = _CANNOT.get(fleet.delivery.engine)
    if cannot is None:
        return
    named = {each.rollout_name for each in classes if not each.device_class.offline}
    for name, rollout in fleet.rollouts.items():
        if name in named:
            for path, why in _of_rollout(("rollouts", name), rollout, cannot):
                yield _cannot(fleet, path, why)


def _of_rollout(path: FieldPath, rollout: Rollout, cannot: dict[str, str]) -> Iterator[tuple[FieldPath, str]]:
    """Of the last stage nothing is told: no ring comes after it."""
    for index, stage in enumerate(rollout.stages[:-1]):
        here = (*path, "stages", index)
        if stage.soak is not None and "soak" in cannot:
            yield (*here, "soak"), cannot["soak"]
        if stage.abort_when is not None and "abortWhen" in cannot:
            yield (*here, "abortWhen"), cannot["abortWhen"]
    if rollout.unreachable.tolerate and "unreachable" in cannot:
        yield (*path, "unreachable"), cannot["unreachable"]


def _cannot(fleet: Fleet, path: FieldPath, why: str) -> Finding:
    return Finding(
        "engine-cannot",
        "error",
        f"{fleet.delivery.engine} cannot keep `{path[-1]}`: {why}",
        "remove it, or write `engine: flux`",
        path,
        on_key=True,
        notes=(Note("the engine", path=("delivery", "engine")),),
    )


def _gates(fleet: Fleet, classes: Sequence[ClassPlan]) -> Iterator[Finding]:
    """Classes whose gate is the delivery, where what delivers checks no signature."""
    engine = fleet.delivery.engine
    by_delivery = [each for each in classes if each.device_class.signature_gate == "delivery"]
    if engine == "flux" or not by_delivery or not fleet.security.signatures:
        return
    names = [each.name for each in by_delivery]
    yield Finding(
        "engine-cannot",
        "error",
        f"{listed(names)} {'checks' if len(names) == 1 else 'check'} signatures by `delivery`, "
        f"and {engine} checks none",
        f"write `engine: flux`, or `signatureGate: admission` for {'it' if len(names) == 1 else 'them'}",
        ("delivery", "engine"),
        notes=tuple(
            Note("the gate", path=(*each.path, "signatureGate"))
            if "signature_gate" in each.device_class.model_fields_set
            else Note("the class, whose gate is `delivery` by default", path=each.path)
            for each in by_delivery[:3]
        ),
    )
