"""The gRPC services of this server."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import grpc

from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.room import Room
from edgewright_runtime.rpc.about import Health, Reflection
from edgewright_runtime.rpc.calls import Calls
from edgewright_runtime.rpc.messages import HEALTH_SERVICE, INFERENCE_SERVICE, REFLECTION_SERVICES, Service
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


async def listen(serving: Serving, address: str) -> grpc.aio.Server:
    """A server that listens there; `stop` ends it. Raises OSError where the port is taken."""
    limit = min(serving.body_limit, 2**31 - 1)
    server = grpc.aio.server(
        options=[("grpc.max_receive_message_length", limit), ("grpc.so_reuseport", 0)],
        maximum_concurrent_rpcs=_AT_ONCE,
    )
    services = (INFERENCE_SERVICE, HEALTH_SERVICE, *REFLECTION_SERVICES)
    server.add_generic_rpc_handlers(
        (
            _handlers(INFERENCE_SERVICE, Calls(serving), serving.room),
            _handlers(HEALTH_SERVICE, Health(serving.readiness, services), serving.room),
            *(_handlers(each, Reflection(each, services), serving.room) for each in REFLECTION_SERVICES),
            _NotOffered(),
        )
    )
    try:
        server.add_insecure_port(address)
    except RuntimeError as error:
        raise OSError(f"gRPC cannot listen on {address}: {error}") from error
    await server.start()
    return server


def _handlers(service: Service, calls: object, room: Room) -> grpc.GenericRpcHandler:
    """The method for each call has its name, in small letters."""
    handlers = {}
    for method in service.file.service[0].method:
        kind = service.messages[method.input_type.rpartition(".")[2]]
        call = getattr(calls, re.sub(r"(?<=[a-z])(?=[A-Z])", "_", method.name).lower())
        if method.client_streaming:
            handlers[method.name] = grpc.stream_stream_rpc_method_handler(
                _streamed(kind, call, room), response_serializer=_bytes
            )
        else:
            handlers[method.name] = grpc.unary_unary_rpc_method_handler(
                _guarded(kind, call, room), response_serializer=_bytes
            )
    return grpc.method_handlers_generic_handler(service.name, handlers)


class _NotOffered(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no types
    """Says of any other call what there is."""

    def service(self, details: Any) -> Any:
        """The handler of a call that no other handler has."""
        name = details.method.rpartition("/")[2][:100]

        async def refuse(_messages: Any, context: Any) -> None:
            said = f"`{name}` is not offered; ServerMetadata names the extensions that there are"
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, said)

        return grpc.stream_stream_rpc_method_handler(refuse, response_serializer=_bytes)


def _bytes(message: Any) -> bytes:
    raw: bytes = message.SerializeToString()
    return raw


def _read(kind: Any, raw: bytes) -> Any:
    try:
        return kind.FromString(raw)
    except Exception as error:  # DecodeError, of whichever implementation protobuf has here
        raise RequestFault(f"the message is no {kind.DESCRIPTOR.name}") from error


def _guarded(kind: Any, call: Callable[[Any, Any], Any], room: Room) -> Callable[[bytes, Any], Any]:
    """A call that takes bytes, and ends with a status and words where something is wrong with them."""

    async def guarded(raw: bytes, context: Any) -> Any:
        try:
            with room.taken(len(raw)):
                return await call(_read(kind, raw), context)
        except RequestFault as fault:
            pause = (("grpc-retry-pushback-ms", str(fault.retry_after * 1000)),) if fault.retry_after else ()
            await context.abort(_CODES.get(fault.status, grpc.StatusCode.INTERNAL), str(fault), pause)

    return guarded


def _streamed(
    kind: Any, call: Callable[[Any, Any], AsyncIterator[Any]], room: Room
) -> Callable[[Any, Any], Any]:
    """A call that takes and gives as many messages as come; what is no message is handed on as the fault it is."""

    async def read(raws: AsyncIterator[bytes]) -> AsyncIterator[Any]:
        async for raw in raws:
            try:
                with room.taken(len(raw)):
                    yield _read(kind, raw)
            except RequestFault as fault:
                yield fault

    async def streamed(raws: AsyncIterator[bytes], context: Any) -> AsyncIterator[Any]:
        async for response in call(read(raws), context):
            yield response

    return streamed
