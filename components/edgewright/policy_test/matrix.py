"""What was tried and what came of it, as values: a class's policies, its pods, what became of each change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

from edgewright.errors import FieldPath, Finding
from edgewright.ship.kyverno import PolicyName, Tried, Verdict

Result: TypeAlias = Literal[
    "passed",
    "refused",
    "got through",
    "left to the namespace",
    "not tried",
    "not asked for",
    "does not apply",
]
"""What became of a pod: as it is rendered it is to be `passed`, changed it is to be `refused`. It may be that no
policy is asked for, and it is Kubernetes that refuses it by the Pod Security label of the namespace (which is
not tried here), or nobody; that nobody here can sign as the fleet asks; or that no pod has what is changed."""

AS_RENDERED: Final = "as rendered"
MAKERS: Final = "what makes the pods"
FOLLOWING: Final = "signed with the other key"


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy of a class: what it is called here (`base`, a folder of policies/, or `signatures`; its own name
    where it is neither), and the field that it comes from. `denies` is False where it only reports, `fails_closed`
    where an error lets a pod in, `sees_later` where containers can be put into a running pod past it."""

    name: PolicyName
    base: str
    origin: FieldPath
    denies: bool = True
    fails_closed: bool = True
    sees_later: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One way in which the class's pods were tried: by policy and pod, what was said; and what that means.

    `good` says that the pods had to pass. `asked` are the policies that are there to refuse it, and `origin`
    the field that asks for it.
    """

    name: str
    what: str
    good: bool
    verdicts: Mapping[tuple[PolicyName, str], Verdict]
    result: Result
    asked: tuple[PolicyName, ...] = ()
    origin: FieldPath = ("security",)

    def of(self, policy: PolicyName) -> tuple[Verdict, ...]:
        """What a policy said of each pod."""
        return tuple(verdict for (name, _), verdict in self.verdicts.items() if name == policy)


@dataclass(frozen=True, slots=True)
class ClassMatrix:
    """One class: how signatures are checked on it, its policies, its pods by name, and everything that was tried.

    `thing` is what was tried: pods, or where Flux is the gate the artifacts that it pulls.
    """

    name: str
    gate: str
    policies: tuple[Policy, ...] = ()
    pods: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    thing: str = "pod"

    def renamed(self, address: str, host: str) -> ClassMatrix:
        """The same, where what was said of the registry of a trial is said of the fleet's."""
        rows = tuple(
            replace(
                row,
                verdicts={
                    key: replace(verdict, message=verdict.message.replace(address, host))
                    for key, verdict in row.verdicts.items()
                },
            )
            for row in self.rows
        )
        return replace(self, rows=rows)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that came of a run. `folders` has what Kyverno said of the tests of a folder of the user's own."""

    classes: tuple[ClassMatrix, ...] = ()
    folders: Mapping[str, tuple[Tried, ...]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
