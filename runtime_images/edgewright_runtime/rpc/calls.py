"""The calls of `inference.GRPCInferenceService`: the protocol's own, and what Triton's clients ask besides."""

from __future__ import annotations

from collections.abc import AsyncIterator
from time import monotonic
from typing import Any

from edgewright_runtime.protocol.deadline import deadline_of
from edgewright_runtime.protocol.description import model_configuration, model_values, server_values
from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.rpc.messages import MESSAGES
from edgewright_runtime.rpc.tensors import request_of, response_of
from edgewright_runtime.serving import Serving

_TYPES = ("BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64",
          "STRING", "BF16")  # fmt: skip
_NUMBERS = {f"TYPE_{name}": number for number, name in enumerate(_TYPES, 1)}
"""Triton's names of datatypes ⇒ their numbers in model_config.proto."""


class Calls:
    """A method for each call: message ⇒ message. Raises RequestFault where something is wrong."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    async def server_live(self, _message: Any, _context: Any) -> Any:
        return MESSAGES["ServerLiveResponse"](live=True)

    async def server_ready(self, _message: Any, _context: Any) -> Any:
        return MESSAGES["ServerReadyResponse"](ready=self._serving.readiness.ready)

    async def model_ready(self, message: Any, _context: Any) -> Any:
        self._named(message)
        return MESSAGES["ModelReadyResponse"](ready=self._serving.readiness.ready)

    async def server_metadata(self, _message: Any, _context: Any) -> Any:
        return MESSAGES["ServerMetadataResponse"](**server_values())

    async def model_metadata(self, message: Any, _context: Any) -> Any:
        self._named(message)
        return MESSAGES["ModelMetadataResponse"](
            **model_values(self._serving.config, self._serving.signature)
        )

    async def model_config(self, message: Any, _context: Any) -> Any:
        self._named(message)
        values = model_configuration(self._serving.config, self._serving.signature)
        for tensor in (*values["input"], *values["output"]):
            tensor["data_type"] = _NUMBERS[tensor["data_type"]]
        return MESSAGES["ModelConfigResponse"](config=values)

    async def model_statistics(self, message: Any, _context: Any) -> Any:
        if message.name:  # who names none asks for all models
            self._named(message)
        return MESSAGES["ModelStatisticsResponse"](**self._serving.statistics_values())

    async def repository_index(self, message: Any, _context: Any) -> Any:
        return MESSAGES["RepositoryIndexResponse"](models=self._serving.index_values(message.ready))

    async def model_infer(self, message: Any, context: Any) -> Any:
        trace, response = await self._inferred(message, context)
        if trace:
            context.set_trailing_metadata((("traceparent", trace),))
        return response

    async def model_stream_infer(self, messages: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        """One answer to each message, in their order. A fault is told in the answer, and the stream goes on."""
        async for message in messages:
            try:
                if isinstance(message, RequestFault):
                    raise message
                _, response = await self._inferred(message, context)
            except RequestFault as fault:
                named = MESSAGES["ModelInferResponse"](id=getattr(message, "id", ""))
                yield MESSAGES["ModelStreamInferResponse"](error_message=str(fault), infer_response=named)
            else:
                yield MESSAGES["ModelStreamInferResponse"](infer_response=response)

    async def _inferred(self, message: Any, context: Any) -> tuple[str, Any]:
        """The trace that the answer belongs to, where there is any, and the answer."""
        serving, config = self._serving, self._serving.config
        with serving.recorded("grpc", _traceparent(context)) as record:
            serving.check_named(message.model_name, message.model_version or None)
            serving.batcher().check_room()
            request = request_of(message, serving.signature)
            record.id, record.received, record.rows = request.id, message.ByteSize(), request.batch
            deadline = min(deadline_of(request.parameters), _deadline(context))
            answer = await serving.answered(serving.ask(request, deadline), record)
            version = config.version if answer.version is None else answer.version
            head = {"model_name": config.model, "model_version": version}
            response = response_of(request, bool(message.raw_input_contents), answer.outputs, head)
            response.parameters["tier"].string_param = answer.tier
            response.parameters["model_digest"].string_param = answer.digest
            for mark in answer.marks:
                response.parameters[mark].bool_param = True
            record.sent = response.ByteSize()
        return "" if record.trace is None else str(record.trace), response

    def _named(self, message: Any) -> None:
        self._serving.check_named(message.name, message.version or None)


def _traceparent(context: Any) -> str | None:
    """The header of that name, which gRPC calls metadata."""
    return next((value for name, value in context.invocation_metadata() or () if name == "traceparent"), None)


def _deadline(context: Any) -> float:
    """The client's own deadline, on the monotonic clock."""
    left = context.time_remaining()
    return float("inf") if left is None else monotonic() + left
