"""Any sequence of promotions and rollbacks: what holds after each step, whoever forces what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.small import plan_of, smallest

from edgewright.artifact.rings import ClassRings, Rings, returned
from edgewright.artifact.rings_file import read_rings, rings_values
from edgewright.assembly.promoting import Asked, advance, enter_first
from edgewright.document.document import parse_document
from edgewright.document.emit import emit
from edgewright.document.source import Source
from edgewright.plan.promotion import Promotion

START = datetime(2026, 11, 1, tzinfo=UTC)
STAGES = [
    {"ring": "canary", "upTo": "1%", "soak": "24h"},
    {"ring": "early", "upTo": "10%", "soak": "24h", "abortWhen": {"errorRate": "5%"}},
    {"ring": "late", "upTo": "50%"},
    {"ring": "everyone", "upTo": "100%"},
]
VALUES = smallest(rollouts={"careful": {"stages": STAGES}}, workloads__read__rollout="careful")
VALUES["deviceClasses"]["kiosk"]["devices"] = 1000
PLAN = plan_of(VALUES)
KIOSK = PLAN.classes[0]
RINGS = [ring.name for ring in KIOSK.rings]

actions = st.tuples(
    st.sampled_from(["promote", "promote", "rollback"]),
    st.integers(0, len(RINGS) - 1),
    st.sampled_from([None, "because"]),
    st.integers(1, 40),  # hours since the action before
    st.integers(0, 5),  # what would be rendered
)


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


@settings(max_examples=300)
@given(st.lists(actions, max_size=30))
def test_whatever_is_done_a_release_goes_through_every_ring_and_never_back_unasked(
    steps: list[tuple[str, int, str | None, int, int]],
) -> None:
    rings, now = ClassRings(), START
    seen: dict[str, set[int]] = {name: set() for name in RINGS}
    for kind, index, forced, hours, rendered in steps:
        now += timedelta(hours=hours)
        name, before = RINGS[index], rings
        if kind == "rollback":
            if name in rings.rings and rings.rings[name].previous is not None:
                rings = returned(rings, name, now)
        else:
            promotion, asked = Promotion(KIOSK, rings, index), Asked(PLAN.fleet, now, None, forced)
            step, findings = (
                advance(promotion, asked) if index else enter_first(promotion, digest(rendered), asked)
            )
            assert (step is None) == bool(findings)
            if step is not None and not step.is_done:
                rings = step.rings
                there, moved = before.rings.get(name), rings.rings[name]
                assert there is None or moved.runs.release.number > there.runs.release.number
                assert moved.runs.since == now
                assert forced is not None or not step.overridden
                assert (moved.forced is not None) == bool(step.overridden)
                if index:
                    assert moved.runs.release == before.rings[RINGS[index - 1]].runs.release
                    for earlier in RINGS[:index]:
                        assert rings.rings[earlier].runs.release.number >= moved.runs.release.number
        assert {each: rings.rings[each] for each in before.rings if each != name} == {
            each: before.rings[each] for each in before.rings if each != name
        }
        for each, state in rings.rings.items():
            assert state.previous is None or state.previous.release.digest != state.runs.release.digest
            seen[each].add(state.runs.release.number)
            position = RINGS.index(each)
            assert all(state.runs.release.number in seen[earlier] for earlier in RINGS[:position])
        written = emit(rings_values(Rings("tiny", {"kiosk": rings})))
        assert read_rings(parse_document(Source("rings.yaml", written))) == (
            Rings("tiny", {"kiosk": rings}),
            (),
        )
