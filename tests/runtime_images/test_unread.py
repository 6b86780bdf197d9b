"""What one side sends and the other does not take: a body that was refused, an answer that nobody reads."""

from __future__ import annotations

import itertools
import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.runtime_images.test_connection import CLOSE, answers, line_to, listening, post

from edgewright_runtime import connection, listener
from edgewright_runtime.message import Request, Response
from edgewright_runtime.room import Room

SIZE = 1 << 20


class Seen(Room):
    """Room that can be looked at."""

    @property
    def taken_bytes(self) -> int:
        return SIZE - self._left


@pytest.fixture(scope="module")
def room() -> Seen:
    return Seen(SIZE)


@pytest.fixture(scope="module")
def port(room: Seen) -> Iterator[int]:
    with listening(room) as found:
        yield found


def eventually(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + 10
    while not true() and time.monotonic() < end:
        time.sleep(0.002)
    return true()


def chunked(path: str, body: str, head: str = "") -> bytes:
    start = f"POST {path} HTTP/1.1\r\nHost: x\r\n{head}Transfer-Encoding: chunked\r\n\r\n"
    return f"{start}{len(body):x}\r\n{body}\r\n0\r\n\r\n".encode()


@pytest.mark.parametrize("late", [post("a" * 5_000, path="/refused"), chunked("/refused", "a" * 5_000)])
def test_a_refused_body_that_comes_late_is_passed_over(port: int, room: Seen, late: bytes) -> None:
    head, _, body = late.partition(b"\r\n\r\n")
    with line_to(port) as line:
        line.sendall(head + b"\r\n\r\n")
        assert b" 404 " in line.recv(1000)
        line.sendall(body + post("b", CLOSE))
        assert [said["body"] for _, said in answers(line)] == ["b"]
    assert eventually(lambda: room.taken_bytes == 0)


REQUESTS = st.sampled_from(
    [
        post("a" * 3_000),
        post("a" * 3_000, path="/refused"),
        post("a" * 3_000, "Expect: 100-continue\r\n"),
        post("a" * 3_000, CLOSE, path="/refused"),
        post("a" * 100_001),
        chunked("/a", "a" * 3_000),
        chunked("/refused", "a" * 3_000),
        chunked("/refused", "a" * 3_000, CLOSE),
        chunked("/a", "a" * 100_001),
        post("a" * 3_000, "Connection: Upgrade\r\nUpgrade: h2c\r\n", path="/refused"),
        post(""),
        b"GET /a HTTP/1.1\r\n\r\n",
        b"no request\r\n\r\n",
    ]
)


@given(
    requests=st.lists(REQUESTS, min_size=1, max_size=5),
    cuts=st.lists(st.integers(0, 9_000), max_size=5),
    kept=st.floats(0, 1),
    end=st.sampled_from(["close", "reset", "half"]),
)
@settings(max_examples=150, deadline=None, phases=[Phase.generate])  # to make it smaller takes minutes
def test_whatever_comes_and_whenever_it_ends_all_room_is_given_back(
    port: int, room: Seen, requests: list[bytes], cuts: list[int], kept: float, end: str
) -> None:
    raw = b"".join(requests)
    raw = raw[: int(len(raw) * kept)]
    places = [0, *sorted(cuts), len(raw)]
    with line_to(port) as line:
        try:
            for begin, stop in itertools.pairwise(places):
                line.sendall(raw[begin:stop])
                time.sleep(0.003)
            if end == "reset":
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif end == "half":
                line.shutdown(socket.SHUT_WR)
                while line.recv(1 << 16):
                    pass
        except ConnectionError:
            pass  # a refusal that ends the connection
    assert eventually(lambda: room.taken_bytes == 0)


LARGE = "a" * (16 << 20)
"""More than the kernel keeps of an answer."""


async def large(_request: Request) -> Response:
    return Response(json.dumps(LARGE).encode())


def deaf(port: int) -> socket.socket:
    """A connection whose client has room for little of an answer."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    line.settimeout(20)
    line.connect(("127.0.0.1", port))
    return line


def taken(line: socket.socket) -> bytes:
    """Whatever comes until the connection ends."""
    parts = []
    with suppress(ConnectionError):
        while part := line.recv(1 << 20):
            parts.append(part)
    return b"".join(parts)


def test_who_takes_no_answer_gets_no_second_one_made() -> None:
    """Else answers fill the memory."""
    made = 0

    async def counted(request: Request) -> Response:
        nonlocal made
        made += 1
        return await large(request)

    with listening(answer=counted) as port, deaf(port) as line:
        for _ in range(2):
            line.sendall(post(""))
        time.sleep(0.5)
        assert made == 1
        line.sendall(post("", CLOSE))
        got = taken(line)
    assert (got.count(b"HTTP/1.1 200 "), got.count(b"a" * len(LARGE))) == (3, 3)


@pytest.mark.parametrize("head", ["", CLOSE])
@pytest.mark.parametrize("half", [False, True])
def test_who_takes_an_answer_late_gets_it_whole_and_who_never_does_is_left(
    monkeypatch: pytest.MonkeyPatch, head: str, half: bool
) -> None:
    for name in ("LINGER_SECONDS", "IDLE_SECONDS"):
        monkeypatch.setattr(connection, name, 0.1)
    monkeypatch.setattr(listener, "_LOOK", 0.05)
    for seconds, whole in ((30.0, True), (0.1, False)):
        monkeypatch.setattr(connection, "BODY_SECONDS", seconds)
        with listening(answer=large) as port, deaf(port) as line:
            line.sendall(post("", head))
            if half:
                line.shutdown(socket.SHUT_WR)
            time.sleep(0.7)
            assert (len(taken(line)) > len(LARGE)) == whole
