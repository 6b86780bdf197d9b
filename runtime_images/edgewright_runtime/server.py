"""`edgewright-runtime --config FILE`: reads the configuration, listens, and stops without losing a request."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path
from time import monotonic
from typing import Any, Final

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before anything imports onnxruntime; children inherit it

import uvloop

from edgewright_runtime.config import ConfigError, read_config
from edgewright_runtime.extras import check_extras
from edgewright_runtime.http import Endpoints
from edgewright_runtime.listener import Listener
from edgewright_runtime.log import Lines, Log
from edgewright_runtime.serving import Serving
from edgewright_runtime.version import VERSION

_QUIET: Final = 1.0
"""Seconds without a request after which nobody sends any more to a server that has said it is not ready."""

_LAST: Final = 3.0
"""Seconds of the grace that are left for closing: a second for who still sends over HTTP, half of one over gRPC, and
the rest for what is kept on disk. Who takes longer is ended with all the others by SIGKILL."""


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
    sys.stdout = sys.stderr  # what a rule prints is no line of the log
    logging.basicConfig(level=logging.WARNING, handlers=[Lines(log)])
    log.event("start", version=VERSION, fleet=config.fleet, workload=config.workload, model=config.model)
    return uvloop.run(_serve(Serving(config, given.config, log), given.host))


async def _serve(serving: Serving, host: str) -> int:
    listener = Listener(Endpoints(serving).answer, serving.body_limit, serving.room)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        rpc = await _rpc(serving, host)
        await listener.listen(host, serving.config.port)
    except OSError as error:
        serving.log.event("not-listening", "error", reason=str(error))
        return 1
    serving.begin()
    await stop.wait()
    listener.draining = True
    await _drain(serving)
    await listener.close(1.0)
    if rpc is not None:
        await rpc.stop(0.5)
    serving.stop()
    return 0


async def _rpc(serving: Serving, host: str) -> Any:
    """The server for gRPC, where one is configured."""
    port = serving.config.grpc_port
    if port is None:
        return None
    from edgewright_runtime.rpc.service import listen

    return await listen(serving, f"{host}:{port}")


async def _drain(serving: Serving) -> None:
    """Say that no more may come, and answer what still does, until it is quiet or the grace is over."""
    serving.readiness.draining = True
    serving.log.event("draining")
    end = monotonic() + max(0.0, serving.config.grace - _LAST)
    started = monotonic()
    while monotonic() < end:
        quiet_since = max(serving.last_request, started)
        if not serving.under_way and monotonic() - quiet_since >= _QUIET:
            break
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
