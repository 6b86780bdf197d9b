"""`edgewright-runtime --config FILE`: reads the configuration, listens, and stops without losing a request."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, Final

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before anything imports onnxruntime; children inherit it

import uvicorn

from edgewright_runtime.config import ConfigError, read_config
from edgewright_runtime.extras import check_extras
from edgewright_runtime.http import application
from edgewright_runtime.log import Lines, Log
from edgewright_runtime.serving import Serving
from edgewright_runtime.version import VERSION


@contextmanager
def _no_signals() -> Iterator[None]:
    """In the place of uvicorn's own, which close at once."""
    yield


_QUIET: Final = 1.0
"""Seconds without a request after which nobody sends any more to a server that has said it is not ready."""

_LAST: Final = 2.0
"""Seconds of the grace that are left for closing."""


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM; the exit code. 2 where the configuration is none."""
    parser = argparse.ArgumentParser(prog="edgewright-runtime", description=__doc__)
    parser.add_argument(
        "--config", type=Path, required=True, help="the JSON file that `edgewright render` wrote"
    )
    parser.add_argument("--host", default="0.0.0.0", help="the address to listen on")
    given = parser.parse_args(arguments)
    try:
        config = read_config(given.config)
        check_extras(config)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    log = Log(config.log_sample)
    logging.basicConfig(level=logging.WARNING, handlers=[Lines(log)])
    log.event("start", version=VERSION, fleet=config.fleet, workload=config.workload, model=config.model)
    return asyncio.run(_serve(Serving(config, given.config, log), given.host))


async def _serve(serving: Serving, host: str) -> int:
    server = uvicorn.Server(
        uvicorn.Config(
            application(serving),
            host=host,
            port=serving.config.port,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=max(1, int(_LAST)),
        )
    )
    server.capture_signals = _no_signals  # type: ignore[method-assign]
    loop = asyncio.get_running_loop()
    stopping: set[asyncio.Task[None]] = set()

    def stop() -> None:
        if not stopping:
            stopping.add(loop.create_task(_drain(serving, server)))

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    try:
        rpc = await _rpc(serving, host)
    except OSError as error:
        serving.log.event("not-listening", "error", reason=str(error))
        return 1
    serving.begin()
    await server.serve()
    if rpc is not None:
        await rpc.stop(_LAST / 2)
    await serving.stop()
    return 0 if server.started else 1


async def _rpc(serving: Serving, host: str) -> Any:
    """The server for gRPC, where one is configured."""
    port = serving.config.grpc_port
    if port is None:
        return None
    from edgewright_runtime.rpc.service import listen

    return await listen(serving, f"{host}:{port}")


async def _drain(serving: Serving, server: uvicorn.Server) -> None:
    """Say that no more may come, answer what still does, and close when it is quiet or the grace is over."""
    serving.readiness.draining = True
    serving.log.event("draining")
    end = monotonic() + max(0.0, serving.config.grace - _LAST)
    started = monotonic()
    while monotonic() < end:
        quiet_since = max(serving.last_request, started)
        if not serving.under_way and monotonic() - quiet_since >= _QUIET:
            break
        await asyncio.sleep(0.05)
    server.should_exit = True


if __name__ == "__main__":
    sys.exit(main())
