"""What a client relies on: each tensor arrives as it was sent, and whatever is wrong is told, never guessed."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from edgewright_runtime.config import Tensor
from edgewright_runtime.protocol.datatypes import DTYPES, to_bytes, to_list
from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.protocol.request import InferRequest, Signature, decode
from edgewright_runtime.protocol.response import encode


@st.composite
def tensors(draw: st.DrawFn) -> tuple[str, NDArray[Any]]:
    """A datatype and a tensor of it whose first dimension is a batch."""
    datatype = draw(st.sampled_from(sorted(DTYPES)))
    shape = (draw(st.integers(1, 4)), *draw(hnp.array_shapes(min_dims=0, max_dims=3, max_side=4)))
    if datatype == "BYTES":
        texts = st.text(max_size=4).map(str.encode)
        return datatype, draw(hnp.arrays(object, shape, elements=texts, fill=st.nothing()))
    elements = {"allow_nan": False, "allow_infinity": False} if DTYPES[datatype].kind == "f" else None
    return datatype, draw(hnp.arrays(DTYPES[datatype], shape, elements=elements))


def signature(datatype: str, array: NDArray[Any]) -> Signature:
    tensor = Tensor("x", datatype, (-1, *array.shape[1:]))
    return Signature([tensor], [Tensor("y", datatype, tensor.shape)], 8)


@given(tensors())
def test_a_tensor_arrives_as_it_was_sent_in_binary(case: tuple[str, NDArray[Any]]) -> None:
    datatype, array = case
    raw = to_bytes(array)
    entry = {"name": "x", "datatype": datatype, "shape": list(array.shape)}
    text = json.dumps({"inputs": [{**entry, "parameters": {"binary_data_size": len(raw)}}]}).encode()
    found = decode(text + raw, len(text), signature(datatype, array)).inputs["x"]
    assert found.dtype == array.dtype
    assert found.shape == array.shape
    assert to_bytes(found) == raw


@given(tensors())
def test_a_tensor_arrives_as_it_was_sent_in_json(case: tuple[str, NDArray[Any]]) -> None:
    datatype, array = case
    if datatype == "BYTES":
        array = np.vectorize(lambda raw: raw.hex().encode(), otypes=[object])(array)
    entry = {"name": "x", "datatype": datatype, "shape": list(array.shape), "data": to_list(array)}
    text = json.dumps({"inputs": [entry]}).encode()
    if datatype == "FP16":
        with pytest.raises(RequestFault, match="binary data"):
            decode(text, None, signature(datatype, array))
        return
    assert to_bytes(decode(text, None, signature(datatype, array)).inputs["x"]) == to_bytes(array)


@given(tensors(), st.booleans())
def test_an_answer_can_be_read_again(case: tuple[str, NDArray[Any]], binary: bool) -> None:
    datatype, array = case
    answer = encode(InferRequest({}, "7", binary=binary), "m", "1.0.0", {"y": array}, {"tier": "t"})
    length = len(answer.body) if answer.json_length is None else answer.json_length
    values, raw = json.loads(answer.body[:length]), answer.body[length:]
    (output,) = values["outputs"]
    assert (values["id"], values["parameters"]["tier"]) == ("7", "t")
    assert (output["datatype"], output["shape"]) == (datatype, list(array.shape))
    if "data" in output:
        assert not raw
        assert output["data"] == to_list(array)
    else:
        assert raw == to_bytes(array)
        assert output["parameters"]["binary_data_size"] == len(raw)


@pytest.mark.parametrize("worst", [np.float32("nan"), np.float64("inf"), np.float16(1), b"\xff"])
def test_what_json_cannot_say_comes_as_binary_data_to_whoever_knows_of_it(worst: Any) -> None:
    array = np.array([worst], None if isinstance(worst, np.floating) else object)
    answer = encode(InferRequest({}), "m", "1.0.0", {"y": array}, {})
    assert answer.json_length is not None
    with pytest.raises(RequestFault, match="ask for it as binary data"):
        encode(InferRequest({}, reads_binary=False), "m", "1.0.0", {"y": array}, {})


@pytest.mark.parametrize(
    ("more", "length", "knows"),
    [
        ({}, False, False),
        ({}, True, True),
        ({"parameters": {"binary_data_output": True}}, False, True),
        ({"outputs": [{"name": "label", "parameters": {"binary_data": True}}]}, False, True),
        ({"outputs": [{"name": "label", "parameters": {"binary_data": False}}]}, False, False),
    ],
)
def test_who_names_binary_data_knows_of_it(more: dict[str, Any], length: bool, knows: bool) -> None:
    text = json.dumps({"inputs": [GOOD], **more}).encode()
    assert decode(text, len(text) if length else None, IMAGE).reads_binary is knows


IMAGE = Signature([Tensor("image", "FP32", (-1, 2, 2))], [Tensor("label", "INT64", (-1,))], 4)
GOOD = {"name": "image", "datatype": "FP32", "shape": [1, 2, 2], "data": [1, 2, 3, 4]}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([], "has to be an object"),
        ({}, "`inputs` has to be a list"),
        ({"inputs": [GOOD, GOOD]}, "there twice"),
        ({"inputs": [{**GOOD, "name": "picture"}]}, "the model takes `image`"),
        ({"inputs": [{**GOOD, "datatype": "FP64"}]}, "the model takes FP32"),
        ({"inputs": [{**GOOD, "shape": [1, 2, 3]}]}, r"the model takes \[-1, 2, 2\]"),
        ({"inputs": [{**GOOD, "shape": [1, 4]}]}, r"the model takes \[-1, 2, 2\]"),
        ({"inputs": [{**GOOD, "shape": [True, 2, 2]}]}, "the model takes"),
        ({"inputs": [{**GOOD, "shape": [-1, 2, 2]}]}, "the model takes"),
        ({"inputs": [{**GOOD, "shape": [5, 2, 2], "data": list(range(20))}]}, "takes 1 to 4"),
        ({"inputs": [{**GOOD, "shape": [0, 2, 2], "data": []}]}, "takes 1 to 4"),
        ({"inputs": [{**GOOD, "data": [1, 2, 3]}]}, "3 elements, its shape asks for 4"),
        ({"inputs": [{**GOOD, "data": [[1, 2], 3, 4]}]}, "nested unevenly"),
        ({"inputs": [{**GOOD, "data": ["1", "2", "3", "4"]}]}, "has to be numbers"),
        ({"inputs": [{**GOOD, "data": [True, True, True, True]}]}, "has to be numbers"),
        ({"inputs": [{**GOOD, "parameters": {"binary_data_size": 16}}]}, "0 bytes are left"),
        ({"inputs": [GOOD], "outputs": [{"name": "score"}]}, "the model gives `label`"),
        ({"inputs": [{**GOOD, "parameters": {"shared_memory_region": "r"}}]}, "shared memory"),
        (
            {"inputs": [GOOD], "outputs": [{"name": "label", "parameters": {"shared_memory_region": "r"}}]},
            "shared memory",
        ),
        (
            {"inputs": [GOOD], "outputs": [{"name": "label", "parameters": {"classification": 1.5}}]},
            "whole number of classes",
        ),
        ({"inputs": [GOOD], "outputs": {}}, "`outputs` has to be a list"),
        ({"inputs": [GOOD], "id": 7}, "`id` has to be a string"),
        ({"inputs": [GOOD], "parameters": []}, "parameters has to be an object"),
    ],
)
def test_what_is_wrong_is_told_with_what_was_expected(values: Any, said: str) -> None:
    with pytest.raises(RequestFault, match=said) as refused:
        decode(json.dumps(values).encode(), None, IMAGE)
    assert refused.value.status == 400


def test_a_shape_beyond_all_numbers_is_no_small_one() -> None:
    huge = Signature([Tensor("x", "FP32", (-1, -1, -1))], [Tensor("y", "FP32", (-1,))], 4)
    entry = {"name": "x", "datatype": "FP32", "shape": [1, 2**32, 2**32], "data": []}
    with pytest.raises(RequestFault, match="0 elements"):
        decode(json.dumps({"inputs": [entry]}).encode(), None, huge)


def test_bf16_is_refused_because_nothing_here_can_hold_it() -> None:
    model = Signature([Tensor("x", "BF16", (-1, 1))], [Tensor("y", "FP32", (-1, 1))], 4)
    entry = {"name": "x", "datatype": "BF16", "shape": [1, 1], "parameters": {"binary_data_size": 2}}
    text = json.dumps({"inputs": [entry]}).encode()
    with pytest.raises(RequestFault, match="cannot represent") as refused:
        decode(text + b"\0\0", len(text), model)
    assert refused.value.status == 501


@given(st.data())
def test_whatever_is_sent_is_answered_or_refused_in_words(data: st.DataObject) -> None:
    """Bytes of a right request, changed anywhere: nothing but a RequestFault comes out."""
    raw = np.ones((1, 2, 2), np.float32).tobytes()
    entry = {"name": "image", "datatype": "FP32", "shape": [1, 2, 2], "parameters": {"binary_data_size": 16}}
    text = json.dumps({"id": "a", "inputs": [entry], "outputs": [{"name": "label"}]}).encode()
    body = bytearray(text + raw)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
        if not body:
            break
    length = data.draw(st.one_of(st.none(), st.integers(-1, len(body) + 1), st.just(len(text))))
    with suppress(RequestFault):
        assert decode(bytes(body), length, IMAGE).batch in range(1, 5)


@pytest.mark.parametrize("shape", [[0, 2**70], [2**70, 0], [0, 2**40 + 1]])
@pytest.mark.parametrize("rest", [{"data": []}, {"parameters": {"binary_data_size": 0}}])
def test_a_tensor_of_nothing_has_no_huge_dimension(shape: list[int], rest: dict[str, Any]) -> None:
    entry = {"name": "x", "datatype": "FP32", "shape": shape, **rest}
    signature = Signature([Tensor("x", "FP32", (-1, -1))], [], 8)
    with pytest.raises(RequestFault, match="has the shape"):
        decode(json.dumps({"inputs": [entry]}).encode(), None, signature)
