"""Resources that pass: what is found passes by the plan itself, and one step less or more does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.small import found, plan_of, smallest
from tests.strategies import CATALOGUE

from edgewright.artifact.lock import Lock
from edgewright.errors import Finding
from edgewright.fleet import Cpu, Memory, Resources
from edgewright.plan import proofs
from edgewright.plan.case import Case
from edgewright.plan.inequality import Inequality, Term
from edgewright.plan.proofs import cpu, gpu, memory
from edgewright.plan.solving import Solution, solve
from edgewright.plan.trial import Trial, trial_of
from edgewright.plan.units import BYTES

MIB = 2**20
HOST = {"arch": "amd64", "cpu": 8, "memory": "16Gi", "gpu": "nvidia-l4"}
BOX = {"host": HOST, "software": {"driver": "580.82.07"}, "reserve": {"cpu": "500m", "memory": "1Gi"}}
FLOOR = 700 * MIB + 5


def _floor(case: Case) -> Iterator[Inequality | Finding]:
    """A proof that needs memory of one workload, and whole cores."""
    for each in case.planned.workloads:
        if each.name != "read":
            continue
        path = (*each.origin("resources"), "memory")
        yield Inequality(
            "too-little-memory", case.planned.name, "memory", BYTES, (Term("model", FLOOR, ("models",)),),
            (Term("limit", int(each.resources.memory), path),), path, "more", each.name,
        )  # fmt: skip
        if each.resources.cpu % 1000:
            path = (*each.origin("resources"), "cpu")
            yield Finding("not-whole", "error", "no whole cores", "write whole ones", path)


@pytest.fixture
def floor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "PROOFS", (memory.prove, cpu.prove, gpu.prove, _floor))


@pytest.fixture(autouse=True)
def three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "PROOFS", (memory.prove, cpu.prove, gpu.prove))


def trial(resources: dict[str, Any], others: tuple[dict[str, Any], ...] = (), **box: Any) -> Trial:
    values = smallest(deviceClasses={"box": {**BOX, **box}}, workloads__read__resources=resources)
    for number, each in enumerate(others):
        values["workloads"][f"other-{number}"] = {"model": "digits", "resources": each}
    made = trial_of(plan_of(values), CATALOGUE, Lock(), "box", "read")
    assert made is not None
    return made


def ends(solution: Solution) -> dict[str, tuple[int | None, int | None]]:
    return {each.resource: (each.least, each.most) for each in solution.alone}


def test_the_most_is_what_the_others_leave_and_the_least_is_not_made_up() -> None:
    solution = solve(trial({"cpu": 1, "memory": "1Gi"}, ({"cpu": 2, "memory": "3Gi", "gpu": 1},)))
    assert ends(solution) == {
        "memory": (None, 12 * 2**30),
        "cpu": (None, 5500),
        "gpu": (0, 0),
        "ephemeral_storage": (None, None),
    }
    assert solution.smallest == Resources(cpu=Cpu("1"), memory=Memory("1Gi"))
    assert solution.largest == Resources(cpu=Cpu("5500m"), memory=Memory("12Gi"))


@pytest.mark.usefixtures("floor")
def test_the_least_is_what_a_proof_needs_in_steps_that_people_write() -> None:
    solution = solve(trial({"cpu": 1, "memory": "1Gi"}))
    assert ends(solution)["memory"] == (701 * MIB, 15 * 2**30)
    assert ends(solution)["cpu"] == (1000, 7000)
    assert solution.smallest is not None
    assert (solution.smallest.memory, solution.smallest.cpu) == (Memory("701Mi"), Cpu(1000))


@pytest.mark.usefixtures("floor")
def test_where_no_whole_mebibyte_passes_bytes_are_searched() -> None:
    solution = solve(trial({"cpu": 1, "memory": "1Gi"}, host={**HOST, "memory": f"{2**30 + FLOOR + 7}B"}))
    assert ends(solution)["memory"] == (FLOOR, FLOOR + 7)


@pytest.mark.usefixtures("floor")
def test_where_nothing_fits_both_sides_are_named() -> None:
    solution = solve(trial({"cpu": 1, "memory": "1Gi"}, host={**HOST, "memory": "1500Mi"}))
    memory_, cpu_ = solution.alone[:2]
    assert [each.rule for each in memory_.in_the_way] == ["too-little-memory", "memory-over-capacity"]
    assert (memory_.least, memory_.most) == (None, None)
    assert not cpu_.in_the_way
    assert solution.smallest is None
    assert solution.in_the_way == memory_.in_the_way


def test_a_reserve_beyond_the_device_stands_in_the_way() -> None:
    solution = solve(trial({"cpu": 1, "memory": "1Gi"}, reserve={"memory": "17Gi"}))
    (obstacle,) = solution.in_the_way
    assert obstacle.message == "`box` needs 18Gi of memory (`read` 1Gi + reserve 17Gi), and has 16Gi"


def test_no_tier_is_lost_for_a_smaller_number() -> None:
    values = smallest(deviceClasses={"box": BOX}, workloads__read__resources__gpu=1)
    values["workloads"]["read"]["tiers"] = ["onnxruntime-cuda", "onnxruntime-cpu"]
    made = trial_of(plan_of(values), CATALOGUE, Lock(), "box", "read")
    assert made is not None
    assert ends(solve(made))["gpu"] == (1, 1)


def test_what_was_wrong_before_and_is_about_something_else_does_not_count() -> None:
    wrong = {"cpu": 9, "memory": "1Gi"}
    solution = solve(trial({"cpu": 1, "memory": "1Gi"}, (wrong,)))
    memory_, cpu_ = solution.alone[:2]
    assert memory_.most == 14 * 2**30
    assert [each.rule for each in cpu_.in_the_way] == ["cpu-over-capacity"]
    assert solution.smallest is None


def test_the_class_has_its_own_resources_and_others_keep_theirs() -> None:
    values = smallest(deviceClasses={"box": BOX, "kiosk": {"board": "intel-n100-8gb"}})
    values["workloads"]["read"]["on"] = {"box": {"resources": {"cpu": 1, "memory": "2Gi"}}, "kiosk": {}}
    plan = plan_of(values)
    on_box = trial_of(plan, CATALOGUE, Lock(), "box", "read")
    on_kiosk = trial_of(plan, CATALOGUE, Lock(), "kiosk", "read")
    assert on_box is not None
    assert on_kiosk is not None
    assert on_box.path == ("workloads", "read", "on", "box", "resources")
    assert on_kiosk.path == ("workloads", "read", "resources")
    assert (solve(on_box).alone[0].most, solve(on_kiosk).alone[0].most) == (15 * 2**30, 7 * 2**30)


def test_what_is_not_planned_is_not_tried() -> None:
    plan = plan_of(smallest())
    assert trial_of(plan, CATALOGUE, Lock(), "kiosk", "other") is None
    assert trial_of(plan, CATALOGUE, Lock(), "other", "read") is None


amounts = st.integers(1, 9 * 2**30)
others = st.lists(
    st.fixed_dictionaries({
        "cpu": st.integers(1, 3000).map("{}m".format),
        "memory": st.integers(1, 4 * 2**30).map("{}B".format),
    }),
    max_size=3,
)  # fmt: skip


@settings(max_examples=20)
@given(memory_=amounts, cpu_=st.integers(1, 9000), others=others)
def test_the_answer_passes_and_one_step_beyond_it_does_not(
    memory_: int, cpu_: int, others: list[dict[str, Any]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proofs, "PROOFS", (memory.prove, cpu.prove, gpu.prove, _floor))
        made = trial({"cpu": f"{cpu_}m", "memory": f"{memory_}B"}, tuple(others))
        solution = solve(made)
        if solution.smallest is None or solution.largest is None:
            assert solution.in_the_way
            return
        steps = {"memory": MIB, "cpu": 1000}
        for name, step in steps.items():
            kind = Memory if name == "memory" else Cpu
            least, most = (int(getattr(each, name)) for each in (solution.smallest, solution.largest))
            assert passes(made, solution.smallest)
            assert passes(made, solution.largest)
            less = solution.smallest.model_copy(update={name: kind(least - step)})
            more = solution.largest.model_copy(update={name: kind(most + step)})
            assert not passes(made, less)
            assert not passes(made, more)


def passes(made: Trial, resources: Resources) -> bool:
    """Whether a fleet with these resources has no error, read and planned from its values."""
    others = {name: each for name, each in made.fleet.workloads.items() if name != "read"}
    values = smallest(
        deviceClasses={"box": BOX},
        workloads__read__resources={"cpu": f"{int(resources.cpu)}m", "memory": f"{int(resources.memory)}B"},
    )
    for name, each in others.items():
        assert each.resources is not None
        values["workloads"][name] = {
            "model": "digits",
            "resources": each.resources.model_dump(exclude_none=True),
        }
    return not [each for each in plan_of(values).findings if each.level == "error"]


def test_the_property_can_fail() -> None:
    made = trial({"cpu": 1, "memory": "1Gi"})
    assert passes(made, Resources(cpu=Cpu("1"), memory=Memory("1Gi")))
    assert not passes(made, Resources(cpu=Cpu("1"), memory=Memory("16Gi")))
    assert found(
        plan_of(smallest(workloads__read__resources__memory="16Gi")).findings, "memory-over-capacity"
    )


def test_what_fails_in_the_midst_alone_is_no_answer() -> None:
    """A second share of an MPS GPU is refused, and so is a third; beyond the last there is another reason."""
    made = trial({"cpu": 1, "memory": "1Gi", "gpu": 1}, gpuSharing={"strategy": "mps", "replicas": 4})
    (gpus,) = [each for each in solve(made).alone if each.resource == "gpu"]
    assert gpus.most == 1


def test_head_room_bounds_a_strict_answer() -> None:
    values = smallest(deviceClasses={"box": BOX}, workloads__read__resources={"cpu": 1, "memory": "1Gi"})
    strict = trial_of(plan_of(values), CATALOGUE, Lock(), "box", "read", frozenset({"error", "warning"}))
    assert strict is not None
    (most,) = [each.most for each in solve(strict).alone if each.resource == "memory"]
    assert most is not None
    assert most // MIB == (16 * 2**30 - -(-16 * 2**30 // 20) - 2**30) // MIB


@pytest.mark.usefixtures("floor")
def test_what_is_written_is_an_answer_only_where_it_passes() -> None:
    solution = solve(trial({"cpu": "2500m", "memory": "1Gi"}))
    assert solution.smallest is not None
    assert solution.smallest.cpu % 1000 == 0
