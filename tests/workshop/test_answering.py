"""Which inputs are asked, and what their answers show: every way to be wrong, and no way to be right."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tests.small import ROOT

from edgewright.workshop.answering import MOST, MOST_BYTES, SURE, choose, golden_answers
from edgewright.workshop.golden import Golden, read_golden
from edgewright.workshop.loading import plain_session
from edgewright_runtime.golden import TOLERANCE, difference

Write = Callable[..., Path]
Floats = NDArray[Any]
GOLDEN = read_golden(ROOT / "models/surface-defects.golden.npz")
FORMS = {"fp32": "model.onnx", "fp16": "model.fp16.onnx", "int8": "model.int8.onnx"}


def two(*leads: float) -> Floats:
    """Scores of two classes, the first ahead by so much."""
    return np.array([[(1 + lead) / 2, (1 - lead) / 2] for lead in leads])


def chosen(scores: Floats, labels: list[int], most: int = MOST) -> list[int]:
    found: list[int] = choose(scores, np.array(labels), most).tolist()
    return found


def test_the_least_sure_of_the_sure_come_first_then_the_surest() -> None:
    scores = two(1, 0.8, 0.2, 0.76, 0.7)
    wanted = [3, 1, 0, 4, 2]
    for most in range(1, 6):
        assert chosen(scores, [0] * 5, most) == sorted(wanted[:most])


def test_each_class_has_its_turn() -> None:
    scores = two(0.8, 0.8, 0.8, 0.8, -0.1, -0.9)
    assert chosen(scores, [0, 0, 0, 0, 1, 1], 2) == [0, 5]
    assert chosen(scores, [0, 0, 0, 0, 1, 1], 4) == [0, 1, 4, 5]


def test_wrong_answers_and_what_is_no_number_are_left_out() -> None:
    scores = two(0.9, -0.9, np.nan, 0.9)
    assert chosen(scores, [0, 0, 0, 1]) == [0]
    assert chosen(scores[1:3], [0, 0]) == []


def test_classes_and_single_scores_are_all_as_sure() -> None:
    assert chosen(np.array([2, 1, 1, 0]), [2, 1, 0, 0]) == [0, 1, 3]
    assert chosen(np.array([[0.2], [0.9]]), [0, 0]) == [0, 1]


def test_logits_are_judged_by_their_range() -> None:
    assert chosen(100 * two(1, 0.8, 0.2), [0, 0, 0], 1) == [1]


def test_a_model_of_one_batch_size_gets_whole_batches(write_model: Write) -> None:
    session = plain_session(write_model(batch=4))
    inputs = np.eye(4, dtype=np.float32)[[0, 1, 2, 0, 1]]
    found = golden_answers(session, Golden(inputs, np.array([0, 1, 2, 0, 1]), None))
    assert {name: array.shape for name, array in found.items()} == {"input:x": (8, 4), "output:y": (8, 3)}
    assert found["input:x"].tolist() == inputs[[0, 1, 2, 3, 4, 0, 1, 2]].tolist()
    assert found["output:y"].tolist() == found["input:x"][:, :3].tolist()


def test_large_inputs_are_few() -> None:
    side = 1024
    nodes = [helper.make_node("ReduceMean", ["x"], ["y"], axes=[2], keepdims=0)]
    ends = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2, side * side]),
        helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2]),
    ]
    graph = helper.make_graph(nodes, "large", ends[:1], ends[1:])
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    inputs = np.zeros((3, 2, side * side), np.uint8)
    inputs[:, 0] = 1
    found = golden_answers(plain_session(model), Golden(inputs, np.zeros(3, int), None))
    assert len(found["input:x"]) == MOST_BYTES // (8 * side * side) == 1


@pytest.mark.parametrize("precision", FORMS)
def test_the_examples_are_right_and_sure(precision: str) -> None:
    """Another processor may choose others where two are as sure but for their last bits."""
    file = ROOT / "models/surface-defects" / FORMS[precision]
    session = plain_session(file)
    made = golden_answers(session, GOLDEN)
    with np.load(f"{file}.answers.npz") as read:
        committed = dict(read)
    assert {name: each.shape for name, each in committed.items()} == {
        name: each.shape for name, each in made.items()
    }
    images, scores = committed["input:image"], committed["output:probabilities"]
    found = session.run(None, {"image": images})[0]
    assert difference(found, scores, TOLERANCE[precision]) == ""
    known = {GOLDEN.stretch(at, at + 1).tobytes(): GOLDEN.labels[at] for at in range(len(GOLDEN.labels))}
    assert [known[image.tobytes()] for image in images] == scores.argmax(axis=1).tolist()
    assert np.bincount(scores.argmax(axis=1)).tolist() == [2] * 8
    assert np.diff(np.sort(scores, axis=1)[:, -2:], axis=1).min() >= SURE * 0.99


Change = Callable[[onnx.ModelProto], None]


def run(model: onnx.ModelProto, inputs: Floats) -> Floats:
    return np.asarray(plain_session(model.SerializeToString()).run(None, {"image": inputs})[0])


def asked(precision: str, change: Change) -> str:
    """What a server says of a form that was changed; empty where it takes it."""
    file = ROOT / "models/surface-defects" / FORMS[precision]
    model = onnx.load(file)
    change(model)
    with np.load(f"{file}.answers.npz") as arrays:
        found = run(model, arrays["input:image"])
        return difference(found, arrays["output:probabilities"], TOLERANCE[precision])


def weights(change: Callable[[str, Floats], Floats | None]) -> Change:
    """Every weight of a layer as `change` says; None where it stays."""

    def changed(model: onnx.ModelProto) -> None:
        for each in model.graph.initializer:
            before = numpy_helper.to_array(each)
            after = change(each.name, before)
            if after is not None:
                each.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(after, before.dtype), each.name))

    return changed


def noise(share: float) -> Change:
    """A share of the weights' spread."""
    random = np.random.default_rng(7)

    def noisy(_name: str, before: Floats) -> Floats | None:
        if before.ndim < 2:
            return None
        added = before + random.normal(0, share * before.astype(float).std(), before.shape)
        return np.clip(np.rint(added), -127, 127) if before.dtype.kind == "i" else added

    return weights(noisy)


def coarse(bits: int) -> Change:
    """Weights of few bits, with one scale for the whole layer."""

    def rounded(_name: str, before: Floats) -> Floats | None:
        step = np.abs(before.astype(float)).max() / (2 ** (bits - 1) - 1) if before.ndim > 1 else 0
        return np.rint(before / step) * step if step else None

    return weights(rounded)


def gone(layer: str) -> Change:
    def zero(name: str, before: Floats) -> Floats | None:
        return np.zeros_like(before) if name.startswith(layer) and before.ndim > 1 else None

    return weights(zero)


def blind(layer: str) -> Change:
    """One filter of a layer answers nothing."""

    def one(name: str, before: Floats) -> Floats | None:
        if not name.startswith(layer) or before.ndim != 4:
            return None
        after = before.copy()
        after[0] = 0
        return after

    return weights(one)


def swapped(model: onnx.ModelProto) -> None:
    """The first two classes change places."""
    last = model.graph.node[-1]
    order = numpy_helper.from_array(np.array([1, 0, *range(2, 8)]), "order")
    model.graph.initializer.append(order)
    last.output[0] = "answers"
    model.graph.node.append(helper.make_node("Gather", ["answers", "order"], ["probabilities"], axis=1))


def rolled(model: onnx.ModelProto) -> None:
    """Each request gets the answer to its neighbour's."""
    order = numpy_helper.from_array(np.roll(np.arange(MOST), 1), "order")
    model.graph.initializer.append(order)
    model.graph.node[-1].output[0] = "answers"
    model.graph.node.append(helper.make_node("Gather", ["answers", "order"], ["probabilities"], axis=0))


def overflowing(model: onnx.ModelProto) -> None:
    """The products of two weights saturate, as in 16 bits without VNNI: activations of half the range."""
    scales(model, 0.5, "centred")


def scales(model: onnx.ModelProto, factor: float, start: str) -> None:
    def scaled(name: str, before: Floats) -> Floats | None:
        return before * factor if name.startswith(start) and name.endswith(".scale") else None

    weights(scaled)(model)


def ending(operator: str) -> Change:
    """Another operator in place of the softmax."""

    def changed(model: onnx.ModelProto) -> None:
        last = model.graph.node[-1]
        last.op_type = operator
        del last.attribute[:]

    return changed


WRONG: dict[str, Change] = {
    "another's weights": noise(1),
    "noise of a tenth of the spread": noise(0.1),
    "weights of four bits": coarse(4),
    "weights of two bits": coarse(2),
    "the first layer gone": gone("conv1"),
    "the third layer gone": gone("conv3"),
    "the last layer gone": gone("dense2"),
    "one filter of the first layer blind": blind("conv1"),
    "one filter of the second layer blind": blind("conv2"),
    "one filter of the third layer blind": blind("conv3"),
    "two classes swapped": swapped,
    "answers to other requests": rolled,
    "sigmoid for softmax": ending("Sigmoid"),
    "signs for scores": ending("Sign"),
}


@pytest.mark.parametrize("precision", FORMS)
@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_seen(what: str, precision: str) -> None:
    assert asked(precision, WRONG[what]) != ""


def test_activations_of_the_wrong_range_are_seen() -> None:
    assert asked("int8", overflowing) != ""


def narrower(kind: int) -> Change:
    """Whatever goes into a convolution or a product of matrices, in fewer bits: as TF32 (which has ten, like
    FP16) or bf16 (seven) do it on a device."""

    def changed(model: onnx.ModelProto) -> None:
        half = any(each.data_type == TensorProto.FLOAT16 for each in model.graph.initializer)
        own = TensorProto.FLOAT16 if half else TensorProto.FLOAT
        nodes = []
        for node in copy.deepcopy(model.graph.node):
            for at in range(2) if node.op_type in ("Conv", "Gemm") else ():
                name = node.input[at]
                few, back = f"{node.name}.{at}.few", f"{node.name}.{at}.back"
                nodes.append(helper.make_node("Cast", [name], [few], to=kind))
                nodes.append(helper.make_node("Cast", [few], [back], to=own))
                node.input[at] = back
            nodes.append(node)
        del model.graph.node[:]
        model.graph.node.extend(nodes)

    return changed


@pytest.mark.parametrize("precision", FORMS)
@pytest.mark.parametrize("kind", [TensorProto.FLOAT16, TensorProto.BFLOAT16])
def test_fewer_bits_on_the_way_are_not_wrong(kind: int, precision: str) -> None:
    assert asked(precision, narrower(kind)) == ""
