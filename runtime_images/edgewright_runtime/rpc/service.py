"""The protocol over gRPC, in the event loop of the HTTP side."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, Final, TypeAlias

import grpc

from edgewright_runtime.protocol.deadline import deadline_of
from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.rpc.messages import MESSAGES, SERVICE
from edgewright_runtime.rpc.tensors import request_of, response_of
from edgewright_runtime.serving import Serving

_CODES: Final = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    404: grpc.StatusCode.NOT_FOUND,
    413: grpc.StatusCode.RESOURCE_EXHAUSTED,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    501: grpc.StatusCode.UNIMPLEMENTED,
    503: grpc.StatusCode.UNAVAILABLE,
    504: grpc.StatusCode.DEADLINE_EXCEEDED,
}
"""HTTP's status ⇒ gRPC's code; what is not here is INTERNAL."""

_AT_ONCE: Final = 256
"""Calls under way at most: each may hold a message of the largest size."""

_Call: TypeAlias = Callable[[Any, Any], Awaitable[Any]]


async def listen(serving: Serving, address: str) -> grpc.aio.Server:
    """A server that listens there; `stop` ends it. Raises OSError where the port is taken."""
    limit = min(serving.body_limit, 2**31 - 1)
    server = grpc.aio.server(
        options=[("grpc.max_receive_message_length", limit), ("grpc.so_reuseport", 0)],
        maximum_concurrent_rpcs=_AT_ONCE,
    )
    server.add_generic_rpc_handlers((_handlers(_Calls(serving)),))
    try:
        server.add_insecure_port(address)
    except RuntimeError as error:
        raise OSError(f"gRPC cannot listen on {address}: {error}") from error
    await server.start()
    return server


def _handlers(calls: _Calls) -> grpc.GenericRpcHandler:
    methods = {
        "ServerLive": calls.server_live,
        "ServerReady": calls.server_ready,
        "ModelReady": calls.model_ready,
        "ServerMetadata": calls.server_metadata,
        "ModelMetadata": calls.model_metadata,
        "ModelInfer": calls.model_infer,
    }
    return grpc.method_handlers_generic_handler(
        SERVICE,
        {
            name: grpc.unary_unary_rpc_method_handler(
                _guarded(MESSAGES[f"{name}Request"], call), response_serializer=_bytes
            )
            for name, call in methods.items()
        },
    )


def _bytes(message: Any) -> bytes:
    raw: bytes = message.SerializeToString()
    return raw


def _guarded(kind: Any, call: _Call) -> _Call:
    """A call that takes bytes, and ends with a status and words where something is wrong with them."""

    async def guarded(raw: bytes, context: Any) -> Any:
        try:
            try:
                message = kind.FromString(raw)
            except Exception as error:  # DecodeError, of whichever implementation protobuf has here
                raise RequestFault(f"the message is no {kind.DESCRIPTOR.name}") from error
            return await call(message, context)
        except RequestFault as fault:
            pause = (("grpc-retry-pushback-ms", str(fault.retry_after * 1000)),) if fault.retry_after else ()
            await context.abort(_CODES.get(fault.status, grpc.StatusCode.INTERNAL), str(fault), pause)

    return guarded


class _Calls:
    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    async def server_live(self, _message: Any, _context: Any) -> Any:
        return MESSAGES["ServerLiveResponse"](live=True)

    async def server_ready(self, _message: Any, _context: Any) -> Any:
        return MESSAGES["ServerReadyResponse"](ready=self._serving.readiness.ready)

    async def model_ready(self, message: Any, _context: Any) -> Any:
        self._serving.check_named(message.name, message.version or None)
        return MESSAGES["ModelReadyResponse"](ready=self._serving.readiness.ready)

    async def server_metadata(self, _message: Any, _context: Any) -> Any:
        return MESSAGES["ServerMetadataResponse"](**self._serving.server_values)

    async def model_metadata(self, message: Any, _context: Any) -> Any:
        self._serving.check_named(message.name, message.version or None)
        return MESSAGES["ModelMetadataResponse"](**self._serving.model_values)

    async def model_infer(self, message: Any, context: Any) -> Any:
        serving, config = self._serving, self._serving.config
        with serving.recorded("grpc", _traceparent(context)) as record:
            serving.check_named(message.model_name, message.model_version or None)
            batcher = serving.batcher()
            batcher.check_room()
            request = request_of(message, serving.signature)
            record.id, record.received = request.id, message.ByteSize()
            deadline = min(deadline_of(request.parameters), _deadline(context))
            answer = await serving.answered(batcher.ask(request, deadline), record)
            head = {"model_name": config.model, "model_version": config.version}
            response = response_of(request, bool(message.raw_input_contents), answer.outputs, head)
            response.parameters["tier"].string_param = answer.tier
            response.parameters["model_digest"].string_param = answer.digest
            record.sent = response.ByteSize()
        if record.trace is not None:
            context.set_trailing_metadata((("traceparent", str(record.trace)),))
        return response


def _traceparent(context: Any) -> str | None:
    """The header of that name, which gRPC calls metadata."""
    return next((value for name, value in context.invocation_metadata() or () if name == "traceparent"), None)


def _deadline(context: Any) -> float:
    """The client's own deadline, on the monotonic clock."""
    left = context.time_remaining()
    return float("inf") if left is None else monotonic() + left
