"""HTTP/1.1 over a socket, as clients and proxies speak it: what comes in any form, and what is no request."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest
import uvloop
from tests.runtime_images.serving import free_port

from edgewright_runtime import connection, listener
from edgewright_runtime.message import Request, Response, refused
from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.room import Room

MOST = 100_000
CLOSE = "Connection: close\r\n"


async def echo(request: Request) -> Response:
    """What was asked; a path `/refused` is refused before the body is read."""
    try:
        if request.path == "/refused":
            raise RequestFault("not this", 404)
        body = bytes(await request.body.read(MOST))
    except RequestFault as fault:
        return refused(fault)
    told = {
        "method": request.method,
        "path": request.path,
        "body": body.decode(),
        "x": request.headers.get("x"),
    }
    return Response(json.dumps(told).encode())


@contextmanager
def listening(
    room: Room | None = None, answer: Callable[[Request], Awaitable[Response]] = echo
) -> Iterator[int]:
    """The port of a listener, in a thread of its own; bodies lie in `room`."""
    loop, port = uvloop.new_event_loop(), free_port()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listens = listener.Listener(answer, MOST, room or Room(1 << 20))
    asyncio.run_coroutine_threadsafe(listens.listen("127.0.0.1", port), loop).result(10)
    try:
        yield port
    finally:
        asyncio.run_coroutine_threadsafe(listens.close(1), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with listening() as found:
        yield found


@contextmanager
def line_to(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        yield line


def post(body: str, head: str = "", path: str = "/a") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def answers(line: socket.socket) -> list[tuple[int, Any]]:
    """Status and body of each answer until the connection ends."""
    raw = b""
    while got := line.recv(1 << 16):
        raw += got
    found = []
    while raw:
        head, _, raw = raw.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        if lines[0].split()[1] == "100":
            found.append((100, None))
            continue
        length = next(int(each.split(":")[1]) for each in lines if each.startswith("content-length"))
        found.append((int(lines[0].split()[1]), json.loads(raw[:length])))
        raw = raw[length:]
    return found


def test_a_body_may_come_in_any_pieces(port: int) -> None:
    text = "0123456789" * 5_000
    whole = post(text, CLOSE)
    for size in (1 << 20, 30_000, 4096, 77):
        with line_to(port) as line:
            for at in range(0, len(whole), size):
                line.sendall(whole[at : at + size])
            assert [(status, said["body"]) for status, said in answers(line)] == [(200, text)]
    with line_to(port) as line:
        for at in range(len(short := post("abc", CLOSE))):
            line.sendall(short[at : at + 1])
        assert answers(line)[0][1]["body"] == "abc"


def test_who_asks_several_at_once_is_answered_in_order(port: int) -> None:
    bodies = [str(number) * (number * 700) for number in range(10)]
    with line_to(port) as line:
        line.sendall(b"".join(map(post, bodies)) + post("last", CLOSE))
        assert [said["body"] for _, said in answers(line)] == [*bodies, "last"]


def test_a_body_may_come_in_chunks_and_what_follows_it_is_no_header(port: int) -> None:
    head = "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    with line_to(port) as line:
        line.sendall(f"{head}3\r\nabc\r\n4\r\ndefg\r\n0\r\nX: trailer\r\n\r\n".encode() + post("", CLOSE))
        first, second = answers(line)
    assert (first[1]["body"], first[1]["x"]) == ("abcdefg", None)
    assert second[1]["x"] is None


def test_chunks_beyond_the_limit_are_refused(port: int) -> None:
    chunk = f"{20_000:x}\r\n{'a' * 20_000}\r\n"
    with line_to(port) as line:
        line.sendall(
            f"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n{CLOSE}\r\n{chunk * 7}0\r\n\r\n".encode()
        )
        assert [status for status, _ in answers(line)] == [413]


@pytest.mark.parametrize("path", ["/refused", "/a"])
def test_after_a_refusal_the_rest_is_passed_over_and_the_connection_goes_on(port: int, path: str) -> None:
    """One is refused by its path, the other for its size."""
    with line_to(port) as line:
        line.sendall(post("a" * (MOST + 1), path=path) + post("b", CLOSE))
        (refusal, _), good = answers(line)
    assert refusal == (404 if path == "/refused" else 413)
    assert good[1]["body"] == "b"


def test_who_asks_whether_to_send_a_body_is_told(port: int) -> None:
    head, body = post("abc", f"Expect: 100-continue\r\n{CLOSE}").split(b"\r\n\r\n")
    with line_to(port) as line:
        line.sendall(head + b"\r\n\r\n")
        assert line.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(body)
        assert answers(line)[0][1]["body"] == "abc"
    with line_to(port) as line:
        line.sendall(head.replace(b"/a", b"/refused") + b"\r\n\r\n")
        got = line.recv(1000)
        assert b" 404 " in got
        assert b"connection: close" in got


def test_a_client_of_http_1_0_is_not_told_to_go_on(port: int) -> None:
    head, body = post("abc", "Expect: 100-continue\r\n").replace(b"HTTP/1.1", b"HTTP/1.0").split(b"\r\n\r\n")
    with line_to(port) as line:
        line.sendall(head + b"\r\n\r\n")
        time.sleep(0.2)
        line.sendall(body)
        assert [status for status, _ in answers(line)] == [200]


def test_an_upgrade_is_passed_over(port: int) -> None:
    """Java's client asks for HTTP/2 with its first request."""
    head = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    long = "a" * 50_000
    with line_to(port) as line:
        line.sendall(post("abc", head) + post(long, head) + post("d", CLOSE))
        assert [said["body"] for _, said in answers(line)] == ["abc", long, "d"]


def test_a_head_alone_is_the_answer_without_its_body(port: int) -> None:
    with line_to(port) as line:
        line.sendall(f"HEAD /a HTTP/1.1\r\n{CLOSE}\r\n".encode())
        raw = b"".join(iter(lambda: line.recv(1000), b""))
    assert raw.endswith(b"\r\n\r\n")
    assert b"content-length: 5" in raw


@pytest.mark.parametrize(
    "request_line", ["GET http://host:80/v2/a?b HTTP/1.1", "GET /v2/a?b=c HTTP/1.0", "GET /v2/a HTTP/1.1"]
)
def test_a_path_is_what_is_left_without_host_and_query(port: int, request_line: str) -> None:
    with line_to(port) as line:
        line.sendall(f"{request_line}\r\n{CLOSE}\r\n".encode())
        assert answers(line)[0][1]["path"] == "/v2/a"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"hello\r\n\r\n", 400),
        (b"POST /a HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc", 400),
        (b"POST /a HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
        (b"POST /a HTTP/1.1\r\nContent-Length: -3\r\n\r\nabc", 400),
        (b"POST /a HTTP/1.1\r\nContent-Length : 3\r\n\r\nabc", 400),
        (b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00", 400),
        (b"GET /a HTTP/1.1\r\nX: " + b"a" * 200_000, 431),
    ],
)
def test_what_is_no_request_is_refused_in_words_and_ends_the_connection(
    port: int, sent: bytes, status: int
) -> None:
    with line_to(port) as line:
        line.sendall(sent)
        ((got, said),) = answers(line)
    assert got == status
    assert said["error"]


def test_who_will_say_no_more_is_still_answered(port: int) -> None:
    with line_to(port) as line:
        line.sendall(post("abc"))
        line.shutdown(socket.SHUT_WR)
        assert answers(line)[0][1]["body"] == "abc"
    with line_to(port) as line:
        line.sendall(post("abc")[:-1])
        line.shutdown(socket.SHUT_WR)
        assert answers(line)[0] == (400, {"error": "the client went away"})


def test_a_body_that_comes_too_slowly_is_refused_and_an_idle_connection_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "BODY_SECONDS", 0.2)
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(connection, "IDLE_SECONDS", 0.2)
    monkeypatch.setattr(connection, "LINGER_SECONDS", 0.2)
    monkeypatch.setattr(listener, "_LOOK", 0.05)
    with listening() as port:
        with line_to(port) as line:
            line.sendall(post("abc")[:-1])
            ((status, said),) = answers(line)
            assert (status, "did not come within" in said["error"]) == (408, True)
        for begun, statuses in ((b"", []), (b"GET /a HT", [408]), (post("abc"), [200])):
            with line_to(port) as line:
                line.sendall(begun)
                assert [status for status, _ in answers(line)] == statuses


def test_bodies_that_do_not_end_hold_no_more_connections_than_there_may_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listener, "MOST", 10)
    with listening() as port, ExitStack() as stack:
        lines = [stack.enter_context(line_to(port)) for _ in range(10)]
        for line in lines:
            line.sendall(post("abc", "Expect: 100-continue\r\n")[:-1])
            assert b" 100 " in line.recv(100)
        newest = stack.enter_context(line_to(port))
        newest.sendall(post("abc", CLOSE))
        assert answers(newest)[0][0] == 200
        with suppress(ConnectionError):
            assert lines[0].recv(100) == b""
        lines[-1].sendall(b"c")
        assert b" 200 " in lines[-1].recv(1000)
