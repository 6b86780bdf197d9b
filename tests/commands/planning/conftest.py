"""A sheet whose budgets are written here, so that what is proven elsewhere changes no golden."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tests.small import plan_of, smallest

from edgewright.commands.planning.sheet import Sheet, sheet_of
from edgewright.errors import Finding, Place
from edgewright.plan import Plan
from edgewright.plan.inequality import Inequality, Term
from edgewright.plan.units import BYTES, COUNT, MILLICORES, MILLISECONDS, MILLIWATTS, Unit

GIB = 2**30
EVIL = "<script>alert(1)</script> | `a`|b *c* @team [x](https://evil.example) \x1b[31m\n# heading &amp; \\"
HERE = ("deviceClasses", "kiosk")


def proof(
    what: str, unit: Unit, needs: tuple[int, ...], has: int, workload: str | None = None, level: str = "error"
) -> Inequality:
    terms = tuple(Term(f"part {number}", each, HERE) for number, each in enumerate(needs))
    return Inequality(
        rule=f"{what.lower().replace(' ', '-')}-over", class_name="kiosk", what=what, unit=unit, needs=terms,
        has=(Term("capacity", has, HERE),), at=HERE, remedy="take less", workload=workload,
        level=level,  # type: ignore[arg-type]
    )  # fmt: skip


PROOFS = (
    proof("memory", BYTES, (3 * GIB, GIB), 8 * GIB),
    proof("CPU", MILLICORES, (5000, 500), 4000),
    proof("NVIDIA GPU", COUNT, (1,), 0),
    proof("ephemeral storage", BYTES, (GIB,), GIB),
    proof("power", MILLIWATTS, (14_000,), 15_000, level="warning"),
    proof("answer at p99", MILLISECONDS, (41, 2), 40, "read", "warning"),
)


def fixed(plan: Plan, proofs: tuple[Inequality, ...] = PROOFS) -> Plan:
    """The plan with other proofs on its first class."""
    first, *others = plan.classes
    return replace(plan, classes=(replace(first, proofs=proofs), *others))


@pytest.fixture
def plan() -> Plan:
    values = smallest(
        deviceClasses={
            "kiosk": {"board": "intel-n100-8gb", "devices": 60},
            "box": {"host": {"arch": "arm64", "cpu": 4, "memory": "8Gi"}},
        },
        rollouts={
            "careful": {
                "stages": [
                    {"ring": "canary", "upTo": "1%", "soak": "36h"},
                    {"ring": "early", "upTo": "10%", "soak": "3d", "abortWhen": {"errorRate": "2%"}},
                    {"ring": "everyone", "upTo": "100%"},
                ]
            }
        },
    )
    values["workloads"]["read"] |= {
        "rollout": "careful",
        "tiers": ["tensorrt", "onnxruntime-cpu"],
        "on": {"kiosk": {}},
    }
    values["workloads"]["write"] = {"model": "digits", "resources": {"cpu": 1, "memory": "512Mi"}}
    return fixed(plan_of(values))


FINDINGS = (
    Finding("cpu-over", "error", EVIL, f"not {EVIL}", HERE, place=Place("fleet.yaml", 2, 3, 2, 8)),
    Finding("no-effect", "info", "`a` has no effect", "remove it", HERE),
)


@pytest.fixture
def sheet(plan: Plan) -> Sheet:
    sources = {"fleet.yaml": f"deviceClasses:\n  kiosk: {{}}  # {EVIL}\n"}
    return sheet_of(plan, FINDINGS, sources, date(2026, 11, 1))


@pytest.fixture
def compared(plan: Plan) -> Sheet:
    """The same beside a fleet that was written otherwise: a bar that moved, one that is new."""
    less = (proof("memory", BYTES, (2 * GIB, GIB), 8 * GIB), *PROOFS[2:])
    overrides = (f"memory={EVIL}",)
    return sheet_of(plan, (), {}, date(2026, 11, 1), ["kiosk"], fixed(plan, less), overrides)
