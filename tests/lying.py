"""A registry that lies: a server between a client and a real registry, with faults that a seed chooses.

    with lying(address, seed=7) as proxy:
        …                       # talk to proxy.address
        proxy.honest = True     # from now on, nothing but the truth

Which fault meets a request depends on the seed and on the how-manieth of its kind the request is. Every fault
that was made stands in `proxy.made`; what whoever was sent elsewhere showed there, in `proxy.shown_elsewhere`.
"""

from __future__ import annotations

import random
import re
import socket
import socketserver
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from tests.faults import AFTER, BEFORE, KINDS, SCRIPTED, WITH_BODY, scripted
from tests.wire import Closed, Message, forward, read_request, send, with_body

__all__ = ["KINDS", "Message", "Proxy", "lying"]

_UPLOAD = re.compile(r"/blobs/uploads/[^?/]+")


@dataclass
class Proxy:
    """What stands between, and what it did."""

    upstream: str
    seed: int
    share: float
    address: str = ""
    elsewhere: str = ""
    honest: bool = False
    script: Callable[[Message, int], str | None] | None = None
    asked: list[Message] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    visits: list[Message] = field(default_factory=list)
    shown_elsewhere: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _counted: Counter[str] = field(default_factory=Counter)

    def fault(self, request: Message) -> tuple[str, random.Random] | None:
        """The fault that this request meets, and the chance that goes with it."""
        kind = f"{request.method} {_UPLOAD.sub('/blobs/uploads/', request.target.partition('?')[0])}"
        with self._lock:
            self._counted[kind] += 1
            chance = random.Random(f"{self.seed} {kind} {self._counted[kind]}")
            self.asked.append(request)
            if self.script is None:
                name = self._chosen(request, chance)
            else:
                name = self.script(request, sum(each.method == request.method for each in self.asked))
            if name is None or self.honest:
                return None
            self.made.append(name)
            return name, chance

    def _chosen(self, request: Message, chance: random.Random) -> str | None:
        if chance.random() >= self.share:
            return None
        names: list[str] = [*BEFORE, *(WITH_BODY if request.body else ()), *AFTER]
        return chance.choice(names)


@contextmanager
def lying(
    upstream: str,
    seed: int = 0,
    share: float = 0.3,
    script: Callable[[Message, int], str | None] | None = None,
) -> Iterator[Proxy]:
    """A proxy before the registry at `upstream` (host:port); `share` of the requests meet a fault.

    A `script` says instead which fault a request meets, given that it is the n-th of its method.
    """
    proxy = Proxy(upstream, seed, share, script=script)
    with (
        _serving(lambda stream, out: _talk(proxy, stream, out)) as proxy.address,
        _serving(lambda stream, out: _thief(proxy, stream, out)) as proxy.elsewhere,
    ):
        try:
            yield proxy
        finally:
            proxy.ended.set()


@contextmanager
def _serving(talk: Callable[[BinaryIO, socket.socket], None]) -> Iterator[str]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with suppress(Closed, OSError, ValueError), self.request.makefile("rb") as stream:
                talk(stream, self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 64

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def _talk(proxy: Proxy, stream: BinaryIO, out: socket.socket) -> None:
    while True:
        request = read_request(stream)
        found = proxy.fault(request)
        if found is None:
            send(out, forward(proxy.upstream, with_body(request, stream)))
            continue
        name, chance = found
        if " " in name:
            send(out, scripted(proxy, with_body(request, stream), name))
        elif name in BEFORE or name in SCRIPTED:
            with_body(request, stream)
            (BEFORE | SCRIPTED)[name](proxy, request, out, chance)
        elif name in WITH_BODY:
            WITH_BODY[name](proxy, request, stream, out, chance)
        else:
            answer = forward(proxy.upstream, with_body(request, stream))
            AFTER[name](proxy, answer, out, chance)


def _thief(proxy: Proxy, stream: BinaryIO, out: socket.socket) -> None:
    """Somebody elsewhere, who notes what is shown to him and answers everything with bytes of his own."""
    while True:
        request = with_body(read_request(stream), stream)
        proxy.visits.append(request)
        if request.header("Authorization"):
            proxy.shown_elsewhere.append(request.header("Authorization"))
        if request.header("Authorization") == "" and len(proxy.visits) % 2 == 0:
            headers = [("WWW-Authenticate", 'Basic realm="give it to me"'), ("Content-Length", "0")]
            send(out, Message(request.method, request.target, headers, b"", 401))
            continue
        body = b"" if request.method == "HEAD" else b"bytes of a thief"
        status = {"POST": 202, "PATCH": 202, "PUT": 201}.get(request.method, 200)
        send(out, Message(request.method, request.target, [("Content-Length", str(len(body)))], body, status))
