"""What is at hand while workloads are deployed: the whole fleet, and one class at a time."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from edgewright.artifact.lock import Lock
from edgewright.catalogue import Catalogue
from edgewright.errors import FieldPath, Finding, Note
from edgewright.fleet import Fleet, Runtime
from edgewright.plan.hardware import Hardware

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Building:
    """What is at hand while a plan is made. Findings, and names that fleet.lock lacks, gather in it."""

    fleet: Fleet
    catalogue: Catalogue
    lock: Lock
    runtimes: Mapping[str, Runtime]
    findings: list[Finding] = field(default_factory=list)
    not_locked: dict[str, FieldPath] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Site:
    """The class that a workload is deployed on. What it knows of images is found out once for all of them."""

    name: str
    hardware: Hardware
    answers: dict[Hashable, Any] = field(default_factory=dict)

    def once(self, question: Hashable, answer: Callable[[], T]) -> T:
        """The answer to a question about the class: hundreds of workloads ask the same."""
        if question not in self.answers:
            self.answers[question] = answer()
        return cast(T, self.answers[question])

    @property
    def note(self) -> Note:
        """The class, as a second place of a finding."""
        return Note("the class", path=("deviceClasses", self.name))
