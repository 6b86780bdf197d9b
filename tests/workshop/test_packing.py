"""Order, layout and packing of a run's buffers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edgewright.workshop.graph import Node
from edgewright.workshop.packing import Layout, Step, ordered, packed, shared


def test_steps_go_depth_first_and_the_later_branch_first() -> None:
    nodes = [
        Node("A", ("x",), ("a",)),
        Node("B", ("a",), ("b",)),
        Node("C", ("x",), ("c",)),
        Node("D", ("b", "c"), ("d",)),
    ]
    assert [node.operator for node in ordered(nodes)] == ["C", "A", "B", "D"]


def test_buffers_of_one_time_lie_beside_each_other() -> None:
    steps = [Step(("x",), ("a",)), Step(("a",), ("b",)), Step(("b",), ("c",)), Step(("c",), ())]
    assert packed(steps, {"a": 1024, "b": 2048, "c": 1024}) == 1024 + 2048


def test_the_tightest_gap_is_taken_and_a_large_buffer_goes_behind() -> None:
    steps = [
        Step((), ("a", "b", "c", "d")),
        Step(("a", "c"), ("e",)),
        Step(("b", "d", "e"), ("f",)),
        Step(("f",), ()),
    ]
    sizes = {"a": 1024, "b": 256, "c": 512, "d": 256, "e": 512, "f": 4096}
    assert packed(steps, sizes) == 1024 + 256 + 512 + 256 + 512 + 4096


def test_a_dead_buffer_is_kept_for_the_next_of_its_shape() -> None:
    steps = [
        Step(("x",), ("a",)),
        Step(("a",), ("b",)),
        Step(("b",), ("c",)),
        Step(("c",), ("y",)),
        Step(("y",), ()),
    ]
    shapes = {"a": 1, "b": 2, "c": 1, "y": 1}
    assert [step.writes for step in shared(steps, shapes, ["x"])] == [("a",), ("b",), ("a",), ("y",), ()]


def test_a_step_in_place_writes_where_it_reads_but_not_into_inputs_or_results() -> None:
    steps = [
        Step(("x",), ("a",), in_place=True),
        Step(("a",), ("b",), in_place=True),
        Step(("b",), ("y",), in_place=True),
        Step(("y",), ()),
    ]
    shapes = dict.fromkeys("xaby", 1)
    assert [step.writes for step in shared(steps, shapes, ["x"])] == [("a",), ("a",), ("y",), ()]


def layout(*nodes: Node, channels: int = 32) -> list[Step]:
    names = {name for node in nodes for name in (*node.inputs, *node.outputs)}
    made = Layout(dict.fromkeys(names, 1024), dict.fromkeys(names, 1), dict.fromkeys(names, channels))
    for node in nodes:
        made.add(node, node.inputs)
    return made.finish([nodes[-1].outputs[0]])


def test_a_convolution_reads_and_writes_blocks() -> None:
    steps = layout(
        Node("Conv", ("x",), ("c",)), Node("Relu", ("c",), ("r",)), Node("MaxPool", ("r",), ("y",))
    )
    assert [(step.reads, step.writes) for step in steps] == [
        (("x",), ("x/blocked",)),
        (("x/blocked",), ("c/blocked",)),
        (("c/blocked",), ("y/blocked",)),
        (("y/blocked",), ("y",)),
        (("y",), ()),
    ]


def test_an_image_of_few_channels_is_read_as_it_is() -> None:
    assert layout(Node("Conv", ("x",), ("y",)), channels=3)[0] == Step(("x",), ("y/blocked",))


def test_views_take_nothing() -> None:
    steps = layout(Node("Exp", ("x",), ("e",)), Node("Reshape", ("e",), ("v",)), Node("Neg", ("v",), ("y",)))
    assert steps == [Step(("x",), ("e",), True), Step(("e",), ("y",), True), Step(("y",), ())]


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 4)), min_size=1, max_size=12))
def test_a_packing_is_no_lower_than_what_lives_at_once(drawn: list[tuple[int, int]]) -> None:
    names = [f"t{index}" for index in range(len(drawn))]
    steps = []
    for index, name in enumerate(names):
        ending = [names[at] for at in range(index) if at + drawn[at][1] == index]
        steps.append(Step(tuple(ending), (name,)))
    sizes = {name: size for name, (size, _) in zip(names, drawn, strict=True)}
    last = {name: index for index, step in enumerate(steps) for name in (*step.writes, *step.reads)}
    alive = [
        sum(-(-sizes[name] // 256) * 256 for at, name in enumerate(names) if at <= index <= last[name])
        for index in range(len(steps))
    ]
    assert max(alive) <= packed(steps, sizes) <= sum(-(-size // 256) * 256 for size in sizes.values())
