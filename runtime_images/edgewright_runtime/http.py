"""The protocol over HTTP, as a Starlette application."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from edgewright_runtime.feedback import LARGEST
from edgewright_runtime.protocol.deadline import deadline_of
from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.protocol.request import decode
from edgewright_runtime.protocol.response import encode
from edgewright_runtime.serving import Serving

JSON_LENGTH: Final = "Inference-Header-Content-Length"
_BODY_SECONDS: Final = 30.0
"""How long a body may take to come in."""


def application(serving: Serving) -> Starlette:
    """The application of a server."""
    endpoints = _Endpoints(serving)
    model = "/v2/models/{model}"
    routes = [
        Route("/v2", endpoints.server),
        Route("/v2/health/live", endpoints.live),
        Route("/v2/health/ready", endpoints.ready),
        Route("/metrics", endpoints.metrics),
    ]
    for of_model in (model, f"{model}/versions/{{version}}"):
        routes += [
            Route(of_model, endpoints.model),
            Route(f"{of_model}/ready", endpoints.model_ready),
            Route(f"{of_model}/infer", endpoints.infer, methods=["POST"]),
            Route(f"{of_model}/feedback", endpoints.feedback, methods=["POST"]),
        ]
    faults = {RequestFault: _refused, HTTPException: _not_here, Exception: _failed}
    return Starlette(routes=routes, exception_handlers=faults)


async def _refused(_request: Request, fault: Exception) -> Response:
    assert isinstance(fault, RequestFault)
    headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after else {}
    return JSONResponse({"error": str(fault)}, fault.status, headers)


async def _not_here(request: Request, fault: Exception) -> Response:
    """A path or a method that there is not."""
    assert isinstance(fault, HTTPException)
    text = f"{request.method} {request.url.path[:200]}: {fault.detail}"
    return JSONResponse({"error": text}, fault.status_code, fault.headers)


async def _failed(_request: Request, _fault: Exception) -> Response:
    """A fault of the server's own: what it was is told to its log."""
    return JSONResponse({"error": "the server failed; its log says how"}, 500)


class _Endpoints:
    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    async def server(self, _request: Request) -> Response:
        return JSONResponse(self._serving.server_values)

    async def live(self, _request: Request) -> Response:
        return JSONResponse({"live": True})

    async def ready(self, _request: Request) -> Response:
        readiness = self._serving.readiness
        values = {"live": True, **readiness.values}  # `live` is what the protocol calls it here too
        return JSONResponse(values, 200 if readiness.ready else 503)

    async def metrics(self, _request: Request) -> Response:
        return Response(self._serving.metrics_text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def model(self, request: Request) -> Response:
        self._known(request)
        return JSONResponse(self._serving.model_values)

    async def model_ready(self, request: Request) -> Response:
        self._known(request)
        config, ready = self._serving.config, self._serving.readiness.ready
        return JSONResponse({"name": config.model, "ready": ready}, 200 if ready else 503)

    async def infer(self, request: Request) -> Response:
        serving = self._serving
        with serving.recorded("http", request.headers.get("traceparent")) as record:
            self._known(request)
            batcher = serving.batcher()
            batcher.check_room()
            with batcher.arriving():
                body = await _body(request, serving.body_limit)
                asked = decode(body, _json_length(request.headers), serving.signature)
            record.id, record.received = asked.id, len(body)
            answer = await serving.answered(serving.ask(asked, deadline_of(asked.parameters)), record)
            told = {"tier": answer.tier, "model_digest": answer.digest, **dict.fromkeys(answer.marks, True)}
            config = serving.config
            version = config.version if answer.version is None else answer.version
            encoded = encode(asked, config.model, version, answer.outputs, told)
            record.sent = len(encoded.body)
        headers = {
            "Edgewright-Tier": answer.tier,
            "Edgewright-Model-Version": version,
            "Edgewright-Model-Digest": answer.digest,
        }
        if record.trace is not None:
            headers["traceparent"] = str(record.trace)
        if serving.readiness.draining:
            headers["Connection"] = "close"
        if encoded.json_length is None:
            return Response(encoded.body, headers=headers, media_type="application/json")
        headers[JSON_LENGTH] = str(encoded.json_length)
        return Response(encoded.body, headers=headers, media_type="application/octet-stream")

    async def feedback(self, request: Request) -> Response:
        self._known(request)
        return JSONResponse({"counted": self._serving.feedback.take(await _body(request, LARGEST))})

    def _known(self, request: Request) -> None:
        self._serving.check_named(request.path_params["model"], request.path_params.get("version"))


def _json_length(headers: Mapping[str, str]) -> int | None:
    text = headers.get(JSON_LENGTH)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise RequestFault(f"{JSON_LENGTH} has to be a number of bytes")
    return int(text)


async def _body(request: Request, limit: int) -> bytes:
    """The body, of at most `limit` bytes, within a time. Raises RequestFault."""
    length = request.headers.get("content-length")
    if length is not None and length.isdigit() and int(length) > limit:
        raise _too_large(limit)
    if request.headers.get("content-encoding", "identity") != "identity":
        raise RequestFault("compressed bodies are not taken", 415)
    try:
        return await asyncio.wait_for(_read(request, limit), _BODY_SECONDS)
    except asyncio.TimeoutError:
        raise RequestFault(f"the body did not come within {_BODY_SECONDS:g} s", 408) from None
    except ClientDisconnect:
        raise RequestFault("the client went away", 400) from None


async def _read(request: Request, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(limit: int) -> RequestFault:
    return RequestFault(f"the body is larger than {limit:,} bytes, the most that is taken here", 413)
