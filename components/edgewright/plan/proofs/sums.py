"""Sums over the workloads of a class: what each takes, and at which of them a finding points."""

from __future__ import annotations

from edgewright.errors import FieldPath
from edgewright.fleet.part import camel
from edgewright.plan.case import Case
from edgewright.plan.inequality import Term


def asked(case: Case, resource: str) -> tuple[Term, ...]:
    """What each workload asks for of a resource, those that ask for none left out."""
    return tuple(
        Term(f"`{each.name}`", amount, (*each.origin("resources"), camel(resource)))
        for each in case.planned.workloads
        if (amount := int(getattr(each.resources, resource) or 0))
    )


def reserved(case: Case, resource: str) -> Term:
    """What is kept back for the system and the platform."""
    return Term("reserve", int(getattr(case.device_class.reserve, resource)), _reserve_path(case, resource))


def _reserve_path(case: Case, resource: str) -> FieldPath:
    below: FieldPath = (*case.planned.path, "reserve")
    written = case.device_class.reserve.model_fields_set
    if "reserve" not in case.device_class.model_fields_set:
        return case.planned.path
    return (*below, resource) if resource in written else below


def hardware_path(case: Case) -> FieldPath:
    """Where the class says what hardware it is."""
    return (*case.planned.path, "board" if case.device_class.board else "host")


def greatest(terms: tuple[Term, ...]) -> FieldPath:
    """The field of the greatest of some terms: the one to look at first."""
    return max(terms, key=lambda term: term.amount).path


def at_most(workloads: tuple[Term, ...], amount: str) -> str:
    """The remedy for workloads that take too much together, or for the only one."""
    if len(workloads) == 1:
        return f"give {workloads[0].name} {amount} at most"
    return f"give workloads {amount} at most in all"
