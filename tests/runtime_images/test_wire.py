"""HTTP as it comes over the wire: whatever a client may do that RFC 9112 allows, and what it may not.

Each case is a connection of its own. Clients that speak so: curl (Expect), ab (HTTP/1.0), Node and Go (chunks),
load balancers (HEAD, pipelining), scanners (the rest).
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from http.client import HTTPResponse

import pytest
from tests.runtime_images.serving import Served, binary_request, configuration, images, served

INFER = "/v2/models/surface-defects/infer"
IMAGE = {"name": "image", "datatype": "FP32", "shape": [1, 1, 32, 32], "data": images().ravel().tolist()}
BODY = json.dumps({"id": "a", "inputs": [IMAGE]}).encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(configuration(), tmp_path_factory.mktemp("served")) as running:
        yield running


class Wire:
    """A connection, and the answers that come over it."""

    def __init__(self, server: Served) -> None:
        address = server.url.removeprefix("http://").split(":")
        self.socket = socket.create_connection((address[0], int(address[1])), timeout=30)

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self.socket.sendall(part)

    def answer(self, method: str = "POST") -> tuple[int, Mapping[str, str], bytes]:
        """The next answer. A new reader for each would lose what the last one has read ahead: one answer at a time."""
        found = HTTPResponse(self.socket, method=method)
        with found:
            found.begin()
            return found.status, {name.lower(): value for name, value in found.getheaders()}, found.read()

    def rest(self) -> bytes:
        """Whatever comes until the server closes."""
        found = b""
        while part := self.socket.recv(1 << 16):
            found += part
        return found


@pytest.fixture
def wire(server: Served) -> Iterator[Wire]:
    found = Wire(server)
    with found.socket:
        yield found


def head(start: str = f"POST {INFER} HTTP/1.1", **headers: str) -> bytes:
    lines = [
        start,
        "Host: inspect",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def chunked(body: bytes, size: int, extension: bytes = b"", trailer: bytes = b"") -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return (
        b"".join(b"%x%b\r\n%b\r\n" % (len(each), extension, each) for each in parts)
        + b"0\r\n%b\r\n" % trailer
    )


def answered(found: tuple[int, Mapping[str, str], bytes]) -> bool:
    status, _, body = found
    return status == 200 and json.loads(body)["id"] == "a"


LENGTH = {"Content_Length": str(len(BODY))}


def test_a_request_of_http_1_0_is_answered_and_the_connection_closed(wire: Wire) -> None:
    wire.send(head(f"POST {INFER} HTTP/1.0", **LENGTH), BODY)
    found = wire.rest()
    assert found.startswith(b"HTTP/1.")
    assert b" 200 " in found.split(b"\r\n")[0]
    assert json.loads(found.partition(b"\r\n\r\n")[2])["id"] == "a"


@pytest.mark.parametrize("size", [1 << 20, 100, 7])
def test_a_body_may_come_in_chunks(wire: Wire, size: int) -> None:
    wire.send(head(Transfer_Encoding="chunked"), chunked(BODY, size, b";a=b", b"X-Trailer: 1\r\n"))
    assert answered(wire.answer())


def test_binary_data_may_come_in_chunks(wire: Wire) -> None:
    values, raw = binary_request(images())
    text = json.dumps({"id": "a", **values}).encode()
    sent = {"Transfer_Encoding": "chunked", "Inference_Header_Content_Length": str(len(text))}
    wire.send(head(**sent), chunked(text + raw, 1000))
    assert answered(wire.answer())


def test_many_small_chunks_do_no_harm(wire: Wire) -> None:
    wire.send(head(Transfer_Encoding="chunked"), chunked(b" " * 60_000, 4))
    assert wire.answer()[0] == 400


def test_who_expects_100_continue_gets_it_before_the_body_is_sent(wire: Wire) -> None:
    wire.send(head(Expect="100-continue", **LENGTH))
    assert wire.socket.recv(1 << 16).startswith(b"HTTP/1.1 100 ")
    wire.send(BODY)
    assert answered(wire.answer())


def test_requests_that_do_not_wait_for_answers_are_answered_in_their_order(wire: Wire) -> None:
    about = head("GET /v2 HTTP/1.1")
    wire.send(head(**LENGTH) + BODY + about + head(**LENGTH, Connection="close") + BODY)
    found = wire.rest()
    assert found.count(b"HTTP/1.1 200") == 3
    assert found.index(b'"id":"a"') < found.index(b'"extensions"') < found.rindex(b'"id":"a"')


def test_a_connection_stays_open(wire: Wire) -> None:
    for _ in range(3):
        wire.send(head(**LENGTH), BODY)
        assert answered(wire.answer())
        wire.send(head(f"POST {INFER} HTTP/1.1", Content_Length="2"), b"{}")
        assert wire.answer()[0] == 400  # a refusal closes nothing
    wire.send(head(**LENGTH, Connection="close"), BODY)
    assert answered(wire.answer())
    assert wire.rest() == b""


@pytest.mark.parametrize("path", ["/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/surface-defects"])
def test_head_says_what_get_would_without_a_body(wire: Wire, path: str) -> None:
    wire.send(head(f"HEAD {path} HTTP/1.1"))
    status, headers, body = wire.answer("HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 0
    wire.send(head(f"GET {path} HTTP/1.1"))
    assert wire.answer("GET")[0] == 200  # nothing of a body was left on the connection


@pytest.mark.parametrize("path", ["/v2/models/surface%2Ddefects", "/v2/models/surface-defects?a=b&c"])
def test_a_path_may_be_escaped_and_have_a_query(server: Served, path: str) -> None:
    assert server.get(path) == server.get("/v2/models/surface-defects")


@pytest.mark.parametrize(
    "path",
    ["/", "/v2/models", "/v2/models/%00", "/v2/models/%ff/ready", "/v2/models/a%2Fb/ready", "//v2", "/V2"],
)
def test_a_path_that_there_is_not(server: Served, path: str) -> None:
    status, headers, body = server.ask("GET", path)
    assert (status, headers["content-type"], list(json.loads(body))) == (404, "application/json", ["error"])


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_a_method_that_a_path_has_not(server: Served, method: str) -> None:
    status, headers, body = server.ask(method, INFER)
    assert (status, headers["allow"], list(json.loads(body))) == (405, "POST", ["error"])


@pytest.mark.parametrize(
    "media", [None, "text/plain", "application/x-www-form-urlencoded", "application/json"]
)
def test_the_content_type_is_not_asked_for(wire: Wire, media: str | None) -> None:
    """curl -d says that it is a form."""
    wire.send(head(**LENGTH, **({"Content_Type": media} if media else {})), BODY)
    assert answered(wire.answer())


@pytest.mark.parametrize("length", ["-5", "abc", "1, 2", "0x10", "9" * 30])
def test_a_length_that_is_none_is_refused(wire: Wire, length: str) -> None:
    wire.send(head(Content_Length=length), BODY)
    assert b" 400 " in wire.rest().split(b"\r\n")[0]


@pytest.mark.parametrize("more", [{"content_length": "5"}, {"Transfer_Encoding": "chunked"}])
def test_two_lengths_are_not_one_of_them(wire: Wire, more: dict[str, str]) -> None:
    """A proxy may believe the other: this is how requests are smuggled."""
    wire.send(head(**LENGTH, **more), BODY)
    assert b" 400 " in wire.rest().split(b"\r\n")[0]


def test_a_body_that_goes_on_behind_its_length_is_no_second_request(wire: Wire) -> None:
    wire.send(head(Content_Length=str(len(BODY) - 5)), BODY)
    found = wire.rest()
    assert b" 200 " not in found
    assert found.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "junk", [b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET\r\n\r\n"]
)
def test_what_is_no_http_is_refused_and_closed(server: Served, wire: Wire, junk: bytes) -> None:
    wire.send(junk)
    assert wire.rest().startswith(b"HTTP/1.1 400")
    assert server.get("/v2/health/live")[0] == 200
