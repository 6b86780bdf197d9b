"""The protocol over gRPC, asked as any client may ask it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from tests.runtime_images.serving import (
    AT,
    FOUND,
    MODELS,
    Served,
    configuration,
    fragile_model,
    free_port,
    images,
    model_tier,
    rule_tier,
    served,
    stopped_under_load,
)
from tests.runtime_images.test_server import bare

from edgewright_runtime.config import Tensor
from edgewright_runtime.protocol.datatypes import DTYPES
from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.protocol.request import InferRequest, Signature
from edgewright_runtime.rpc.messages import MESSAGES, SERVICE
from edgewright_runtime.rpc.tensors import request_of, response_of

HEAD = {"model_name": "m", "model_version": "1.0.0"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(configuration(grpc={"port": free_port()}), tmp_path_factory.mktemp("served")) as running:
        yield running


def call(server: Served, method: str, message: Any, timeout: float = 30) -> Any:
    """What a call gives, or the fault that it ends with."""
    raw = message if isinstance(message, bytes) else message.SerializeToString()
    with grpc.insecure_channel(server.grpc) as channel:
        ask = channel.unary_unary(f"/{SERVICE}/{method}", None, MESSAGES[f"{method}Response"].FromString)
        try:
            return ask(raw, timeout=timeout)
        except grpc.RpcError as error:
            return error


def asking(array: np.ndarray[Any, Any], model: str = "surface-defects", *, raw: bool = True) -> Any:
    message = MESSAGES["ModelInferRequest"](model_name=model, id="a-7")
    entry = message.inputs.add(name="image", datatype="FP32", shape=array.shape)
    if raw:
        message.raw_input_contents.append(array.tobytes())
    else:
        entry.contents.fp32_contents.extend(array.ravel().tolist())
    return message


def test_raw_contents_are_answered_raw(server: Served) -> None:
    said = call(server, "ModelInfer", asking(images(3)))
    assert (said.id, said.model_version, list(said.outputs[0].shape)) == ("a-7", "3.4.0", [3, 8])
    found = np.frombuffer(said.raw_output_contents[0], np.float32).reshape(3, 8)
    np.testing.assert_allclose(found, bare(images(3)), atol=1e-6)
    assert not said.outputs[0].HasField("contents")


def test_typed_contents_are_answered_typed(server: Served) -> None:
    said = call(server, "ModelInfer", asking(images(2), raw=False))
    found = np.array(said.outputs[0].contents.fp32_contents).reshape(2, 8)
    np.testing.assert_allclose(found, bare(images(2)), atol=1e-6)
    assert not said.raw_output_contents
    assert said.parameters["tier"].string_param == "onnxruntime-cpu/model-int8"
    assert said.parameters["model_digest"].string_param.startswith("sha256:")


def test_every_call_of_the_service_answers(server: Served) -> None:
    named = {"name": "surface-defects", "version": "3.4.0"}
    assert call(server, "ServerLive", b"").live
    assert call(server, "ServerReady", b"").ready
    assert call(server, "ModelReady", MESSAGES["ModelReadyRequest"](**named)).ready
    assert call(server, "ServerMetadata", b"").name == "edgewright-runtime"
    about = call(server, "ModelMetadata", MESSAGES["ModelMetadataRequest"](**named))
    assert (about.platform, list(about.versions), list(about.outputs[0].shape)) == (
        "onnx_onnxv1",
        ["3.4.0"],
        [-1, 8],
    )


def test_what_is_wrong_ends_with_its_status(server: Served) -> None:
    short = asking(images())
    short.raw_input_contents[0] = short.raw_input_contents[0][:-1]
    both = asking(images(), raw=False)
    both.raw_input_contents.append(images().tobytes())
    other = MESSAGES["ModelReadyRequest"](name="surface-defects", version="3.3.0")
    wrong = [
        ("ModelInfer", asking(images()[..., :-1]), "INVALID_ARGUMENT", "the model takes [-1, 1, 32, 32]"),
        ("ModelInfer", short, "INVALID_ARGUMENT", "4,095 bytes"),
        ("ModelInfer", both, "INVALID_ARGUMENT", "both"),
        ("ModelInfer", b"\xff\xff\xff", "INVALID_ARGUMENT", "no ModelInferRequest"),
        ("ModelInfer", asking(images(), "other"), "NOT_FOUND", "this server has `surface-defects`"),
        ("ModelReady", other, "NOT_FOUND", "in version 3.4.0 only"),
        ("ModelInfer", b"\0" * (8 << 20), "RESOURCE_EXHAUSTED", "larger than max"),
    ]
    for method, message, code, words in wrong:
        fault = call(server, method, message)
        assert fault.code().name == code, fault
        assert words in fault.details()
    assert call(server, "ModelInfer", asking(images())).outputs


def test_a_model_that_is_not_the_promised_one_is_unavailable(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes((MODELS / "model.onnx").read_bytes())
    values = configuration(model_tier(file), grpc={"port": free_port()})
    file.write_bytes(b"")
    with served(values, tmp_path, ready=False) as running:
        fault = None
        while fault is None or "failed to connect" in fault.details().lower():
            fault = call(running, "ModelInfer", asking(images()))
        assert fault.code().name == "UNAVAILABLE"
        assert "not ready" in fault.details()
        assert not call(running, "ServerReady", b"").ready


def test_a_full_queue_and_a_deadline_have_their_own_codes(tmp_path: Path) -> None:
    rule = tmp_path / "rule.py"
    rule.write_text(
        "import time, numpy as np\n"
        "def infer(x):\n    time.sleep(0.05)\n    return {'found': np.zeros(x['at'].shape, np.float32)}\n"
    )
    tiers = [model_tier(fragile_model(tmp_path), [AT], [FOUND]), rule_tier(rule)]
    values = configuration(
        *tiers, grpc={"port": free_port()}, batching={"maxBatch": 1, "windowMilliseconds": 0}
    )
    message = MESSAGES["ModelInferRequest"](model_name="surface-defects")
    message.inputs.add(name="at", datatype="INT64", shape=[1, 1]).contents.int64_contents.append(1000)
    with served(values, tmp_path) as running, grpc.insecure_channel(running.grpc) as channel:
        ask = channel.unary_unary(f"/{SERVICE}/ModelInfer", None, MESSAGES["ModelInferResponse"].FromString)
        asked = [ask.future(message.SerializeToString(), timeout=60) for _ in range(100)]
        codes = Counter(each.code().name for each in asked)
        assert set(codes) == {"OK", "RESOURCE_EXHAUSTED"}
        waiting = [ask.future(message.SerializeToString(), timeout=60) for _ in range(20)]
        late = call(running, "ModelInfer", message, timeout=0.2)
        assert late.code().name == "DEADLINE_EXCEEDED"
        assert {each.code().name for each in waiting} == {"OK"}


def test_sigterm_under_load_loses_no_call(tmp_path: Path) -> None:
    values = configuration(grpc={"port": free_port()}, graceMilliseconds=6000)
    codes: Counter[str] = Counter()
    with served(values, tmp_path) as running, grpc.insecure_channel(running.grpc) as channel:
        ask = channel.unary_unary(f"/{SERVICE}/ModelInfer", None, MESSAGES["ModelInferResponse"].FromString)
        raw = asking(images()).SerializeToString()

        def question() -> None:
            codes[ask.future(raw, timeout=30).code().name] += 1

        assert stopped_under_load(running, question) == 0
    assert set(codes) == {"OK"}
    assert codes["OK"] > 20


def of(datatype: str, shape: list[int]) -> Signature:
    tensor = Tensor("x", datatype, tuple(shape))
    return Signature([tensor], [tensor], 8)


@pytest.mark.parametrize("datatype", DTYPES)
@pytest.mark.parametrize("raw", [True, False])
def test_every_datatype_comes_back_as_it_went(datatype: str, raw: bool) -> None:
    """Answer ⇒ request: both carry tensors in the same message."""
    array: np.ndarray[Any, Any] = np.array([[0, 1, 1], [1, 0, 1]]).astype(DTYPES[datatype])
    if datatype == "BYTES":
        array = np.array([[b"", "\xe9\0".encode(), b"abc"]] * 2, dtype=object)
    signature = of(datatype, [2, 3])
    answered = response_of(InferRequest({}), raw, {"x": array}, HEAD)
    message = MESSAGES["ModelInferRequest"](raw_input_contents=answered.raw_output_contents)
    message.inputs.extend([MESSAGES["InferTensor"].FromString(answered.outputs[0].SerializeToString())])
    found = request_of(message, signature).inputs["x"]
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize(
    ("datatype", "field", "values", "said"),
    [
        ("INT8", "int_contents", [1, 128], "that INT8 cannot hold"),
        ("UINT16", "uint_contents", [1, 70_000], "that UINT16 cannot hold"),
        ("FP32", "fp64_contents", [1, 2], "belongs into fp32_contents"),
        ("FP32", "fp32_contents", [1, 2, 3], "has 3 elements, its shape asks for 2"),
        ("FP32", "fp32_contents", [], "has 0 elements"),
        ("FP16", "fp32_contents", [1, 2], "send it in raw_input_contents"),
    ],
)
def test_typed_contents_that_are_wrong(datatype: str, field: str, values: list[int], said: str) -> None:
    message = MESSAGES["ModelInferRequest"]()
    entry = message.inputs.add(name="x", datatype=datatype, shape=[2])
    getattr(entry.contents, field).extend(values)
    with pytest.raises(RequestFault, match=said):
        request_of(message, of(datatype, [2]))
