"""Run a program against Pulumi's own mocks, and see what it registered and said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks
from pulumi.runtime.proto import engine_pb2
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import run_pulumi_func

LEVELS = {engine_pb2.DEBUG: "debug", engine_pb2.INFO: "info", engine_pb2.WARNING: "warning"}


@dataclass
class Registered(mocks.Mocks):
    """What the engine would have seen: resources and diagnostics in order, and what outputs became."""

    resources: list[mocks.MockResourceArgs] = field(default_factory=list)
    protected: dict[str, bool] = field(default_factory=dict)
    retained: set[str] = field(default_factory=set)
    """Names of resources whose going removes nothing."""
    said: list[tuple[str, str, str]] = field(default_factory=list)
    """Level, text and URN of each diagnostic."""
    value: Any = None
    error: Exception | None = None

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """Everything is made as it was asked for."""
        self.resources.append(args)
        return f"{args.name}-id", dict(args.inputs)

    def call(self, args: mocks.MockCallArgs) -> Any:
        """Nothing here calls a function."""
        raise AssertionError(args.token)

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """Name ⇒ inputs of the resources whose type ends in `kind`."""
        return {each.name: each.inputs for each in self.resources if each.typ.endswith(f":{kind}")}

    def texts(self, level: str) -> list[str]:
        """What was said at a level."""
        return [text for its, text, _ in self.said if its == level]


class _Monitor(mocks.MockMonitor):
    """Remembers what the mocks are not told: which resources are protected."""

    def RegisterResource(self, request: Any) -> Any:
        self.mocks.protected[request.name] = request.protect  # type: ignore[attr-defined]
        if request.retainOnDelete:
            self.mocks.retained.add(request.name)  # type: ignore[attr-defined]
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]


class _Engine:
    def __init__(self, registered: Registered) -> None:
        self.registered = registered

    def Log(self, request: Any) -> None:
        level = LEVELS.get(request.severity, "error")
        self.registered.said.append((level, request.message, request.urn))


def run(base: Path, program: Callable[[], Any], *, preview: bool = False) -> Registered:
    """Run a program in a project that lies in `base`; an output that it returns is waited for."""
    registered = Registered()

    async def everything() -> None:
        mocks.set_mocks(
            registered, project="edgewright", stack="dev", preview=preview, monitor=_Monitor(registered)
        )
        SETTINGS.root_directory = str(base)
        SETTINGS.engine = _Engine(registered)

        async def func() -> None:
            registered.value = await pulumi.Output.from_input(program()).future()

        await run_pulumi_func(func)

    try:
        with _loops_closed():
            asyncio.run(everything())
    except Exception as error:
        registered.error = error
    return registered


@contextmanager
def _loops_closed() -> Iterator[None]:
    """Pulumi leaves event loops open that it makes on the way; a test must not."""
    made: list[asyncio.AbstractEventLoop] = []
    make = asyncio.new_event_loop

    def made_here() -> asyncio.AbstractEventLoop:
        made.append(make())
        return made[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "new_event_loop", made_here)
        try:
            yield
        finally:
            for loop in made:
                loop.close()
