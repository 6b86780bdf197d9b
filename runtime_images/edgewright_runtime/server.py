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
from typing import Final

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before anything imports onnxruntime; children inherit it

import uvicorn

from edgewright_runtime.config import Config, ConfigError, read_config
from edgewright_runtime.http import application
from edgewright_runtime.serving import Serving


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
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    return asyncio.run(_serve(config, given.config, given.host))


async def _serve(config: Config, config_file: Path, host: str) -> int:
    serving = Serving(config, config_file)
    server = uvicorn.Server(
        uvicorn.Config(
            application(serving),
            host=host,
            port=config.port,
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
    serving.begin()
    await server.serve()
    await serving.stop()
    return 0 if server.started else 1


async def _drain(serving: Serving, server: uvicorn.Server) -> None:
    """Say that no more may come, answer what still does, and close when it is quiet or the grace is over."""
    serving.readiness.draining = True
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
