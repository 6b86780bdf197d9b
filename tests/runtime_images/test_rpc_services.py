"""What is asked over gRPC besides an answer: streams, Triton's extensions, health and reflection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from tests.runtime_images.echo import KINDS, ROWS
from tests.runtime_images.serving import MODELS, Served, configuration, free_port, model_tier, served

from edgewright_runtime.rpc.messages import HEALTH_SERVICE, INFERENCE_SERVICE, REFLECTION_SERVICES, Service

MODEL = "surface-defects"


def message(kind: str, service: Service = INFERENCE_SERVICE, **fields: Any) -> Any:
    return service.messages[kind](**fields)


def call(server: Served, method: str, asked: Any, service: Service = INFERENCE_SERVICE) -> Any:
    """What a call gives, or the fault that it ends with."""
    gives = {each.name: each.output_type.rpartition(".")[2] for each in service.file.service[0].method}
    answer = service.messages[gives[method]].FromString if method in gives else None
    with grpc.insecure_channel(server.grpc) as channel:
        ask = channel.unary_unary(f"/{service.name}/{method}", None, answer)
        try:
            return ask(asked.SerializeToString(), timeout=60)
        except grpc.RpcError as error:
            return error


def stream(
    server: Served, method: str, asked: Sequence[Any], service: Service = INFERENCE_SERVICE
) -> list[Any]:
    kind = "ModelStreamInferResponse" if service is INFERENCE_SERVICE else "ServerReflectionResponse"
    raws = (each if isinstance(each, bytes) else each.SerializeToString() for each in asked)
    with grpc.insecure_channel(server.grpc) as channel:
        ask = channel.stream_stream(f"/{service.name}/{method}", None, service.messages[kind].FromString)
        return list(ask(raws, timeout=60))


def asking(name: str = MODEL, leave_out: str = "", **more: Any) -> Any:
    """A row for each datatype, raw."""
    asked = message("ModelInferRequest", model_name=name, **more)
    for kind in KINDS:
        if kind != leave_out:
            asked.inputs.add(name=f"x_{kind}", datatype=kind, shape=[1, 2])
            asked.raw_input_contents.append(ROWS[kind][1])
    return asked


def test_a_stream_answers_each_message_in_its_order_and_goes_on_after_a_fault(echo: Served) -> None:
    asked = [
        asking(id="1"),
        asking("other", id="2"),
        b"\xff\xff",
        asking(id="4", leave_out="INT8"),
        asking(id="5"),
    ]
    said = stream(echo, "ModelStreamInfer", asked)
    assert [bool(each.error_message) for each in said] == [False, True, True, True, False]
    assert [each.infer_response.id for each in said] == ["1", "2", "", "4", "5"]
    assert "this server has" in said[1].error_message
    assert "also takes `x_INT8`" in said[3].error_message
    assert list(said[4].infer_response.raw_output_contents) == [row for _, row in ROWS.values()]


def test_an_empty_contents_beside_raw_ones_says_nothing(echo: Served) -> None:
    asked = asking()
    for each in asked.inputs:
        each.contents.SetInParent()
    assert len(call(echo, "ModelInfer", asked).raw_output_contents) == len(KINDS)


def test_shared_memory_is_refused_in_words(echo: Served) -> None:
    into, out = asking(), asking()
    into.inputs[0].parameters["shared_memory_region"].string_param = "region"
    del into.raw_input_contents[0]  # as Triton's client sends it
    out.outputs.add(name="y_INT8").parameters["shared_memory_region"].string_param = "region"
    for asked, name in ((into, "x_BOOL"), (out, "y_INT8")):
        fault = call(echo, "ModelInfer", asked)
        assert (fault.code().name, f"`{name}` is in shared memory" in fault.details()) == (
            "INVALID_ARGUMENT",
            True,
        )


def test_the_best_classes_are_bytes(echo: Served) -> None:
    asked = asking()
    asked.outputs.add(name="y_FP32").parameters["classification"].int64_param = 2
    said = call(echo, "ModelInfer", asked)
    assert (said.outputs[0].datatype, list(said.outputs[0].shape)) == ("BYTES", [1, 2])
    assert said.raw_output_contents[0] == b"\x0a\0\0\x001.500000:0\x0b\0\0\x00-0.250000:1"


def test_the_configuration_is_that_of_the_model(echo: Served) -> None:
    config = call(echo, "ModelConfig", message("ModelConfigRequest", name=MODEL)).config
    assert (config.name, config.max_batch_size, config.backend) == (MODEL, 8, "onnxruntime")
    types = {each.name.removeprefix("x_"): each.data_type for each in config.input}
    assert types == {"BOOL": 1, "UINT8": 2, "UINT64": 5, "INT8": 6, "INT64": 9, "FP16": 10, "FP32": 11, "FP64": 12,
                     "BYTES": 13}  # fmt: skip
    assert list(config.output[0].dims) == [-1]
    assert config.dynamic_batching.max_queue_delay_microseconds == 2000


def test_statistics_are_those_that_http_tells(echo: Served) -> None:
    call(echo, "ModelInfer", asking())
    [said] = call(echo, "ModelStatistics", message("ModelStatisticsRequest")).model_stats
    [told] = echo.get("/v2/models/stats")[1]["model_stats"]
    assert (said.name, said.inference_count) == (MODEL, told["inference_count"])
    assert said.inference_stats.compute_infer.ns == told["inference_stats"]["compute_infer"]["ns"] > 0
    other = call(echo, "ModelStatistics", message("ModelStatisticsRequest", name="other"))
    assert other.code().name == "NOT_FOUND"


def test_the_index_has_the_one_model(echo: Served) -> None:
    [said] = call(echo, "RepositoryIndex", message("RepositoryIndexRequest", ready=True)).models
    assert (said.name, said.version, said.state) == (MODEL, "3.4.0", "READY")


def test_a_call_that_is_not_offered_says_where_to_look(echo: Served) -> None:
    for method in ("SystemSharedMemoryStatus", "RepositoryModelLoad", "TraceSetting", "LogSettings"):
        fault = call(echo, method, message("ModelReadyRequest"))
        assert fault.code().name == "UNIMPLEMENTED"
        assert f"`{method}` is not offered" in fault.details()


def check(server: Served, service: str) -> Any:
    asked = HEALTH_SERVICE.messages["HealthCheckRequest"](service=service)
    return call(server, "Check", asked, HEALTH_SERVICE)


def test_a_probe_of_kubernetes_is_told_whether_it_serves(echo: Served) -> None:
    assert check(echo, "").status == check(echo, INFERENCE_SERVICE.name).status == 1
    assert check(echo, "other").code().name == "NOT_FOUND"


def test_a_probe_is_told_when_it_does_not(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes((MODELS / "model.onnx").read_bytes())
    values = configuration(model_tier(file), grpc={"port": free_port()})
    file.write_bytes(b"")
    with served(values, tmp_path, ready=False) as running:
        running.wait_until_it_says("faults")
        assert check(running, "").status == 2
        assert (
            call(running, "RepositoryIndex", message("RepositoryIndexRequest")).models[0].state
            == "UNAVAILABLE"
        )
        assert not call(running, "RepositoryIndex", message("RepositoryIndexRequest", ready=True)).models


@pytest.mark.parametrize("reflection", REFLECTION_SERVICES, ids=lambda each: each.file.package)
def test_reflection_describes_every_service(echo: Served, reflection: Service) -> None:
    def asked() -> Iterator[Any]:
        yield {"list_services": ""}
        yield {"file_containing_symbol": INFERENCE_SERVICE.name}
        yield {"file_containing_symbol": "inference.ModelInferRequest"}
        yield {"file_containing_symbol": f"{HEALTH_SERVICE.name}.Check"}
        yield {"file_by_filename": INFERENCE_SERVICE.file.name}
        yield {"file_by_filename": "other.proto"}

    messages = [message("ServerReflectionRequest", reflection, **each) for each in asked()]
    said = stream(echo, "ServerReflectionInfo", messages, reflection)
    names = {each.name for each in said[0].list_services_response.service}
    assert {INFERENCE_SERVICE.name, HEALTH_SERVICE.name, reflection.name} <= names
    files = [each.file_descriptor_response.file_descriptor_proto for each in said]
    assert files[1] == files[2] == files[4]
    assert said[5].error_response.error_code == 5
    pool = DescriptorPool()
    for raw in (files[1][0], files[3][0]):
        pool.Add(FileDescriptorProto.FromString(raw))
    methods = pool.FindServiceByName(INFERENCE_SERVICE.name).methods_by_name
    assert methods["ModelInfer"].input_type.full_name == "inference.ModelInferRequest"
