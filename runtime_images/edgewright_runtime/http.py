"""The protocol over HTTP: which request gets which answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

import orjson

from edgewright_runtime.connection import JSON_LENGTH
from edgewright_runtime.feedback import LARGEST
from edgewright_runtime.message import Request, Response, refused
from edgewright_runtime.protocol.compression import coding_of, packed, unpacked, wanted_coding
from edgewright_runtime.protocol.deadline import deadline_of
from edgewright_runtime.protocol.description import model_configuration, model_values, server_values
from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.protocol.request import decode, only_ready_in
from edgewright_runtime.protocol.response import encode
from edgewright_runtime.serving import Serving

_METRICS: Final = "text/plain; version=0.0.4; charset=utf-8"
_log: Final = logging.getLogger(__name__)
_Endpoint: TypeAlias = "Callable[[Request, tuple[str, ...]], Awaitable[Response]]"


class Endpoints:
    """Answers whatever is asked. Names in a path are the model's and, where it is there, the version's."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._found = lru_cache(maxsize=16)(self._find)
        self._paths: dict[tuple[str, ...], tuple[str, _Endpoint]] = {
            ("v2",): ("GET", self._server),
            ("v2", "health", "live"): ("GET", self._live),
            ("v2", "health", "ready"): ("GET", self._ready),
            ("v2", "models", "stats"): ("GET", self._statistics),
            ("v2", "repository", "index"): ("POST", self._index),
            ("metrics",): ("GET", self._metrics),
        }
        self._of_model: dict[tuple[str, ...], tuple[str, _Endpoint]] = {
            (): ("GET", self._model),
            ("ready",): ("GET", self._model_ready),
            ("infer",): ("POST", self._infer),
            ("feedback",): ("POST", self._feedback),
            ("config",): ("GET", self._configuration),
            ("stats",): ("GET", self._statistics),
        }

    async def answer(self, request: Request) -> Response:
        """The answer to a request, whatever it is."""
        try:
            method, endpoint, names = self._found(request.path)
            if request.method != method and (request.method, method) != ("HEAD", "GET"):
                said = f"{request.method} {request.path[:200]}: this takes {method}"
                return Response(orjson.dumps({"error": said}), 405, {"allow": method})
            return await endpoint(request, names)
        except RequestFault as fault:
            return refused(fault)
        except Exception:  # a fault of the server's own: what it was is told to its log
            _log.exception("a request failed")
            return refused(RequestFault("the server failed; its log says how", 500))

    def _find(self, path: str) -> tuple[str, _Endpoint, tuple[str, ...]]:
        """Method, endpoint and names of a path. Raises RequestFault where there is no such one."""
        parts = tuple(map(unquote, path.removesuffix("/").split("/")[1:]))
        if parts in self._paths:
            return *self._paths[parts], ()
        versioned = parts[3:4] == ("versions",) and len(parts) > 4
        names, rest = (parts[2::2][:2], parts[5:]) if versioned else (parts[2:3], parts[3:])
        if parts[:2] != ("v2", "models") or not (names and all(names)) or rest not in self._of_model:
            said = f"there is no {path[:200]}; GET /v2 names the extensions that there are"
            raise RequestFault(said, 404)
        return *self._of_model[rest], names

    async def _server(self, _request: Request, _names: tuple[str, ...]) -> Response:
        return _json(server_values())

    async def _live(self, _request: Request, _names: tuple[str, ...]) -> Response:
        return _json({"live": True})

    async def _ready(self, _request: Request, _names: tuple[str, ...]) -> Response:
        readiness = self._serving.readiness
        values = {"live": True, **readiness.values}  # `live` is what the protocol calls it here too
        return _json(values, 200 if readiness.ready else 503)

    async def _metrics(self, _request: Request, _names: tuple[str, ...]) -> Response:
        return Response(self._serving.metrics_text(), media=_METRICS)

    async def _model(self, _request: Request, names: tuple[str, ...]) -> Response:
        self._serving.check_named(*names)
        return _json(model_values(self._serving.config, self._serving.signature))

    async def _configuration(self, _request: Request, names: tuple[str, ...]) -> Response:
        self._serving.check_named(*names)
        return _json(model_configuration(self._serving.config, self._serving.signature))

    async def _statistics(self, request: Request, names: tuple[str, ...]) -> Response:
        if names:
            self._serving.check_named(*names)
        elif self._serving.config.model == "stats":  # its own name comes before what has none
            return await self._model(request, ("stats",))
        return _json(self._serving.statistics_values())

    async def _index(self, request: Request, _names: tuple[str, ...]) -> Response:
        only_ready = only_ready_in(bytes(await _body(request, LARGEST)))
        return _json(self._serving.index_values(only_ready))

    async def _model_ready(self, _request: Request, names: tuple[str, ...]) -> Response:
        self._serving.check_named(*names)
        config, ready = self._serving.config, self._serving.readiness.ready
        return _json({"name": config.model, "ready": ready}, 200 if ready else 503)

    async def _infer(self, request: Request, names: tuple[str, ...]) -> Response:
        serving, config = self._serving, self._serving.config
        with serving.recorded("http", request.headers.get("traceparent")) as record:
            serving.check_named(*names)
            batcher = serving.batcher()
            batcher.check_room()
            with batcher.arriving:
                body = await _body(request, serving.body_limit)
                asked = decode(body, _json_length(request.headers), serving.signature)
            record.id, record.received, record.rows = asked.id, len(body), asked.batch
            answer = await serving.answered(serving.ask(asked, deadline_of(asked.parameters)), record)
            told = {"tier": answer.tier, "model_digest": answer.digest, **dict.fromkeys(answer.marks, True)}
            version = config.version if answer.version is None else answer.version
            encoded = encode(asked, config.model, version, answer.outputs, told)
            record.sent = len(encoded.body)
        headers = {
            "edgewright-tier": answer.tier,
            "edgewright-model-version": version,
            "edgewright-model-digest": answer.digest,
        }
        if record.trace is not None:
            headers["traceparent"] = str(record.trace)
        if encoded.json_length is not None:
            headers[JSON_LENGTH] = str(encoded.json_length)
        media = "application/json" if encoded.json_length is None else "application/octet-stream"
        content = encoded.body
        if coding := wanted_coding(request.headers.get("accept-encoding")):
            headers["content-encoding"] = coding
            content = await asyncio.to_thread(packed, content, coding)
        return Response(content, headers=headers, media=media)

    async def _feedback(self, request: Request, names: tuple[str, ...]) -> Response:
        self._serving.check_named(*names)
        return _json({"counted": self._serving.feedback.take(bytes(await _body(request, LARGEST)))})


def _json(values: Mapping[str, Any] | Sequence[Any], status: int = 200) -> Response:
    return Response(orjson.dumps(values), status)


def _json_length(headers: Mapping[str, str]) -> int | None:
    text = headers.get(JSON_LENGTH)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise RequestFault(f"{JSON_LENGTH} has to be a number of bytes")
    return int(text)


async def _body(request: Request, limit: int) -> memoryview:
    """The body, of at most `limit` bytes. Raises RequestFault."""
    coding = coding_of(request.headers.get("content-encoding"))
    body = await request.body.read(limit)
    if not coding:
        return body
    found = await asyncio.to_thread(unpacked, body, limit)
    request.body.grew(len(found))
    return memoryview(found)
