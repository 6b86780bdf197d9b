"""What gRPC's own tools ask of any server: whether it serves, and which services and messages it has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.readiness import Readiness
from edgewright_runtime.rpc.messages import HEALTH_SERVICE, Service

_SERVING: Final = 1
_NOT_SERVING: Final = 2
_NOT_FOUND: Final = 5
"""Of grpc/health/v1/health.proto, and gRPC's own code."""


class Health:
    """`grpc.health.v1.Health`. The server and each of its services serve when requests may come."""

    def __init__(self, readiness: Readiness, services: Sequence[Service]) -> None:
        self._readiness = readiness
        self._names = {"", *(service.name for service in services)}

    async def check(self, message: Any, _context: Any) -> Any:
        """Raises RequestFault where there is no such service."""
        if message.service not in self._names:
            raise RequestFault(f"there is no service `{message.service[:100]}`", 404)
        status = _SERVING if self._readiness.ready else _NOT_SERVING
        return HEALTH_SERVICE.messages["HealthCheckResponse"](status=status)


class Reflection:
    """`ServerReflection` of one version: which services there are, and the file that describes each."""

    def __init__(self, own: Service, services: Sequence[Service]) -> None:
        self._messages = own.messages
        self._services = services

    async def server_reflection_info(self, messages: AsyncIterator[Any], _context: Any) -> AsyncIterator[Any]:
        """One answer to each message."""
        async for message in messages:
            if isinstance(message, RequestFault):
                return
            host = message.host
            yield self._messages["ServerReflectionResponse"](
                valid_host=host, original_request=message, **self._told(message)
            )

    def _told(self, message: Any) -> dict[str, Any]:
        choice = message.WhichOneof("choice")
        if choice == "list_services":
            names = [{"name": service.name} for service in self._services]
            return {"list_services_response": {"service": names}}
        wanted = getattr(message, choice) if choice else ""
        for service in self._services:
            file = service.file
            inside = wanted == service.name or wanted.startswith(f"{service.name}.")
            if wanted == file.name or inside or wanted.removeprefix(f"{file.package}.") in service.messages:
                raw = file.SerializeToString()
                return {"file_descriptor_response": {"file_descriptor_proto": [raw]}}
        said = {"error_code": _NOT_FOUND, "error_message": f"there is no `{wanted[:100]}`"}
        return {"error_response": said}
