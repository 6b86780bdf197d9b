"""Bars never overflow, and never draw something as nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.commands.planning.conftest import proof

from edgewright.commands.planning.bar import Bar, amounts, bars_of, filled, free, per_cent, per_cent_text
from edgewright.commands.planning.shape import ASCII, BLOCKS, drawn
from edgewright.plan.inequality import Inequality
from edgewright.plan.units import BYTES, COUNT

sides = st.integers(0, 2**62) | st.integers(0, 20)
widths = st.integers(0, 200)


def of(needed: int, available: int) -> Inequality:
    return proof("memory", BYTES, (needed,), available)


@given(sides, sides, widths)
def test_a_bar_is_as_wide_as_it_may_be(needed: int, available: int, width: int) -> None:
    each = of(needed, available)
    full, beyond = filled(each, width)
    assert 0 <= beyond <= full <= width
    for shapes in (BLOCKS, ASCII):
        assert len(drawn(each, width, shapes)) == width


@given(sides, sides, st.integers(2, 200))
def test_what_is_drawn_is_true(needed: int, available: int, width: int) -> None:
    each = of(needed, available)
    full, beyond = filled(each, width)
    assert (beyond > 0) == (not each.holds)
    assert (full > 0) == (needed > 0)
    if each.holds:
        assert (full == width) == (needed == available > 0)


@given(sides, sides)
def test_above_a_hundred_exactly_where_it_does_not_hold(needed: int, available: int) -> None:
    share = per_cent(of(needed, available))
    assert (share is None) == (available == 0)
    if share is not None:
        assert (share > 100) == (needed > available)


def test_a_share_of_nothing_has_no_number() -> None:
    assert per_cent_text(of(1, 0)) == "-"
    assert per_cent_text(of(10**9, 1)) == "over"
    assert free(proof("GPU", COUNT, (1,), 0)) == "1 over"
    assert free(proof("GPU", COUNT, (1,), 1)) == "none free"


def test_sides_that_read_alike_are_written_out() -> None:
    assert amounts(of(2**33, 2**33)) == "8Gi / 8Gi"
    assert amounts(of(2**33 + 1, 2**33)) == "8,589,934,593 bytes / 8,589,934,592 bytes"


def test_each_bar_finds_itself_in_the_fleet_as_written() -> None:
    one, other = of(1, 9), of(2, 9)
    moved = [*bars_of([one, other], [one, of(3, 9)])]
    assert [(bar.before, bar.changed) for bar in moved] == [(one, False), (of(3, 9), True)]
    assert [*bars_of([one, other], [one])][1] == Bar(other, None, compared=True)
    assert not any(bar.compared for bar in bars_of([one], None))
