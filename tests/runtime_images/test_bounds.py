"""What comes over a connection before a request is one: without bounds, one client would take a server from all."""

from __future__ import annotations

import json
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from tests.runtime_images.serving import Served, binary_request, configuration, images, served

from edgewright_runtime.bounds import HEAD_LIMIT, HEAD_SECONDS
from edgewright_runtime.listener import MOST

INFER = b"POST /v2/models/surface-defects/infer HTTP/1.1\r\nHost: x\r\n"
LIVE = b"GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n"
MIB = 1 << 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(configuration(), tmp_path_factory.mktemp("connection")) as running:
        yield running


def connected(running: Served) -> socket.socket:
    host, port = running.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def resident(running: Served) -> int:
    """Bytes of the server that lie in memory."""
    lines = Path(f"/proc/{running.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


def answers(running: Served) -> None:
    asked, raw = binary_request(images())
    started = time.monotonic()
    assert running.infer(asked, raw)[0] == 200
    assert time.monotonic() - started < 5


def received(line: socket.socket, what: bytes, times: int = 1) -> bytes:
    """All that comes until `what` has come so often."""
    got = b""
    while got.count(what) < times:
        chunk = line.recv(1 << 16)
        assert chunk, got
        got += chunk
    return got


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        (b"GET /v2 HTTP/1.1\r\nX: ", b"a" * MIB),
        (b"GET /v2 HTTP/1.1\r\n", b"h: x\r\n" * (MIB // 6)),
        (b"GET /", b"a" * MIB),
        (INFER + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"h: x\r\n" * (MIB // 6)),
        (INFER + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n" * (MIB // 6)),
    ],
    ids=["header", "headers", "path", "trailers", "chunks"],
)
def test_a_head_without_end_ends_its_connection_and_nothing_else(
    server: Served, begin: bytes, more: bytes
) -> None:
    before = resident(server)
    with connected(server) as line:
        with suppress(ConnectionError):
            line.sendall(begin + more * 30)
        assert received(line, b"}").startswith(b"HTTP/1.1 431 ")
        assert line.recv(1) == b""
    answers(server)
    assert resident(server) < before + 10 * MIB


def test_a_head_that_is_too_large_is_told_so(server: Served) -> None:
    with connected(server) as line:
        for _ in range(10):
            with suppress(ConnectionError):
                line.sendall(b"GET /v2 HTTP/1.1\r\nX: " + b"a" * HEAD_LIMIT)
        assert received(line, b"}").startswith(b"HTTP/1.1 431 ")


def test_a_large_body_is_no_large_head(server: Served) -> None:
    """On one connection, after another request and in chunks."""
    text = json.dumps({"inputs": [], "id": "a" * 200_000}).encode()
    with connected(server) as line:
        for body in (
            b"Content-Length: %d\r\n\r\n%s" % (len(text), text),
            b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(text), text),
        ):
            line.sendall(INFER + body)
            assert received(line, b"}").startswith(b"HTTP/1.1 400 ")


def test_requests_sent_at_once_on_one_connection_are_answered_and_a_flood_of_them_is_not(
    server: Served,
) -> None:
    with connected(server) as line:
        line.sendall(LIVE * 20)
        received(line, b'{"live":true}', 20)
    before = resident(server)
    with connected(server) as line, suppress(ConnectionError):
        for _ in range(100):
            line.sendall(LIVE * 1000)
        assert b"HTTP/1.1 429 " in received(line, b"wait on this connection")
    answers(server)
    assert resident(server) < before + 30 * MIB


def test_half_heads_are_closed_and_do_not_keep_others_out(server: Served) -> None:
    with ExitStack() as stack:
        lines = [stack.enter_context(connected(server)) for _ in range(200)]
        for line in lines:
            line.sendall(INFER[:-5])
        answers(server)
        lines[0].settimeout(HEAD_SECONDS + 10)
        assert received(lines[0], b"}").startswith(b"HTTP/1.1 408 ")
        answers(server)


def test_more_connections_than_files_can_be_opened_leave_room_for_new_ones(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))  # inherited by the server
    with ExitStack() as stack:
        try:
            running = stack.enter_context(served(configuration(), tmp_path))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        lines = []
        for _ in range(100):
            lines.append(stack.enter_context(connected(running)))
            time.sleep(0.005)  # else the kernel makes some of them wait for seconds
        answers(running)
        assert lines[0].recv(1) == b""


def test_half_bodies_of_many_take_no_more_memory_than_there_is_room(server: Served) -> None:
    before = resident(server)
    with ExitStack() as stack:
        lines = [stack.enter_context(connected(server)) for _ in range(MOST - 1)]
        for line in lines:
            with suppress(ConnectionError):
                line.sendall(INFER + b"Content-Length: 276000\r\n\r\n" + b"x" * 270_000)
        assert lines[-1].recv(100).startswith(b"HTTP/1.1 429 ")
        assert resident(server) < before + 160 * MIB
    answers(server)
